"""The headings of the terminal's tables in the language that is set; the words commands take are not translated."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from models.errors import TocsinError
from models.settings import load_settings
from models.vocabulary import Language


@cache
def chinese() -> Mapping[str, str]:
    """Give each heading's words in Chinese."""
    text = resources.files("console.cli").joinpath("headings.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words


def heading(words: str) -> str:
    """Give a heading in the language of the terminal; what has no translation stays as it is."""
    return chinese().get(words, words) if terminal_language() == Language.ZH else words


def terminal_language() -> Language:
    """Give the language that is set, English where nothing readable is."""
    try:
        return Language(load_settings().language)
    except (TocsinError, OSError):  # what is wrong with the settings is told by commands that need them
        return Language.EN
