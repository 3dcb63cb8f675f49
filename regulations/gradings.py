"""Grades of incidents and classes of data under the schemes of authorities: tables as data, three-valued.

Levels are tested from the top; the first whose condition holds is the grade. While a higher level is still
open the grade is open too, and `possible` lists what remains. An organisation's or authority's own
determination, `regimes.<scheme>.grade`, settles what the table leaves open, never what it establishes.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from models.errors import InvalidInputError
from models.facts import Facts
from regulations.grading_conditions import Condition, read_condition
from regulations.grading_inputs import ASKED_AS, GradingFacts, areas_of
from regulations.plain_yaml import read_plain
from regulations.three_valued import Tri


class GradeReason(NamedTuple):
    """A condition that is met, with the facts it rests on."""

    level: str
    because: str
    facts: tuple[str, ...]
    source: str
    verified: bool


class Grade(NamedTuple):
    """The grade under one scheme.

    `grade` is None while open. `possible` runs from the highest level that remains to the lowest, which is
    established. `applies` says whether the scheme reaches the organisation, None when that is unknown.
    """

    scheme: str
    grade: str | None
    possible: tuple[str, ...]
    reasons: tuple[GradeReason, ...]
    unknowns: tuple[str, ...]
    applies: bool | None
    verified: bool


class Line(NamedTuple):
    """One condition of a level."""

    because: str
    verified: bool
    holds: Condition


class Level(NamedTuple):
    """One level; the last of a table has no conditions and takes what is left."""

    code: str
    name: str
    lines: tuple[Line, ...]
    otherwise: str


class Table(NamedTuple):
    """One scheme with its source; a table without one does not load."""

    scheme: str
    name: str
    local_name: str
    jurisdiction: str
    source: str
    verified: bool
    kind: str
    areas: frozenset[str]
    note: str
    levels: tuple[Level, ...]


def grade(facts: Facts) -> Mapping[str, Grade]:
    """Grade the incident under every scheme, by scheme name."""
    return grade_known(GradingFacts.of(facts))


def grade_known(known: GradingFacts) -> Mapping[str, Grade]:
    """Grade from facts already read."""
    return Grades(known)


class Grades(Mapping[str, Grade]):
    """The grades by scheme, each worked out when it is first asked for."""

    def __init__(self, known: GradingFacts) -> None:
        """Grade from `known`."""
        self._known, self._graded = known, dict[str, Grade]()

    def __getitem__(self, scheme: str) -> Grade:
        """Return the grade under one scheme; KeyError where there is no such scheme."""
        if scheme not in self._graded:
            self._graded[scheme] = _graded(_by_scheme()[scheme], self._known)
        return self._graded[scheme]

    def __iter__(self) -> Iterator[str]:
        """Name the schemes in the order of their tables."""
        return iter(_by_scheme())

    def __len__(self) -> int:
        """Count the schemes."""
        return len(_by_scheme())


@lru_cache(maxsize=1)
def _by_scheme() -> Mapping[str, Table]:
    return {table.scheme: table for table in tables()}


@lru_cache(maxsize=1)
def tables() -> tuple[Table, ...]:
    """Read all grading tables. Raises InvalidInputError naming the table that is wrong."""
    folder = files("regulations").joinpath("grading_tables")
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name
    )
    return tuple(read_table(entry.read_text("utf-8"), entry.name) for entry in found)


def read_table(text: str, where: str) -> Table:
    """Read one grading table from YAML. Raises InvalidInputError when a part or the source is missing."""
    given = read_plain(text, where)
    try:
        if not str(given["source"]).strip():
            raise KeyError("source")  # noqa: TRY301 - told below like a missing key
        return Table(
            scheme=given["scheme"],
            name=given["name"],
            local_name=given["local_name"],
            jurisdiction=given["jurisdiction"],
            source=given["source"],
            verified=given["verified"],
            kind=given["kind"],
            areas=areas_of(given["applies"]["place"]),
            note=given.get("note", ""),
            levels=tuple(_level(level, where) for level in given["levels"]),
        )
    except KeyError as error:
        raise InvalidInputError(f"The grading table lacks {error}.", where=where) from None


def _level(given: Mapping[str, Any], where: str) -> Level:
    lines = tuple(
        Line(line["because"], line["verified"], read_condition(line["when"], f"{where}, {given['code']}"))
        for line in given.get("any", ())
    )
    return Level(given["code"], given["name"], lines, given.get("otherwise", ""))


def _graded(table: Table, known: GradingFacts) -> Grade:
    possible: list[str] = []
    reasons: list[GradeReason] = []
    waits_for: set[str] = set()
    for level in table.levels:
        answers = [(line, line.holds(known)) for line in level.lines]
        met = [(line, answer) for line, answer in answers if answer.value]
        if met or not level.lines:
            possible.append(level.code)
            reasons = _met(table, level, met)
            break
        still_open = [answer.facts for _, answer in answers if answer.value is None]
        if still_open:
            possible.append(level.code)
            waits_for.update(*still_open)
    return _settled(table, known, possible, reasons, waits_for)


def _met(table: Table, level: Level, met: list[tuple[Line, Tri]]) -> list[GradeReason]:
    if not met:
        return [GradeReason(level.code, level.otherwise, (), table.source, table.verified)]
    return [
        GradeReason(level.code, line.because, _asked(answer.facts), table.source, line.verified)
        for line, answer in met
    ]


def _settled(
    table: Table, known: GradingFacts, possible: list[str], reasons: list[GradeReason], waits_for: set[str]
) -> Grade:
    path = f"regimes.{table.scheme}.grade"
    determined = known.values.get(path)
    if determined in possible and len(possible) > 1:
        possible, waits_for = [str(determined)], set()
        said = "The organisation or the authority has determined this grade."
        reasons = [GradeReason(str(determined), said, (path,), table.source, table.verified)]
    decided = possible[0] if len(possible) == 1 else None
    return Grade(
        scheme=table.scheme,
        grade=decided,
        possible=tuple(possible),
        reasons=tuple(reasons) if decided or reasons[0].facts else (),
        unknowns=() if decided else tuple(sorted({*_asked(waits_for), path})),
        applies=known.established_in(table.areas).value,
        verified=table.verified and (not reasons or any(reason.verified for reason in reasons)),
    )


def _asked(paths: set[str] | frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({ASKED_AS.get(path, path) for path in paths}))
