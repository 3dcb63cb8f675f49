"""What a relay's refusal means (RFC 5321, RFC 3463): read by its words first, then its enhanced code, then its digit.

Most 5xx replies say nothing about the address: whoever gives an address up at every 5xx loses people.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from models.errors import InvalidInputError

BAD_ADDRESS, RETRY, STOP, REFUSED = "bad_address", "retry", "stop", "refused"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason in one word, and what it asks for."""

    reason: str
    calls_for: str

    @property
    def is_hard(self) -> bool:
        """Whether the address will never take mail."""
        return self.calls_for == BAD_ADDRESS


_ASKS: Final = frozenset((BAD_ADDRESS, RETRY, STOP, REFUSED))


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[Meaning, re.Pattern[str]], ...]:
    """Read the rules; one pattern each, so that a reply costs some twenty searches."""
    text = (files("notifications.channels") / "smtp_meanings.yaml").read_text("utf-8")
    found = []
    for rule in yaml.safe_load(text):
        if rule["calls_for"] not in _ASKS:
            raise InvalidInputError(
                f"A rule calls for {rule['calls_for']!r}.",
                where="smtp_meanings.yaml",
                expected=", ".join(_ASKS),
            )
        pattern = re.compile("|".join(f"(?:{one})" for one in rule["patterns"]), re.IGNORECASE)
        found.append((Meaning(rule["reason"], rule["calls_for"]), pattern))
    return tuple(found)


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BY_STATUS = {
    "1.1": ("mailbox_unknown", BAD_ADDRESS),
    "1.2": ("domain_unknown", BAD_ADDRESS),
    "1.3": ("mailbox_unknown", BAD_ADDRESS),
    "1.6": ("moved", BAD_ADDRESS),
    "1.10": ("takes_no_mail", BAD_ADDRESS),
    "2.1": ("suspended", RETRY),
    "2.2": ("mailbox_full", RETRY),
    "2.3": ("too_large", REFUSED),
    "3.4": ("too_large", REFUSED),
}
# What the subject of a code says where its detail is not known (RFC 3463, 3): the relay, the way there, the commands,
# the form, the policy.
_BY_SUBJECT = {
    "3": Meaning("relay_error", RETRY),
    "4": Meaning("network", RETRY),
    "6": Meaning("bad_format", STOP),
    "7": Meaning("policy", STOP),
}


# Replies of which the number alone says enough (RFC 4954; RFC 5321 4.2.2; 571 is Sendmail's).
_BY_CODE = {
    **dict.fromkeys((530, 534, 535, 538), Meaning("auth_required", STOP)),
    **dict.fromkeys((500, 501, 502, 503, 504), Meaning("syntax", STOP)),
    571: Meaning("policy", STOP),
}


def read_reply(code: int, text: str) -> Meaning:
    """Give the meaning of one refusal: the relay's three digits (0 when unknown) and its words."""
    plain = " ".join(text.split())
    for meaning, pattern in _rules():
        if pattern.search(plain):
            return _tempered(meaning, code, plain)
    return _by_number(code, plain)


def _tempered(meaning: Meaning, code: int, text: str) -> Meaning:
    # A 4xx or 4.x.x answer never condemns an address, whatever words come with it.
    if meaning.is_hard and 400 <= code < 500:  # noqa: PLR2004
        return Meaning(meaning.reason, RETRY)
    enhanced = _ENHANCED.search(text)
    if meaning.reason == "relay_error" and enhanced and (enhanced[1], enhanced[2]) == ("5", "7"):
        return Meaning("policy", STOP)  # "unavailable" in words, a refusal for good by its code
    if meaning.is_hard and enhanced and (enhanced[1] == "4" or f"{enhanced[2]}.{enhanced[3]}" == "2.1"):
        return Meaning(meaning.reason, RETRY)
    return meaning


def _by_number(code: int, text: str) -> Meaning:
    enhanced = _ENHANCED.search(text)
    if enhanced:
        known = _BY_STATUS.get(f"{enhanced[2]}.{enhanced[3]}")
        if known:
            return _tempered(Meaning(*known), code, text)
        if enhanced[1] == "4":
            return Meaning("busy", RETRY)
        if enhanced[2] in _BY_SUBJECT:
            return _BY_SUBJECT[enhanced[2]]
    if code in _BY_CODE:
        return _BY_CODE[code]
    return Meaning("busy", RETRY) if 400 <= code < 500 else Meaning("refused", REFUSED)  # noqa: PLR2004
