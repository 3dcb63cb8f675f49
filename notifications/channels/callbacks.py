"""What the SMS provider posts to us, reports and replies; believed only with its signature."""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.request_validator import RequestValidator

from models.errors import RefusedError
from notifications.channels.contract import Outcome
from notifications.channels.twilio_answers import read_code, reason_of


@dataclass(frozen=True, slots=True)
class TextReport:
    """What became of one message; `outcome` None while it is still on its way."""

    reference: str
    outcome: Outcome | None
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class TextReply:
    """A message somebody sent to one of our numbers. `keyword` is what the provider made of it: STOP, START, HELP."""

    reference: str
    sender: str
    body: str
    keyword: str = ""


def check_signature(token: str, url: str, form: Mapping[str, str], signature: str) -> None:
    """Refuse what the provider did not sign; `url` is the address it called, query and all, with its port or without.

    Raises:
        RefusedError: the signature is not the provider's.
    """
    if not RequestValidator(token).validate(url, dict(form), signature):
        raise RefusedError(
            "The report is not signed by the SMS provider.",
            where="X-Twilio-Signature",
            remedy="Check TOCSIN_PUBLIC_URL, the address the provider is set to call, and TOCSIN_TWILIO_AUTH_TOKEN.",
        )


def read_text_report(token: str, url: str, form: Mapping[str, str], signature: str) -> TextReport:
    """Check and read one status callback.

    Raises:
        RefusedError: the signature is not the provider's.
    """
    check_signature(token, url, form, signature)
    reference, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if status in ("delivered", "read"):
        return TextReport(reference, Outcome.SENT)
    if status not in ("failed", "undelivered", "canceled"):
        return TextReport(reference, None)
    said = form.get("ErrorCode", "")
    code = int(said) if said.isascii() and said.isdigit() else 0
    meaning = read_code(code) or Outcome.REFUSED
    return TextReport(reference, meaning, reason_of(code), str(code) if code else "")


def read_text_reply(token: str, url: str, form: Mapping[str, str], signature: str) -> TextReply:
    """Check and read one message that came in.

    Raises:
        RefusedError: the signature is not the provider's.
    """
    check_signature(token, url, form, signature)
    said = (form.get(name, "") for name in ("MessageSid", "From", "Body", "OptOutType"))
    return TextReply(*said)
