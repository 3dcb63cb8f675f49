"""Reports that the SMS provider posts to us; believed only with its signature."""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.request_validator import RequestValidator

from models.errors import RefusedError
from notifications.channels.contract import Outcome
from notifications.twilio_answers import read_code, reason_of


@dataclass(frozen=True, slots=True)
class TextReport:
    """What became of one message; `outcome` None while it is still on its way."""

    reference: str
    outcome: Outcome | None
    reason: str = ""
    code: str = ""


def read_text_report(token: str, url: str, form: Mapping[str, str], signature: str) -> TextReport:
    """Check and read one status callback.

    Raises:
        RefusedError: the signature is not the provider's.
    """
    if not RequestValidator(token).validate(url, dict(form), signature):
        raise RefusedError(
            "The report is not signed by the SMS provider.",
            where="X-Twilio-Signature",
            remedy="Check the address it is set to call, and TOCSIN_TWILIO_AUTH_TOKEN.",
        )
    reference, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if status in ("delivered", "read"):
        return TextReport(reference, Outcome.SENT)
    if status not in ("failed", "undelivered", "canceled"):
        return TextReport(reference, None)
    code = int(form.get("ErrorCode") or 0)
    meaning = read_code(code) or Outcome.REFUSED
    return TextReport(reference, meaning, reason_of(code), str(code) if code else "")
