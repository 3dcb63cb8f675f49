"""E-mail addresses and phone numbers brought to the one form that relays and providers take."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from notifications.phone_patterns import plain_mobile

MAX_NAME = 200
MAX_EMAIL = 254
MAX_LOCAL = 64

# Addresses of this plain form pass the library unchanged; everything else asks it.
_PLAIN_EMAIL = re.compile(
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@((?:[a-z0-9](?:[a-z0-9]{1,61}[a-z0-9])?\.)+([a-z]{2,24}))"
)
_RESERVED = frozenset(("arpa", "invalid", "local", "localhost", "onion", "test"))
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ue000-\uf8ff]|[\ud800-\udfff]"
)
_NO_SMS = frozenset(
    (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.VOICEMAIL,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.PAGER,
    )
)


def clean_text(text: str) -> str:
    """Give text fit for a greeting: one line, no control or direction marks, no lone surrogates, composed."""
    if text.isascii() and text.isprintable():
        return text.strip()[:MAX_NAME]
    # Nothing that str calls printable is among the unseen.
    unbroken = text if text.isprintable() else _UNSEEN.sub(lambda found: _instead(found[0]), text)
    return " ".join(unicodedata.normalize("NFC", unbroken).split())[:MAX_NAME]


def _instead(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return " " if character in "\u2028\u2029" or ord(character) < 0xA0 else ""  # noqa: PLR2004


def normal_email(text: str) -> str | None:
    """Give an address in the form a relay takes (domain in ASCII, RFC 5890), None when it can't be one.

    No network: a well-formed address of a domain that does not exist is found out by the relay.
    """
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain and len(plain[1]) <= MAX_LOCAL and len(text) <= MAX_EMAIL and plain[3] not in _RESERVED:
        return text
    if any(ord(character) < 0x20 for character in text):  # noqa: PLR2004 - a line break would end a header
        return None
    try:
        parts = validate_email(text.strip(), check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        return None
    return parts.ascii_email or f"{parts.local_part}@{parts.ascii_domain}"


def email_identity(address: str) -> str:
    """Give the form under which two spellings of one mailbox meet: case counts for no mailbox in use."""
    return address.casefold()


@lru_cache(maxsize=4096)
def _region(place: str) -> str | None:
    country = place.partition("-")[0]
    return country or None


class NotTextable(str):
    """A right number that can't receive SMS, such as a landline; kept as its E.164 form."""

    __slots__ = ()


def normal_phone(text: str, place: str) -> str | NotTextable | None:
    """Give a number in E.164, read as written in `place`; None when no such number can exist."""
    plain = plain_mobile(text, _region(place))
    if plain is not None:
        return plain
    try:
        number = phonenumbers.parse(text, _region(place))
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)  # the library calls a number valid when it has a kind
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return NotTextable(written) if kind in _NO_SMS else written
