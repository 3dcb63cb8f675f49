"""What rows of a file have in common: a million people share a few hundred places, languages and kinds of data.

Each combination of such cells is read once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from models.facts_words import DataCategory, Relation
from models.places import is_place, nearest_place
from notifications.people.csv_reading import without_apostrophe
from notifications.sealed_person import GUARDIAN
from notifications.texts.languages import language_of

CATEGORIES = frozenset(get_args(DataCategory))
RELATIONS = frozenset(get_args(Relation))
FIELDS = ("place", "state", "language", "relation", "categories", "minor")
MOST_KEPT = 65536
_SEPARATORS = re.compile(r"[;,|、，；\s]+")
_PLACE_NAMES = {
    "中国": "CN",
    "中国大陆": "CN",
    "香港": "HK",
    "澳门": "MO",
    "台湾": "TW",
    "德国": "DE",
    "法国": "FR",
    "美国": "US",
    "新加坡": "SG",
    "日本": "JP",
    "英国": "GB",
    "西班牙": "ES",
    "china": "CN",
    "germany": "DE",
    "france": "FR",
    "singapore": "SG",
    "japan": "JP",
    "spain": "ES",
    "hong kong": "HK",
    "usa": "US",
    "united states": "US",
    "united kingdom": "GB",
    "uk": "GB",
    "deutschland": "DE",
}

_YES = frozenset(("yes", "y", "true", "1", "1.0", "是", "x"))
_NO = frozenset(("no", "n", "false", "0", "0.0", "否"))
Problem = tuple[str, str]  # the column's title, what is wrong in it


@dataclass(frozen=True, slots=True)
class Attributes:
    """What one combination of cells says of whoever has it."""

    place: str
    language: str
    relation: str
    categories: frozenset[str]
    addressee: str = ""  # guardian for a minor
    place_problems: tuple[Problem, ...] = ()
    other_problems: tuple[Problem, ...] = ()


def cell_of(cells: Sequence[str] | Mapping[int, str], places: Sequence[int]) -> str:
    """Give the first cell that says something, as it was before it was made safe for spreadsheets."""
    for at in places:
        if cell := cells[at].strip():
            return cell if cell[0] != "'" else without_apostrophe(cell)
    return ""


class AttributeReader:
    """Reads the shared cells of one file whose columns are known."""

    def __init__(self, columns: Mapping[str, tuple[int, ...]], title: Mapping[str, str]) -> None:
        """Keep where each field's cells stand and what the file calls them."""
        self._columns = {name: columns.get(name, ()) for name in FIELDS}
        self._title = title
        self.places = sorted({at for places in self._columns.values() for at in places})
        self._known: dict[tuple[str, ...], Attributes] = {}

    def read(self, cells: Sequence[str]) -> Attributes:
        """Read a row that has a cell for each column."""
        return self.of(tuple([cells[at] for at in self.places]))

    def of(self, key: tuple[str, ...]) -> Attributes:
        """Read one combination of the cells at `places`."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            found = self._known[key] = self._read(dict(zip(self.places, key, strict=True)))
        return found

    def _read(self, cells: Mapping[int, str]) -> Attributes:
        said = {name: cell_of(cells, places) for name, places in self._columns.items()}
        place, problem = _read_place(said["place"], said["state"])
        in_place = ((self._title.get("place" if said["place"] else "state", ""), problem),) if problem else ()
        relation, wrong_relation = self._relation(said["relation"].casefold())
        categories, wrong_categories = self._categories(said["categories"])
        language = language_of(said["language"], place)
        addressee, wrong_minor = self._addressee(said["minor"].casefold())
        return Attributes(
            *(place, language, relation, categories, addressee),
            place_problems=in_place,
            other_problems=wrong_relation + wrong_categories + wrong_minor,
        )

    def _relation(self, written: str) -> tuple[str, tuple[Problem, ...]]:
        if written and written not in RELATIONS:
            problem = f"not one of: {', '.join(sorted(RELATIONS))}"
            return "customer", ((self._title["relation"], problem),)
        return written or "customer", ()

    def _addressee(self, written: str) -> tuple[str, tuple[Problem, ...]]:
        """Read whether the row is about a minor; whoever may be one is not written to themselves."""
        if not written or written in _NO:
            return "", ()
        if written in _YES:
            return GUARDIAN, ()
        return GUARDIAN, ((self._title["minor"], "neither yes nor no, so taken for yes"),)

    def _categories(self, written: str) -> tuple[frozenset[str], tuple[Problem, ...]]:
        words = [word.casefold() for word in _SEPARATORS.split(written.replace("-", "_")) if word]
        known = frozenset(word for word in words if word in CATEGORIES)
        unknown = sum(word not in CATEGORIES for word in words)
        if not unknown:
            return known, ()
        return known, ((self._title["categories"], f"{unknown} words that are no data category"),)


def _read_place(country: str, state: str) -> tuple[str, str]:
    if not country and not state:
        return "", ""
    code = _PLACE_NAMES.get(country.casefold(), country.strip().upper().replace("_", "-"))
    if not is_place(code):
        near = nearest_place(country)
        return "", "not a place in ISO 3166" + (f"; did you mean {near}?" if near else "")
    if not state:
        return code, ""
    whole = f"{code.partition('-')[0]}-{state.strip().upper().removeprefix(code + '-')}"
    return (whole, "") if is_place(whole) else (code, "not a part of that country in ISO 3166-2")
