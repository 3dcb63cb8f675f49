"""Mobile numbers read by the numbering plans themselves; whatever is not plainly one goes to the library.

The patterns are phonenumbers' own, so a number accepted here is one that the library accepts, at a tenth of the
cost.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

_SEPARATORS = str.maketrans("", "", " -.()/\u00a0")
_LONGEST_CODE = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of a country that has its calling code to itself, or leads those who share it."""

    code: str
    whole: re.Pattern[str]
    mobile: re.Pattern[str]
    fixed: re.Pattern[str]
    trunk: re.Pattern[str] | None

    def mobile_number(self, digits: str) -> str | None:
        """Give the E.164 form of a national number that can only be a mobile one."""
        if digits.startswith("0") or not self.mobile.fullmatch(digits) or not self.whole.fullmatch(digits):
            return None
        return None if self.fixed.fullmatch(digits) else f"+{self.code}{digits}"

    def without_trunk(self, digits: str) -> str | None:
        """Take the trunk prefix off a number as written at home; None when that is not plain."""
        if self.trunk is None or not (found := self.trunk.match(digits)):
            return digits
        plain = found[0] == "0" and not any(found.groups()) and not self.whole.fullmatch(digits)
        return digits[1:] if plain else None


@lru_cache(maxsize=512)
def plan_of(region: str) -> Plan | None:
    """Give the plan of a region, None when others come before it at its code or it is written in special ways.

    Of those who share a code the library asks the leading one first, so what its plan takes is its own.
    """
    metadata = PhoneMetadata.metadata_for_region(region, None)
    code = metadata.country_code if metadata else None
    if metadata is None or code is None or _leading(code) != region:
        return None
    parts = [metadata.general_desc, metadata.mobile, metadata.fixed_line]
    patterns = [
        re.compile(part.national_number_pattern) for part in parts if part and part.national_number_pattern
    ]
    if len(patterns) != len(parts) or metadata.national_prefix_transform_rule or metadata.leading_digits:
        return None
    trunk = metadata.national_prefix_for_parsing
    return Plan(str(code), patterns[0], patterns[1], patterns[2], re.compile(trunk) if trunk else None)


@lru_cache(maxsize=1024)
def _plan_of_code(code: str) -> Plan | None:
    region = _leading(int(code))
    return plan_of(region) if region else None


def _leading(code: int) -> str | None:
    return next(iter(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())), None)


def plain_mobile(text: str, region: str | None) -> str | None:
    """Give the E.164 form of a plain mobile number; None means only: ask the library."""
    digits = text.translate(_SEPARATORS)
    if digits[:1] == "+":
        digits = digits[1:]
        if not (digits.isascii() and digits.isdigit()):
            return None
        for length in range(1, _LONGEST_CODE + 1):
            if len(digits) > length and int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                plan = _plan_of_code(digits[:length])
                return plan.mobile_number(digits[length:]) if plan else None
        return None
    plan = plan_of(region) if region else None
    if plan is None or not (digits.isascii() and digits.isdigit()):
        return None
    # Written with the country's code but no plus, the library may read it either way.
    if digits.startswith(plan.code):
        return None
    national = plan.without_trunk(digits)
    return plan.mobile_number(national) if national else None
