"""What people wrote about an incident, when it is erased: reasons go, and what the record needs loses names.

Reasons, remarks and faults served the handling alone and are emptied. Titles, causes, actions, facts and reports to
authorities stay, but whatever names an affected person is blanked in them. A test holds these lists against the tables.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Table, select, update
from sqlmodel import Session

from models.database import Store, Work
from models.tables import metadata
from notifications.sealed_person import Contact, open_contact, sealer_of

ERASED = "[erased]"
TABLES = metadata.tables

# Free text that nobody needs once the incident is over.
EMPTIED_WORDS: Mapping[str, Mapping[str, str]] = {
    "answer": {"reason": ""},
    "obligation": {"reason": ERASED},
    "containment": {"reason": ERASED},
    "campaign": {"stopped_because": ""},
    "step_run": {"fault": ERASED},
}
# Prose of people that stays: affected people, and anybody's e-mail address or international telephone number, go.
PROSE: Mapping[str, tuple[str, ...]] = {
    "incident": ("title",),
    "signal": ("title",),
    "root_cause": ("summary", "whys", "factors", "failed_control"),
    "corrective_action": ("title", "evidence"),
    "conduct_finding": ("duty",),
}
# Documents that stay; they hold addresses of the organisation and of authorities, so only affected people go.
DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "signal": ("named",),
    "facts_version": ("document", "triage"),
    "filing": ("content", "receipt_number"),
    "campaign": ("details", "forecast"),
    "step_run": ("values",),
    "decision": ("question", "detail"),
    "containment": ("plan", "by_hand", "target"),
    "obligation": ("detail", "met_by", "because"),
    "call": ("detail",),
    "claim": ("law",),
}
PARENTS = {"answer": ("decision_id", "decision")}

SHORTEST_REFERENCE, PHONE_DIGITS = 5, 9
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?:\+|\b00)[1-9][\d ()/.-]{6,18}\d")
# "Ms Lind": a part of a name counts after a title only, since many are words of a language.
TITLED = re.compile(r"\b(?:mr|mrs|ms|miss|mx|dr|prof|herrn?|frau|mme|sra?)\b\.? +([\w'’-]+)", re.IGNORECASE)


def erase_words(unit: Work, incident_id: str) -> int:
    """Empty and blank free text of an incident, while its people can still be opened; gives how many rows changed.

    Raises:
        RefusedError: its key is already gone.
    """
    held = list(_texts(unit.session, incident_id))
    people = _people(unit.store, unit.session, incident_id)
    blank = _blanking(people, "\n".join(text for _, text in held))
    changed = 0
    for places, patterns in ((PROSE, (ADDRESS, NUMBER)), (DOCUMENTS, ())):
        for name, columns in places.items():
            changed += _rewrite(unit.session, incident_id, TABLES[name], columns, _after(patterns, blank))
    for name, left in EMPTIED_WORDS.items():
        for column, text in left.items():
            emptied = partial(_emptied, text)
            changed += _rewrite(unit.session, incident_id, TABLES[name], (column,), emptied)
    return changed


def _people(store: Store, session: Session, incident_id: str) -> Iterator[Contact]:
    subject = TABLES["data_subject"]
    rows = select(subject.c.number, subject.c.sealed).where(
        subject.c.incident_id == incident_id, subject.c.sealed.is_not(None)
    )
    sealer = sealer_of(store, session, incident_id)
    for number, sealed in session.connection().execute(rows):
        yield open_contact(sealer, incident_id, number, sealed)


def _ours(table: Table, incident_id: str) -> ColumnElement[bool]:
    if table.name in PARENTS:
        column, parent = PARENTS[table.name]
        held = TABLES[parent]
        return table.c[column].in_(select(held.c.id).where(held.c.incident_id == incident_id))
    key = table.c.id if table.name == "incident" else table.c.incident_id
    found: ColumnElement[bool] = key == incident_id
    return found


def _texts(session: Session, incident_id: str) -> Iterator[tuple[str, str]]:
    for places in (PROSE, DOCUMENTS):
        for name, columns in places.items():
            table = TABLES[name]
            rows = session.connection().execute(
                select(*(table.c[column] for column in columns)).where(_ours(table, incident_id))
            )
            yield from ((name, text) for row in rows for value in row for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _blanking(people: Iterable[Contact], held: str) -> re.Pattern[str] | None:
    """Make the pattern of everybody's names, addresses and numbers that do occur in `held`; None when none does."""
    lowered = " ".join(held.lower().split())
    digits = re.sub(r"\D", "", held)
    titled = {part.lower() for part in TITLED.findall(held)}
    found = set[str]()
    for person in people:
        name = person.name.lower().split()
        found |= {_bounded(term) for term in _terms(person, name) if term in lowered}
        found |= {rf"(?<=\W){_bounded(part)}" for part in titled.intersection(name)}
        number = re.sub(r"\D", "", person.phone)[-PHONE_DIGITS:]
        if len(number) == PHONE_DIGITS and number in digits:
            found.add(r"(?:[+(]*\d[\d ()/.-]*)?" + r"[ ()/.-]*".join(number) + r"(?!\d)")
    if not found:
        return None
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.IGNORECASE)


def _terms(person: Contact, name: list[str]) -> Iterator[str]:
    """Give what a person is called in a text. One word in Latin letters is a name only after a title."""
    if len(name) > 1:
        yield from (" ".join(name), " ".join((name[-1], *name[:-1])), f"{name[-1]}, {' '.join(name[:-1])}")
    elif person.name and not person.name.isascii() and len(person.name) > 1:
        yield person.name.lower()
    if person.email:
        yield person.email.lower()
    if len(person.reference) >= SHORTEST_REFERENCE:
        yield person.reference.lower()


def _bounded(term: str) -> str:
    """Match a term as a whole word; Chinese is written without spaces, so its names are bounded by nothing."""
    start = r"(?<![a-z0-9])" if term[0].isascii() else ""
    end = r"(?![a-z0-9])" if term[-1].isascii() else ""
    return start + r"\s+".join(re.escape(part) for part in term.split()) + end


def _after(patterns: Iterable[re.Pattern[str]], people: re.Pattern[str] | None) -> Callable[[str], str]:
    every = [each for each in (people, *patterns) if each is not None]

    def blank(text: str) -> str:
        for pattern in every:
            text = pattern.sub(ERASED, text)
        return text

    return blank


def _emptied(left: str, text: str) -> str:
    return left if text else text


def _rewrite(
    session: Session, incident_id: str, table: Table, columns: Iterable[str], blank: Callable[[str], str]
) -> int:
    keys = list(table.primary_key.columns)
    names = list(columns)
    rows = session.connection().execute(
        select(*keys, *(table.c[name] for name in names)).where(_ours(table, incident_id))
    )
    changed = 0
    for row in rows.all():
        before = dict(zip(names, row[len(keys) :], strict=True))
        after = {name: _blanked(value, blank) for name, value in before.items()}
        if after != before:
            here = [key == value for key, value in zip(keys, row, strict=False)]
            new = {name: value for name, value in after.items() if value != before[name]}
            session.connection().execute(update(table).where(*here).values(new))
            changed += 1
    return changed


def _blanked(value: Any, blank: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return blank(value)
    if isinstance(value, dict):
        return {blank(key): _blanked(each, blank) for key, each in value.items()}
    if isinstance(value, list):
        return [_blanked(each, blank) for each in value]
    return value
