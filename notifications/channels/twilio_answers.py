"""What the SMS provider's answers mean: HTTP status first, then its error codes by meaning, not by range."""

from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from models.errors import InvalidInputError
from notifications.channels.contract import TOLD_TO_WAIT, Answer, Outcome

UNAUTHORISED, FORBIDDEN, TIMED_OUT, TOO_MANY, SERVER_ERROR = 401, 403, 408, 429, 500
_ELSEWHERE = range(300, 400)
MEND_ACCOUNT: Final = (
    "Mend TOCSIN_TWILIO_ACCOUNT_SID and TOCSIN_TWILIO_AUTH_TOKEN, then let the campaign go on with "
    "`tocsin notice resume`; nobody was lost, and nobody is told twice."
)
_MEND: Final = {
    "credentials": MEND_ACCOUNT,
    "country_not_permitted": "Permit the country in the provider's console, then `tocsin notice resume`.",
    "sender_not_usable": "Mend TOCSIN_TWILIO_FROM or the sender of that country, then `tocsin notice resume`.",
}
_CALLS_FOR: Final = (Outcome.BAD_ADDRESS, Outcome.OPTED_OUT, Outcome.RETRY, Outcome.REFUSED, Outcome.STOP)


@lru_cache(maxsize=1)
def meanings() -> dict[int, tuple[Outcome, str]]:
    """Give outcome and reason of each known code.

    Raises:
        InvalidInputError: the file names an outcome that there is not, or a code twice.
    """
    found: dict[int, tuple[Outcome, str]] = {}
    for group in yaml.safe_load((files("notifications.channels") / "twilio_codes.yaml").read_text("utf-8")):
        for code in group["codes"]:
            if group["calls_for"] not in _CALLS_FOR or code in found:
                raise InvalidInputError(
                    f"The code {code} is there twice or calls for {group['calls_for']!r}.",
                    where="twilio_codes.yaml",
                    expected=", ".join(_CALLS_FOR),
                )
            found[code] = Outcome(group["calls_for"]), group["reason"]
    return found


def read_code(code: int) -> Outcome | None:
    """Give the meaning of one of the provider's codes, None for one that is not known."""
    return meanings().get(code, (None, ""))[0]


def reason_of(code: int) -> str:
    """Give the reason behind a code in one word."""
    return meanings().get(code, (None, "refused"))[1]


def mend(reason: str) -> str:
    """Say what a person must do about a reason to stop."""
    return _MEND.get(reason, "Mend it in the provider's console, then `tocsin notice resume`.")


def read_refusal(status: int, code: int, retry_after: float | None = None) -> Answer:
    """Read a refused request: `status` of HTTP, `code` of the provider (0 when the answer had none)."""
    written = str(code or status)
    if status == UNAUTHORISED or (status == FORBIDDEN and read_code(code) is None):
        return Answer(Outcome.STOP, "credentials", written, remedy=MEND_ACCOUNT)
    if status == TOO_MANY:
        return Answer(Outcome.RETRY, TOLD_TO_WAIT, written, retry_after=retry_after)
    if status >= SERVER_ERROR or status == TIMED_OUT:
        # The request may have been carried out before the server failed.
        return Answer(Outcome.UNKNOWN, "provider_error", written)
    if status in _ELSEWHERE:
        return Answer(Outcome.STOP, "settings_wrong", written, remedy="Mend TOCSIN_TWILIO_BASE_URL.")
    meaning, reason = read_code(code) or Outcome.REFUSED, reason_of(code)
    return Answer(meaning, reason, written, remedy=mend(reason) if meaning is Outcome.STOP else "")
