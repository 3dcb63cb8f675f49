"""Where a report's timeline tells each entry of the ledger, and in which words: read from `labels/entries.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True)
class EntryLabel:
    """How one tag is told. Without words another moment tells it (`told_by`), or none does (`left_out`: why)."""

    words: Mapping[str, str]  # by language; empty when it is no moment of its own
    phase: str | None = None
    told_by: str | None = None
    left_out: str | None = None

    @property
    def counted(self) -> bool:
        """Whether the entries of one day make one moment."""
        return "{count}" in self.words.get("en", "")


@cache
def entry_labels() -> Mapping[str, EntryLabel]:
    """Give the label of every tag."""
    text = resources.files("reports").joinpath("labels", "entries.yaml").read_text(encoding="utf-8")
    return {tag: _label(given) for tag, given in yaml.safe_load(text).items()}


def _label(given: Mapping[str, str | None]) -> EntryLabel:
    words = {language: str(given[language]) for language in ("en", "zh") if language in given}
    return EntryLabel(words, given.get("phase"), given.get("told_by"), given.get("left_out"))


def words_key(tag: str) -> str:
    """Give the key under which the words of a tag stand among a language's labels."""
    return f"event.ledger.{tag.replace(':', '.')}"


def entry_words(language: str) -> dict[str, str]:
    """Give the words of every tag that is a moment of its own."""
    return {words_key(tag): label.words[language] for tag, label in entry_labels().items() if label.words}
