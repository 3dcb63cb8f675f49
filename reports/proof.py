"""The proof of drills for a supervisor: what was exercised when, by whom, how well, and what became of the gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session, col, select

from models.accountability import Report
from models.clock import as_utc, read_moment
from models.drill import Drill
from models.errors import InvalidInputError
from models.facts import Organisation
from models.incident import Incident, PlaybookVersion
from models.ledger import LedgerEntry
from models.outside_exercise import OutsideExercise, outside_exercises
from models.tabletop import Tabletop
from regulations.exercises import Standing
from reports.exercise import exercise_of, scenario_name
from reports.exercises_held import exercise_standings
from reports.ledger_index import head_at
from reports.outside_held import OutsideView, outside_view
from reports.playbook_names import names_in_playbook
from reports.view_exercise import Exercise
from reports.view_terms import ByLanguage

TOLD_TAGS = ("incident:declared", "incident:closed")


@dataclass(frozen=True)
class Entry:
    """One ledger entry that an exercise left."""

    seq: int
    at: datetime
    tag: str
    about: str


@dataclass(frozen=True)
class HeldDrill:
    """A drill that was carried to its end. `reports` are digests (SHA-256) of the reports kept of it."""

    exercise: Exercise
    title: str
    plan: str
    plan_name: ByLanguage
    plan_hash: str
    reports: Mapping[str, str]


@dataclass(frozen=True)
class HeldTabletop:
    """An exercise around a table that was led to its end; seconds, None where nobody decided."""

    id: str
    scenario: str
    scenario_name: ByLanguage
    facilitator: str
    participants: Mapping[str, str]
    started_at: datetime
    ended_at: datetime
    items: int
    decisions: int
    median_seconds: float | None
    expected: int
    met: int
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class Unfinished:
    """A drill or exercise of the period that did not come to its end, or was withdrawn; it proves nothing."""

    id: str
    scenario: str
    status: str
    started_at: datetime


@dataclass(frozen=True)
class DrillProof:
    """Everything the document says, as of `at`; `root` and `note` are the ledger's signed head then."""

    organisation: str | None
    start: datetime
    end: datetime
    at: datetime
    duties: tuple[Standing, ...]
    drills: tuple[HeldDrill, ...]
    tabletops: tuple[HeldTabletop, ...]
    outside: tuple[OutsideView, ...]
    unfinished: tuple[Unfinished, ...]
    entries: tuple[Entry, ...]
    ledger_size: int
    root: str | None
    note: str | None


def build_proof(
    session: Session, organisation: Organisation, start: datetime, end: datetime, at: datetime
) -> DrillProof:
    """Gather the exercises begun in `[start, end)` and where each duty stands at `at`.

    Raises:
        InvalidInputError: the period ends before it starts, or has no offset.
    """
    start, end = as_utc(start), as_utc(end)
    if end <= start:
        raise InvalidInputError("The period ends before it starts.", expected="--from earlier than --to")
    drills = _drills(session, start, end)
    tables = list(
        session.exec(
            select(Tabletop)
            .where(col(Tabletop.started_at) >= start, col(Tabletop.started_at) < end)
            .order_by(col(Tabletop.started_at), col(Tabletop.id))
        )
    )
    outside = [each for each in session.exec(outside_exercises()) if start <= each.began_at < end]
    head = head_at(session, None)
    return DrillProof(
        organisation=organisation.name,
        start=start,
        end=end,
        at=at,
        duties=exercise_standings(session, organisation, at),
        drills=tuple(filter(None, (_held(session, each, at) for each in drills if each.status == "done"))),
        tabletops=tuple(_table(each, each.ended_at) for each in tables if each.ended_at is not None),
        outside=tuple(outside_view(session, each, at.date()) for each in outside if not each.withdrawn_at),
        unfinished=(
            *_unfinished(drills),
            *(_broken_off(each) for each in tables if each.ended_at is None),
            *(_withdrawn(each) for each in outside if each.withdrawn_at),
        ),
        entries=_entries(
            session,
            [each.incident_id for each in drills],
            {each.id for each in tables} | {each.id for each in outside},
        ),
        ledger_size=head.size if head else 0,
        root=head.root.hex() if head else None,
        note=head.note if head else None,
    )


def _drills(session: Session, start: datetime, end: datetime) -> list[Drill]:
    query = select(Drill).where(col(Drill.started_at) >= start, col(Drill.started_at) < end)
    return list(session.exec(query.order_by(col(Drill.started_at), col(Drill.incident_id))))


def _held(session: Session, drill: Drill, at: datetime) -> HeldDrill | None:
    incident = session.get_one(Incident, drill.incident_id)
    version = session.get(PlaybookVersion, incident.playbook_hash)
    plan_name, steps = names_in_playbook(version.text) if version else ({}, {})
    told = exercise_of(session, drill.incident_id, steps, at.date())
    kept = session.exec(
        select(Report).where(Report.incident_id == drill.incident_id).order_by(col(Report.id))
    )
    if told is None:
        return None
    return HeldDrill(
        exercise=told,
        title=incident.title,
        plan=incident.playbook,
        plan_name=plan_name,
        plan_hash=incident.playbook_hash,
        reports={f"{row.language}.{row.format}": row.sha256 for row in kept},
    )


def _table(row: Tabletop, ended_at: datetime) -> HeldTabletop:
    result: dict[str, Any] = row.result or {}
    return HeldTabletop(
        id=row.id,
        scenario=row.scenario,
        scenario_name=scenario_name(row.scenario),
        facilitator=row.facilitator,
        participants=row.participants,
        started_at=row.started_at,
        ended_at=ended_at,
        items=result.get("items", 0),
        decisions=result.get("decisions", 0),
        median_seconds=result.get("median_seconds"),
        expected=result.get("expected", 0),
        met=result.get("met", 0),
        undecided=tuple(result.get("undecided", ())),
    )


def _unfinished(drills: list[Drill]) -> tuple[Unfinished, ...]:
    return tuple(
        Unfinished(row.incident_id, row.scenario, row.status, row.started_at)
        for row in drills
        if row.status != "done"
    )


def _broken_off(row: Tabletop) -> Unfinished:
    return Unfinished(row.id, row.scenario, "stopped", row.started_at)


def _withdrawn(row: OutsideExercise) -> Unfinished:
    return Unfinished(row.id, row.plan or row.kind, "withdrawn", row.began_at)


def _entries(session: Session, drills: list[str], others: set[str]) -> tuple[Entry, ...]:
    """List the entries that say when an exercise began, what happened to it, and how it ended."""
    told = col(LedgerEntry.tag).startswith("drill:") | col(LedgerEntry.tag).in_(TOLD_TAGS)
    of_drills = col(LedgerEntry.incident_id).in_(drills) & told
    of_others = col(LedgerEntry.tag).startswith("tabletop:") | col(LedgerEntry.tag).startswith("exercise:")
    query = select(LedgerEntry.document).where(of_drills | of_others).order_by(col(LedgerEntry.seq))
    found = []
    for document in session.exec(query):
        read = orjson.loads(document)
        about = read["incident"] or read["body"].get("tabletop") or read["body"].get("exercise", "")
        if read["incident"] or about in others:
            found.append(Entry(read["seq"], read_moment(read["at"]), read["tag"], about))
    return tuple(found)
