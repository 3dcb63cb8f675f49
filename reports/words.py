"""The words, numbers, spans and moments of a report in one language."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from models.clock import as_utc
from models.count import Count
from models.errors import NotFoundError
from models.money import Money
from models.vocabulary import Language
from reports.entry_labels import entry_words
from reports.view_terms import Seqs

MOST_RANGES = 4
HAN = re.compile("[\u4e00-\u9fff]")
# Label files with both languages under each key.
SIDE_BY_SIDE = ("statements", "drills", "finances", "portfolio", "record")
SPAN_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def words_of(language: str) -> "Words":
    """Give the words of a language.

    Raises:
        NotFoundError: there are none; names the languages there are.
    """
    if language not in tuple(Language):
        raise NotFoundError(
            f"There are no report templates in the language {language[:20]!r}.",
            expected=f"one of {', '.join(Language)}",
        )
    return _read(Language(language))


@cache
def _read(language: Language) -> "Words":
    text = resources.files("reports").joinpath("labels", f"{language}.yaml").read_text(encoding="utf-8")
    places = resources.files("reports").joinpath("labels", "places.yaml").read_text(encoding="utf-8")
    names = {code: both[language] for code, both in yaml.safe_load(places).items()}
    labels = {**flattened(yaml.safe_load(text)), **_side_by_side(language), **entry_words(language)}
    return Words(language, labels, names)


def _side_by_side(language: str) -> dict[str, str]:
    """Read the labels that are kept with both languages under each key."""
    found: dict[str, str] = {}
    for name in SIDE_BY_SIDE:
        text = resources.files("reports").joinpath("labels", f"{name}.yaml").read_text(encoding="utf-8")
        both = flattened(yaml.safe_load(text)).items()
        found |= {
            key.removesuffix(f".{language}"): label for key, label in both if key.endswith(f".{language}")
        }
    return found


def by_language(english: str, local: str | None) -> Mapping[str, str]:
    """Name an authority in both languages; in Chinese by the name it has itself, where that is Chinese."""
    return {"en": english, "zh": local if local and HAN.search(local) else english}


def flattened(tree: Mapping[str, Any], prefix: str = "") -> Mapping[str, str]:
    """Turn nested labels into one level with dotted keys."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


class Words:
    """One language's labels, and how it writes values. What is None is written as unknown."""

    def __init__(self, language: str, labels: Mapping[str, str], places: Mapping[str, str]) -> None:
        """Take flat labels and names of places."""
        self.language, self.labels, self._places = language, labels, places

    def say(self, key: str, **parts: object) -> str:
        """Give a label, its {parts} filled in."""
        label = self.labels[key]
        return label.format(**parts) if parts else label

    def word(self, group: str, value: str | None) -> str:
        """Give a word of a closed list; one the labels don't have is shown as it is, readable."""
        if value is None:
            return self.say("unknown")
        return self.labels.get(f"{group}.{value}", value.replace("_", " "))

    def text(self, both: object) -> str:
        """Give a text kept by language; where this language is missing, the other."""
        if isinstance(both, Mapping):
            other = next((both[name] for name in Language if both.get(name)), "")
            return str(both.get(self.language) or other)
        return str(both) if both else ""

    def listed(self, values: Any) -> str:
        """Join several words."""
        return self.say("separator").join(str(value) for value in values)

    def number(self, value: float | None) -> str:
        """Write a number with thousands apart."""
        if value is None:
            return self.say("unknown")
        if isinstance(value, float) and not value.is_integer():
            return f"{value:,.2f}".rstrip("0")
        return f"{int(value):,}"

    def money(self, amount: Money) -> str:
        """Write an amount with all its decimals, thousands apart, and its currency."""
        return f"{amount.amount:,f} {amount.currency}"

    def sums(self, amounts: Iterable[Money], otherwise: str) -> str:
        """Write sums in several currencies, or something else where there is none."""
        return " + ".join(self.money(each) for each in amounts).replace(" + -", " - ") or otherwise

    def share(self, part: int | None, whole: int | None) -> str:
        """Write a share in percent; only a whole is 100 %, only nothing is 0 %."""
        if part is None or not whole:
            return self.say("unknown")
        percent = 100 * part / whole
        if 0 < part < whole:
            percent = min(max(percent, 0.1), 99.9)
        return f"{percent:.1f}".removesuffix(".0") + " %"

    def count(self, count: Count | None) -> str:
        """Write a count that may be known within bounds only."""
        least, most = (count.least, count.most) if count else (0, None)
        if least == most:
            return self.number(least)
        if most is None:
            return self.say("count.at_least", least=self.number(least)) if least else self.say("unknown")
        if not least:
            return self.say("count.at_most", most=self.number(most))
        return self.say("count.between", least=self.number(least), most=self.number(most))

    def span(self, seconds: float | None) -> str:
        """Write a span of time in its two largest units."""
        if seconds is None:
            return self.say("unknown")
        rest = int(abs(seconds))
        parts: list[str] = []
        for unit, size in SPAN_UNITS:
            if rest >= size and len(parts) < 2:  # noqa: PLR2004 - two units
                parts.append(self.say(f"unit.{unit}", n=rest // size))
                rest %= size
            elif parts:
                break
        return self.say("unit.join").join(parts) or self.say("unit.under_second")

    def moment(self, at: datetime | None, zone: str | None = None, *, seconds: bool = False) -> str:
        """Write a moment in a zone (IANA) with its offset, or in UTC."""
        if at is None:
            return self.say("unknown")
        local = as_utc(at).astimezone(ZoneInfo(zone)) if zone else as_utc(at)
        clock = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
        return f"{clock} {_offset(local.utcoffset()) if zone else 'UTC'}"

    def day(self, day: date) -> str:
        """Write a day."""
        return day.isoformat()

    def place(self, code: str) -> str:
        """Name a country, or a subdivision after its country."""
        if code in self._places:
            return self._places[code]
        country, _, part = code.partition("-")
        name = self._places.get(country, country)
        return f"{name} · {part}" if part else name

    def yes_no(self, value: bool | None) -> str:
        """Write a three-valued answer."""
        if value is None:
            return self.say("unknown")
        return self.say("yes_word" if value else "no_word")


def _offset(offset: timedelta | None) -> str:
    minutes = int((offset or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def ranges(seqs: Seqs) -> str:
    """Write sequence numbers as few ranges: `12, 40-44`; beyond four ranges, how many more entries."""
    if not seqs:
        return ""
    runs: list[list[int]] = [[seqs[0], seqs[0]]]
    for before, after in pairwise(seqs):
        if after == before + 1:
            runs[-1][1] = after
        else:
            runs.append([after, after])
    shown = [f"{first}" if first == last else f"{first}–{last}" for first, last in runs[:MOST_RANGES]]
    more = sum(last - first + 1 for first, last in runs[MOST_RANGES:])
    return ", ".join(shown) + (f" +{more}" if more else "")
