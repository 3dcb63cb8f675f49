"""E-mail addresses and phone numbers brought to the one form that relays and providers take."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneMetadata, PhoneNumber

MAX_NAME = 200
MAX_EMAIL = 254
MAX_LOCAL = 64

# Addresses of this plain form pass the library unchanged; everything else asks it.
PLAIN_EMAIL = (
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9]{1,61}[a-z0-9])?\.)+(?:[a-z]{2,24})"
)
RESERVED_DOMAIN = r"\.(?:arpa|invalid|local|localhost|onion|test)"
_PLAIN_EMAIL, _RESERVED = re.compile(PLAIN_EMAIL), re.compile(RESERVED_DOMAIN + r"\Z")
# Text that is one clean line as it stands, and of which lower case is what counts when two are compared: a name
# in letters of Western and Central Europe, Cyrillic, kana or Han, its parts one space apart.
PLAIN_NAME = "[{0}]+(?: [{0}]+)*".format(
    "!-~\u00b7\u00c0-\u0148\u014a-\u017e\u0401\u0410-\u044f\u0451\u3041-\u3096\u30a1-\u30fc\u3400-\u4dbf\u4e00-\u9fff"
)
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ue000-\uf8ff]|[\ud800-\udfff]"
)
_SEPARATORS = str.maketrans("", "", " -.()/\u00a0")
_LEAST_DIGITS, _MOST_DIGITS = 3, 16
NO_COUNTRY = "without a country it needs a leading +"
_UNREADABLE = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "no country has the calling code after the +",
    phonenumbers.NumberParseException.TOO_LONG: "too long for a phone number",
}
_LENGTHS = {
    phonenumbers.ValidationResult.TOO_SHORT: "too short for a phone number",
    phonenumbers.ValidationResult.TOO_LONG: "too long for a phone number",
}
_FLOAT = re.compile(r"(\+?[0-9]{6,15})\.00?")
_POWER = re.compile(r"(\+?[0-9])\.([0-9]+)[eE]\+?([0-9]{1,2})")
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
    if _PLAIN_EMAIL.fullmatch(text) and text.index("@") <= MAX_LOCAL and len(text) <= MAX_EMAIL:
        return None if _RESERVED.search(text) else text
    # A line break would end a header; U+FFFD stands for what could not be read.
    if any(character < " " or character == "\ufffd" for character in text):
        return None
    domain = text.partition("@")[2]
    if text.isascii() and ("." not in domain or "@" in domain):
        return None  # no domain that mail can reach; the library would say so too, at length
    try:
        parts = validate_email(text.strip(), check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        return None
    return parts.ascii_email or f"{parts.local_part}@{parts.ascii_domain}"


@lru_cache(maxsize=4096)
def _region(place: str) -> str | None:
    country = place.partition("-")[0]
    return country or None


class NotTextable(str):
    """A right number that can't receive SMS, such as a landline; kept as its E.164 form."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _AtHome:
    """What tells a national number from one dialled with more before it."""

    code: int
    before: re.Pattern[str]  # a trunk prefix, what is dialled to go abroad, or the country's own code

    def number(self, digits: str) -> PhoneNumber | None:
        """Give the number that the library would read without any doubt; None: ask it."""
        if digits[0] == "0" or self.before.match(digits):
            return None
        return PhoneNumber(country_code=self.code, national_number=int(digits))


@lru_cache(maxsize=512)
def _at_home(region: str) -> _AtHome | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.country_code is None:
        return None
    trunk, abroad = metadata.national_prefix_for_parsing, metadata.international_prefix
    before = [part for part in (trunk, abroad, str(metadata.country_code)) if part]
    return _AtHome(metadata.country_code, re.compile("|".join(f"(?:{part})" for part in before)))


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    digits = text.translate(_SEPARATORS)
    plan = _at_home(region) if region and digits.isascii() and digits.isdigit() else None
    plain = plan.number(digits) if plan and _LEAST_DIGITS < len(digits) < _MOST_DIGITS else None
    if plain is not None:
        return plain
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def normal_phone(text: str, place: str) -> str | NotTextable | None:
    """Give a number in E.164, read as written in `place`; None when no such number can exist.

    A number that a spreadsheet or a program turned into a float ("13800138000.0") is read as what it was, unless
    digits were lost.
    """
    number = _parsed(unfloated(text), _region(place))
    if number is None:
        return None
    kind = phonenumbers.number_type(number)  # the library calls a number valid when it has a kind
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return NotTextable(written) if kind in _NO_SMS else written


def phone_problem(text: str, place: str) -> str:
    """Say what is wrong with text that `normal_phone` gave None for; never repeats more of it than a calling code.

    What begins with a plus names its own country: the place says nothing about it.
    """
    written = unfloated(text).strip()
    if not written.startswith(("+", "\uff0b")):
        return f"not a phone number of {_region(place)}" if place else f"not a phone number; {NO_COUNTRY}"
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException as error:
        return _UNREADABLE.get(error.error_type, "not a phone number")
    length = _LENGTHS.get(phonenumbers.is_possible_number_with_reason(number), "not a phone number")
    return f"{length} with the calling code +{number.country_code}"


def unfloated(text: str) -> str:
    """Give the whole number behind a float's text; other text as it is.

    "1.38E+10" stays: it lost digits, and no phone number is better than somebody else's.
    """
    if (found := _FLOAT.fullmatch(text)) is not None:
        return found[1]
    found = _POWER.fullmatch(text)
    if found is None or len(found[2]) < int(found[3]) or found[2][int(found[3]) :].strip("0"):
        return text
    return found[1] + found[2][: int(found[3])]
