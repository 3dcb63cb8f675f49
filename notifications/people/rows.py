"""One row of a file becomes one person and the faults found in it; a person with faults is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from notifications.addresses import NotTextable, clean_text, normal_email, normal_phone, phone_problem
from notifications.people.attributes import AttributeReader, Problem, cell_of
from notifications.sealed_person import Contact

MAX_REFERENCE = 100
HAN = r"[\u3400-\u9fff]"
_HAN = re.compile(HAN)


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
    addressee: str = ""
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
        self._title = {name: headers[places[0]] for name, places in columns.items()}
        self._blank = [""] * len(headers)
        self.shared = AttributeReader(columns, self._title)
        own = ("name", "given_name", "surname", "email", "phone", "reference", "person")
        self._name, self._given, self._surname, *rest = (columns.get(name, ()) for name in own)
        self._email, self._phone, self._reference, self._person = rest
        of_guardian = ("guardian_name", "guardian_email", "guardian_phone")
        self._guardian = dict(zip(of_guardian, (columns.get(name, ()) for name in of_guardian), strict=True))

    def read(self, row: int, cells: Sequence[str], number: str = "") -> PersonRow:
        """Read one row; what is wrong becomes a fault of that row and column.

        `number` is what its phone cell means, where the patterns of `phone_patterns` told it.
        """
        faults: list[Fault] = []
        if len(cells) != len(self._blank):
            cells = self._fitted(row, cells, faults)
        shared = self.shared.read(cells)
        if shared.place_problems:
            faults += _faults(row, shared.place_problems)
        reference = clean_text(cell_of(cells, self._reference))[:MAX_REFERENCE]
        if shared.addressee:
            name, email, phone = self._read_guardian(row, cells, shared.place, faults)
            if not reference:
                faults.append(Fault(row, "", "a minor without the bank's own number of them"))
        else:
            name = self._read_name(cells)
            email = self._read_email(row, cells, faults)
            phone = number or self._read_phone(row, cells, shared.place, faults)
        if shared.other_problems:
            faults += _faults(row, shared.other_problems)
        return PersonRow(
            Contact(name, email, str(phone), reference),
            *(shared.place, shared.language, shared.relation, shared.categories),
            phone != "" and type(phone) is not NotTextable,
            shared.addressee,
            self._amends(cells) if self._person else None,
            faults,
        )

    def _fitted(self, row: int, cells: Sequence[str], faults: list[Fault]) -> list[str]:
        """Give a row as long as the header."""
        width = len(self._blank)
        if any(cells[width:]):
            faults.append(Fault(row, "", f"{len(cells)} cells where the header has {width}"))
            return self._blank  # nobody can say which cell slid: better no address than somebody else's
        return [*cells[:width], *self._blank[len(cells) :]]

    def _read_name(self, cells: Sequence[str]) -> str:
        if whole := cell_of(cells, self._name):
            return clean_text(whole)
        given, surname = cell_of(cells, self._given), cell_of(cells, self._surname)
        joined = surname + given if _HAN.search(surname) else f"{given} {surname}"
        return clean_text(joined)

    def _read_guardian(
        self, row: int, cells: Sequence[str], place: str, faults: list[Fault]
    ) -> tuple[str, str, str]:
        """Give name, e-mail and phone of a minor's guardian; nothing of the child's own is kept."""
        name = clean_text(cell_of(cells, self._guardian["guardian_name"]))
        email = self._read_email(row, cells, faults, "guardian_email")
        return name, email, self._read_phone(row, cells, place, faults, "guardian_phone")

    def _read_email(self, row: int, cells: Sequence[str], faults: list[Fault], field: str = "email") -> str:
        written = cell_of(cells, self._guardian.get(field, self._email))
        found = normal_email(written) if written else None
        if written and found is None:
            faults.append(Fault(row, self._title[field], "not an e-mail address"))
        return found or ""

    def _read_phone(
        self, row: int, cells: Sequence[str], place: str, faults: list[Fault], field: str = "phone"
    ) -> str:
        written = cell_of(cells, self._guardian.get(field, self._phone))
        found = normal_phone(written, place) if written else None
        if isinstance(found, NotTextable):
            faults.append(Fault(row, self._title[field], "a number that can't receive SMS"))
        elif written and found is None:
            faults.append(Fault(row, self._title[field], phone_problem(written, place)))
        return found or ""

    def _amends(self, cells: Sequence[str]) -> int | None:
        written = cell_of(cells, self._person)
        return int(written) if written.isascii() and written.isdigit() else None


def _faults(row: int, problems: Sequence[Problem]) -> list[Fault]:
    return [Fault(row, title, problem) for title, problem in problems]
