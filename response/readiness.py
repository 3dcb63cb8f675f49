"""How ready the house is, as a number that is earned: each part rests on something that was done and is on record.

A part that nobody did counts nothing, however well things look on paper.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session, col, select

from models.call import Call
from models.database import Store, Work
from models.drill import Drill
from models.ledger import LedgerEntry
from models.staff import Staff
from models.vocabulary import CallKind, Role
from notifications.balance import DEFAULT_MESSAGE
from notifications.forecast import SENDING, measured_rate
from notifications.templates_on_disk import load_template, template_languages
from playbooks.loader import library, library_text, load_playbook
from regulations.loader import load_law
from response.organisation import organisation_of
from response.staff import role_of

RESTORE_TESTED = "home:restore_tested"
TEXT_APPROVED = "text:approved"
CONFIRMED_WITHIN = timedelta(days=45)
DRILLED_WITHIN = timedelta(days=92)
RESTORED_WITHIN = timedelta(days=31)
REVIEWED_WITHIN = timedelta(days=366)
REFERENCE_PEOPLE, REFERENCE_HOURS = 1_000_000, 24.0
MAY_APPROVE_TEXTS = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.COMMUNICATIONS)


@dataclass(frozen=True)
class Part:
    """One part of being ready: `earned` of `weight` points, what that rests on, and what would earn the rest."""

    name: str
    weight: int
    earned: float
    finding: str
    mend: str = ""


@dataclass(frozen=True)
class Readiness:
    """The number, 0 to 100, and its parts."""

    points: int
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {"points": self.points, "parts": [asdict(part) for part in self.parts]}


def readiness(store: Store) -> Readiness:
    """Work the number out from the records as they stand now."""
    with store.reading() as session:
        parts = tuple(measure(store, session) for measure in MEASURES)
    return Readiness(round(100 * sum(p.earned for p in parts) / sum(p.weight for p in parts)), parts)


def approve_text(unit: Work, message: str, language: str, by: str) -> str:
    """Record that a person stands for a message as it is written in one language; gives the digest of its text.

    Raises:
        NotFoundError, RefusedError: no such message, language, person or role.
    """
    role = role_of(unit.session, by, MAY_APPROVE_TEXTS)
    digest = load_template(message, language).text_hash
    unit.record(
        TEXT_APPROVED, actor=by, role=role, body={"message": message, "language": language, "digest": digest}
    )
    return digest


def _contact_tree(store: Store, session: Session) -> Part:
    active, confirmed = _active(session), _confirmed(store, session)
    share = len(active & confirmed) / len(active) if active else 0.0
    finding = (
        f"{len(active & confirmed)} of {len(active)} people confirmed within {CONFIRMED_WITHIN.days} days"
    )
    return Part("contact tree", 20, 20 * share, finding, "" if share == 1 else "tocsin staff check")


def _approvers(store: Store, session: Session) -> Part:
    """Every role that some plan asks needs two people, one of whom confirmed lately."""
    confirmed, asked = _confirmed(store, session), _roles_asked()
    rows = [row for row in session.exec(select(Staff)) if row.active]
    ready = []
    for role in sorted(asked):
        holders = {row.id for row in rows if role in row.roles}
        ready.append(len(holders) > 1 and bool(holders & confirmed))
    missing = [role for role, good in zip(sorted(asked), ready, strict=True) if not good]
    finding = f"{sum(ready)} of {len(ready)} roles that decide have two people, one of them confirmed"
    mend = f"two people, confirmed, for: {', '.join(missing)}" if missing else ""
    return Part("approvers", 15, 15 * sum(ready) / len(ready), finding, mend)


def _last_drill(store: Store, session: Session) -> Part:
    drills = select(Drill).where(Drill.status == "done").order_by(col(Drill.started_at).desc())
    drill = session.exec(drills.limit(1)).first()
    if drill is None or drill.score is None:
        return Part("last drill", 20, 0.0, "no drill was carried to its end", "tocsin drill run open-bucket")
    points, age = int(drill.score["points"]), store.clock() - drill.started_at
    fresh = age <= DRILLED_WITHIN
    finding = f"{drill.incident_id}: {points} points, {age.days} days ago"
    return Part(
        "last drill", 20, 20 * points / 100 if fresh else 0.0, finding, "" if fresh else "drill again"
    )


def _restore_test(store: Store, session: Session) -> Part:
    tests = (
        select(LedgerEntry.at).where(LedgerEntry.tag == RESTORE_TESTED).order_by(col(LedgerEntry.seq).desc())
    )
    last = session.exec(tests.limit(1)).first()
    fresh = last is not None and store.clock() - last <= RESTORED_WITHIN
    finding = f"last one {(store.clock() - last).days} days ago" if last else "no backup was ever tried"
    return Part("restore test", 15, 15.0 * fresh, finding, "" if fresh else "tocsin backup FILE --check")


def _texts(_store: Store, session: Session) -> Part:
    languages = template_languages(DEFAULT_MESSAGE)
    approved = _approved_digests(session)
    good = [each for each in languages if load_template(DEFAULT_MESSAGE, each).text_hash in approved]
    missing = [each for each in languages if each not in good]
    mend = f"tocsin readiness approve-text {missing[0]} (and {len(missing) - 1} more)" if missing else ""
    finding = f"{len(good)} of {len(languages)} languages approved as they are written now"
    return Part("notice texts", 10, 10 * len(good) / len(languages), finding, mend)


def _law(store: Store, _session: Session) -> Part:
    """Count the rules of the places where the organisation is that were read at their source, and looked at lately."""
    known = organisation_of(store.settings.home).organisation
    places = {place.partition("-")[0] for place in (known.country, *(known.establishments or ())) if place}
    today = store.clock().date()
    rules = [each.rule for each in load_law().rules if each.law.place.partition("-")[0] in places | {"EU"}]
    good = [rule for rule in rules if rule.verified and today - rule.reviewed <= REVIEWED_WITHIN]
    share = len(good) / len(rules) if rules else 0.0
    finding = f"{len(good)} of {len(rules)} rules read at their source and looked at within a year"
    return Part("law reviewed", 10, 10 * share, finding, "" if share == 1 else "tocsin law list shows which")


def _forecast(_store: Store, session: Session) -> Part:
    rates = [measured_rate(session, channel, drill=drill) for channel in SENDING for drill in (False, True)]
    measured = [rate for rate in rates if rate]
    if not measured:
        return Part(
            "time to the last notice", 10, 0.0, "no rate was measured yet", "run a drill that tells people"
        )
    hours = REFERENCE_PEOPLE / min(measured) / 3600
    good = hours <= REFERENCE_HOURS
    finding = f"a million messages would take {hours:.1f} hours at the slowest measured rate"
    mend = "" if good else f"at most {REFERENCE_HOURS:.0f} hours: a faster relay, provider or second account"
    return Part("time to the last notice", 10, 10.0 * good, finding, mend)


MEASURES: tuple[Callable[[Store, Session], Part], ...] = (
    _contact_tree,
    _approvers,
    _last_drill,
    _restore_test,
    _texts,
    _law,
    _forecast,
)


def _active(session: Session) -> set[str]:
    return {row.id for row in session.exec(select(Staff)) if row.active}


def _confirmed(store: Store, session: Session) -> set[str]:
    since: datetime = store.clock().astimezone(UTC) - CONFIRMED_WITHIN
    query = select(Call.staff_id).where(Call.kind == CallKind.CHECK, col(Call.used_at) >= since)
    return set(session.exec(query))


def _roles_asked() -> set[str]:
    """Name the roles that approve anything in the library's plans."""
    plans = (load_playbook(library_text(name), f"{name}.yaml") for name in library())
    gates = [step.approval for plan in plans for step in plan.workflow.values() if step.approval]
    return {str(role) for gate in gates for role in gate.roles}


def _approved_digests(session: Session) -> set[str]:
    entries = session.exec(select(LedgerEntry.document).where(LedgerEntry.tag == TEXT_APPROVED))
    return {str(orjson.loads(document)["body"]["digest"]) for document in entries}
