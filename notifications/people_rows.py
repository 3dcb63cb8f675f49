"""One row of a file becomes one person and the faults found in it; a person with faults is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import get_args

from models.facts_words import DataCategory, Relation
from models.places import is_place, nearest_place
from notifications.addresses import NotTextable, clean_text, normal_email, normal_phone
from notifications.csv_reading import without_apostrophe
from notifications.languages import language_of
from notifications.sealed_person import Contact

CATEGORIES = frozenset(get_args(DataCategory))
RELATIONS = frozenset(get_args(Relation))
MAX_REFERENCE = 100
_SEPARATORS = re.compile(r"[;,|、，；\s]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
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


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell; never holds the cell itself."""

    row: int
    column: str
    problem: str


@dataclass(slots=True)
class PersonRow:
    """One person as a row tells them."""

    contact: Contact
    place: str
    language: str
    relation: str
    categories: frozenset[str]
    textable: bool
    amends: int | None = None  # the number of a person already stored, from a mended file
    faults: list[Fault] = field(default_factory=list)

    @property
    def reachable(self) -> bool:
        """Whether some channel can be tried."""
        return bool(self.contact.email) or self.textable


class RowReader:
    """Reads rows of one file whose columns are known."""

    def __init__(self, headers: Sequence[str], columns: Mapping[str, tuple[int, ...]]) -> None:
        """Keep for each field where its cells stand and what the file calls them."""
        self._columns = columns
        self._title = {name: headers[places[0]] for name, places in columns.items()}
        self._width = len(headers)

    def read(self, row: int, cells: Sequence[str]) -> PersonRow:
        """Read one row; what is wrong becomes a fault of that row and column."""
        faults: list[Fault] = []
        if len(cells) > self._width and any(cells[self._width :]):
            faults.append(Fault(row, "", f"{len(cells)} cells where the header has {self._width}"))
            cells = ()  # nobody can say which cell slid: better no address than somebody else's
        place = self._place(row, cells, faults)
        email, phone = self._email(row, cells, faults), self._phone(row, cells, place, faults)
        return PersonRow(
            contact=Contact(self._name(cells), email, str(phone), self._reference(cells)),
            place=place,
            language=_language(self._cell(cells, "language"), place),
            relation=self._relation(row, cells, faults),
            categories=self._categories(row, cells, faults),
            textable=bool(phone) and not isinstance(phone, NotTextable),
            amends=self._amends(cells),
            faults=faults,
        )

    def _cell(self, cells: Sequence[str], name: str) -> str:
        places = self._columns.get(name)
        if places is None:
            return ""
        for at in places:
            if at < len(cells) and (cell := cells[at].strip()):
                return cell if cell[0] != "'" else without_apostrophe(cell)
        return ""

    def _name(self, cells: Sequence[str]) -> str:
        if whole := self._cell(cells, "name"):
            return clean_text(whole)
        given, surname = self._cell(cells, "given_name"), self._cell(cells, "surname")
        joined = surname + given if _HAN.search(surname) else f"{given} {surname}"
        return clean_text(joined)

    def _email(self, row: int, cells: Sequence[str], faults: list[Fault]) -> str:
        written = self._cell(cells, "email")
        found = normal_email(written) if written else None
        if written and found is None:
            faults.append(Fault(row, self._title["email"], "not an e-mail address"))
        return found or ""

    def _phone(self, row: int, cells: Sequence[str], place: str, faults: list[Fault]) -> str:
        written = self._cell(cells, "phone")
        found = normal_phone(written, place) if written else None
        if isinstance(found, NotTextable):
            faults.append(Fault(row, self._title["phone"], "a number that can't receive SMS"))
        elif written and found is None:
            of = f" of {place.partition('-')[0]}" if place else "; without a country it needs a leading +"
            faults.append(Fault(row, self._title["phone"], f"not a phone number{of}"))
        return found or ""

    def _reference(self, cells: Sequence[str]) -> str:
        return clean_text(self._cell(cells, "reference"))[:MAX_REFERENCE]

    def _place(self, row: int, cells: Sequence[str], faults: list[Fault]) -> str:
        country, state = self._cell(cells, "place"), self._cell(cells, "state")
        found, problem = _read_place(country, state)
        if problem:
            faults.append(Fault(row, self._title.get("place" if country else "state", ""), problem))
        return found

    def _relation(self, row: int, cells: Sequence[str], faults: list[Fault]) -> str:
        written = self._cell(cells, "relation").casefold()
        if written and written not in RELATIONS:
            faults.append(Fault(row, self._title["relation"], f"not one of: {', '.join(sorted(RELATIONS))}"))
            return "customer"
        return written or "customer"

    def _categories(self, row: int, cells: Sequence[str], faults: list[Fault]) -> frozenset[str]:
        known, unknown = _read_categories(self._cell(cells, "categories"))
        if unknown:
            faults.append(Fault(row, self._title["categories"], f"{unknown} words that are no data category"))
        return known

    def _amends(self, cells: Sequence[str]) -> int | None:
        written = self._cell(cells, "person")
        return int(written) if written.isascii() and written.isdigit() else None


@lru_cache(maxsize=4096)
def _language(written: str, place: str) -> str:
    return language_of(written, place)


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=65536)
def _read_categories(written: str) -> tuple[frozenset[str], int]:
    words = [word.casefold() for word in _SEPARATORS.split(written.replace("-", "_")) if word]
    known = frozenset(word for word in words if word in CATEGORIES)
    return known, len([word for word in words if word not in CATEGORIES])
