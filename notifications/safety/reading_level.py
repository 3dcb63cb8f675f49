"""How easily a text is read, as a number: the formula known for each language, from `reading.yaml`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

_SENTENCE = re.compile(r"[.!?;:。！？；：…]+(?:\s+|$)|[。！？；]|\n")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_VOWELS = {
    "en": re.compile(r"[aeiouy]+"),
    "de": re.compile(r"ie|ei|ai|au|eu|äu|aa|ee|oo|[aeiouyäöü]"),
    "fr": re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+"),
    # Two strong vowels, or an accented weak one beside another, are two syllables.
    "es": re.compile(r"[iu]?[aeoáéó][iuy]?|[íú]|[iuü]+|y$"),
}
_MUTE = {
    "en": re.compile(r"(?<![aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyscxzgh])es$"),
    "fr": re.compile(r"(?<=[^aeiouyàâäéèêëîïôöùûü])(?:e|es)$"),
}


@dataclass(frozen=True)
class Reading:
    """A measured text: the formula's name, its number, and whether that is good enough."""

    formula: str
    score: float
    limit: float
    easy_enough: bool


@lru_cache(maxsize=1)
def _formulas() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((files("notifications.safety") / "reading.yaml").read_text("utf-8")))


def syllables(word: str, language: str) -> int:
    """Count the syllables of a word as its vowels group; at least one."""
    plain = word.lower()
    if language in _MUTE:
        plain = _MUTE[language].sub("", plain) or plain
    return max(1, len(_VOWELS[language].findall(plain)))


def sentences_of(texts: Iterable[str]) -> list[str]:
    """Cut texts into sentences."""
    return [piece.strip() for text in texts for piece in _SENTENCE.split(text) if piece.strip()]


def reading_level(texts: Iterable[str], language: str) -> Reading | None:
    """Measure sentences in a language (BCP 47); None where nothing is known of it or there is nothing to read."""
    name = language.partition("-")[0]
    formula, sentences = _formulas().get(name), sentences_of(texts)
    if formula is None or not sentences:
        return None
    if "most" in formula:
        score = sum(len(sentence) for sentence in sentences) / len(sentences)
        return Reading(formula["formula"], round(score, 1), formula["most"], score <= formula["most"])
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if not words:
        return None
    by_sentence = len(words) / len(sentences)
    by_word = sum(syllables(word, name) for word in words) / len(words)
    score = formula["base"] - formula["sentence"] * by_sentence - formula["word"] * by_word
    return Reading(formula["formula"], round(score, 1), formula["least"], score >= formula["least"])
