"""Which language a person is written to in: their own when the file says it, else that of their place."""

_OF_PLACE = {
    "zh-Hans": ("CN",),
    "zh-Hant": ("HK", "TW", "MO", "CN-81", "CN-HK", "CN-82", "CN-MO", "CN-71", "CN-TW"),
    "de": ("DE", "AT", "LI", "CH"),
    "fr": ("FR", "MC", "LU", "SN", "CI"),
    "es": (
        "ES",
        "MX",
        "AR",
        "CL",
        "CO",
        "PE",
        "VE",
        "EC",
        "BO",
        "UY",
        "PY",
        "CR",
        "PA",
        "DO",
        "GT",
        "HN",
        "SV",
        "NI",
    ),
    "ja": ("JP",),
}
_LANGUAGE_OF = {place: language for language, places in _OF_PLACE.items() for place in places}
_TRADITIONAL = ("hant", "tw", "hk", "mo")
DEFAULT_LANGUAGE = "en"
# Where a template lacks a language, the nearest that its reader most likely reads.
NEAREST = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}


def language_of(written: str, place: str) -> str:
    """Give a BCP 47 language from what the file says, or from the person's place."""
    tag = written.strip().replace("_", "-")
    if not tag:
        return _LANGUAGE_OF.get(place) or _LANGUAGE_OF.get(place.partition("-")[0], DEFAULT_LANGUAGE)
    named = _NAMED.get(tag.casefold())
    if named is not None:
        return named
    primary, *rest = tag.casefold().split("-")
    if primary in ("zh", "yue", "cmn"):
        return "zh-Hant" if any(part in _TRADITIONAL for part in rest) else "zh-Hans"
    return primary if primary.isalpha() and len(primary) in (2, 3) else language_of("", place)


_NAMED = {
    "english": "en",
    "英文": "en",
    "英语": "en",
    "chinese": "zh-Hans",
    "中文": "zh-Hans",
    "简体中文": "zh-Hans",
    "繁体中文": "zh-Hant",
    "繁體中文": "zh-Hant",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "japanese": "ja",
    "日本語": "ja",
}
