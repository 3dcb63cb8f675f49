"""How the words of facts read in a report, in English and Chinese."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from regulations.plain_yaml import read_plain

LANGUAGES: Final = ("en", "zh")
Texts = dict[str, str]


@lru_cache(maxsize=32)
def form_data(name: str) -> Any:
    """Read one data file of the forms."""
    text = resources.files("regulations").joinpath("forms", f"{name}.yaml").read_text(encoding="utf-8")
    return read_plain(text, f"forms/{name}.yaml")


def word(kind: str, name: str) -> Texts:
    """Give one word in every language."""
    found: Texts = form_data("_words")[kind][name]
    return found


def sentence(name: str, **values: str | Mapping[str, str]) -> Texts:
    """Fill a sentence; a value may differ by language."""
    pattern = form_data("_words")["sentences"][name]
    return {
        language: pattern[language].format(
            **{key: value if isinstance(value, str) else value[language] for key, value in values.items()}
        )
        for language in LANGUAGES
    }


def joined(parts: Iterable[Mapping[str, str]], english: str = " ", chinese: str = "") -> Texts | None:
    """Join texts language by language; None when there is none."""
    given = list(parts)
    if not given:
        return None
    between = {"en": english, "zh": chinese}
    return {language: between[language].join(_in(part, language) for part in given) for language in LANGUAGES}


def listed(parts: Iterable[Mapping[str, str]]) -> Texts | None:
    """Join words to a list."""
    return joined(parts, ", ", "、")


def one_text(text: str) -> Texts:
    """Give a text that reads the same in every language, such as an address."""
    return dict.fromkeys(LANGUAGES, text)


def both(text: Mapping[str, str]) -> Texts:
    """Give what a person wrote; a language they did not write shows the other, untranslated."""
    return {language: _in(text, language) for language in LANGUAGES}


def _in(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")
