"""Places as the facts file and the law name them: ISO 3166-1 countries and 3166-2 subdivisions."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())

_US_STATES = """
AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC
ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP UM
"""
US_STATES = frozenset(_US_STATES.split())

# Both spellings are met: the numbers of GB/T 2260 (CN-44) and the letters ISO took over in 2017 (CN-GD).
_CN_PROVINCES = """
11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81
82 BJ TJ HE SX NM LN JL HL SH JS ZJ AH FJ JX SD HA HB HN GD GX HI CQ SC GZ YN XZ SN GS QH NX XJ TW
HK MO
"""
CN_PROVINCES = frozenset(_CN_PROVINCES.split())

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)
EEA = EU | frozenset(("IS", "LI", "NO"))

_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_KNOWN_SUBDIVISIONS = {"US": US_STATES, "CN": CN_PROVINCES}
_MISTAKEN = {"UK": "GB", "EL": "GR", "EN": "GB"}


def is_place(code: str) -> bool:
    """Say whether `code` is a country (DE) or a subdivision of one (US-NY, CN-44)."""
    if code in COUNTRIES:
        return True
    country, _, part = code.partition("-")
    if country not in COUNTRIES or not _SUBDIVISION.fullmatch(code):
        return False
    known = _KNOWN_SUBDIVISIONS.get(country)
    return known is None or part in known


def nearest_place(code: str) -> str:
    """Return the place most likely meant by a wrong code, or an empty string."""
    upper = code.strip().upper().replace("_", "-")
    if upper in _MISTAKEN:
        return _MISTAKEN[upper]
    if is_place(upper):
        return upper
    country, dash, part = upper.partition("-")
    if dash and country in _KNOWN_SUBDIVISIONS:
        near = get_close_matches(part, sorted(_KNOWN_SUBDIVISIONS[country]), n=1, cutoff=0.4)
        return f"{country}-{near[0]}" if near else country
    near = get_close_matches(upper, sorted(COUNTRIES), n=1, cutoff=0.5)
    return near[0] if near else ""


def lies_in(place: str, areas: Iterable[str]) -> bool:
    """Say whether `place` is one of `areas` or a subdivision of one."""
    return any(place == area or place.startswith(f"{area}-") for area in areas)


@lru_cache(maxsize=1024)
def named_in_part(areas: frozenset[str]) -> frozenset[str]:
    """Return the countries of which `areas` names only a part: people of such a country may be there.

    The law asks about the same areas again and again.
    """
    return frozenset(area[:2] for area in areas if len(area) > 2)  # noqa: PLR2004 - a subdivision
