"""What a report or a notice must hold, as words of one vocabulary with their names in two languages."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from regulations.plain_yaml import read_plain


class ContentWord(NamedTuple):
    """One item of content: its code and how a form shows it."""

    code: str
    en: str
    zh: str


@cache
def content_words() -> dict[str, ContentWord]:
    """Return the vocabulary by code, in the order in which a report tells them."""
    text = files("regulations").joinpath("content.yaml").read_text("utf-8")
    plain = read_plain(text, "content.yaml")
    return {code: ContentWord(code, names["en"], names["zh"]) for code, names in plain.items()}
