"""What the law as installed changes for an open incident, and putting it in force there.

Every obligation is pinned to the version of the rule it was made from; a newer Tocsin brings newer law. Whose
facts are unchanged keeps the old answer until somebody applies the new one, and both are then on record.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session

from models.clock import iso_utc
from models.database import Store, Work
from models.errors import RefusedError
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import IncidentStatus, ObligationStatus, Role
from regulations.duties import evaluate_duties
from regulations.duty import Duty
from regulations.loader import Law, load_law
from response.duties import note_duty
from response.facts import latest_facts
from response.incidents import locked_incident
from response.staff import role_of
from response.triage import FINAL, STAGES, obligations_by_id, reassess

MAY_APPLY = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER)
GONE = "The law as installed has no such rule any more."


@dataclass(frozen=True)
class LawChange:
    """One obligation that would come, change or go; `before` and `after` are (status, due_at)."""

    rule: str
    kind: Literal["added", "changed", "removed"]
    pinned: str | None
    installed: str | None
    before: tuple[str, datetime | None] | None
    after: tuple[str, datetime | None] | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; moments are UTC."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "pinned": self.pinned,
            "installed": self.installed,
            "before": _side(self.before),
            "after": _side(self.after),
        }


def _side(given: tuple[str, datetime | None] | None) -> dict[str, str | None] | None:
    if given is None:
        return None
    status, due_at = given
    return {"status": status, "due_at": iso_utc(due_at) if due_at else None}


def law_changes(
    session: Session, incident: Incident, at: datetime, law: Law | None = None
) -> tuple[LawChange, ...]:
    """Compare an incident's obligations with what the law as installed says of the same facts at `at`.

    Duties that are settled stay as they were settled and are left out.
    """
    if not incident.facts_version:
        return ()
    law, known = law or load_law(), obligations_by_id(session, incident.id)
    facts = latest_facts(session, incident)
    answers = evaluate_duties(facts, at=at, rules=law, all=True)
    judged = {f"{incident.id}/{duty.rule}": duty for duty in answers if duty.stage in STAGES}
    found = [_change(duty, known.get(id_)) for id_, duty in judged.items() if not _is_settled(known.get(id_))]
    return (*(each for each in found if each is not None), *_removed(law, known))


def _is_settled(row: Obligation | None) -> bool:
    return row is not None and row.status in FINAL


def _change(duty: Duty, row: Obligation | None) -> LawChange | None:
    after = (str(duty.status), duty.due_at)
    if row is None:
        if duty.status in {"not_required", "filed"}:
            return None
        return LawChange(duty.rule, "added", None, duty.rule_hash, None, after)
    if row.rule_hash == duty.rule_hash:
        return None
    return LawChange(duty.rule, "changed", row.rule_hash, duty.rule_hash, (row.status, row.due_at), after)


def _removed(law: Law, known: dict[str, Obligation]) -> list[LawChange]:
    return [
        LawChange(row.rule, "removed", row.rule_hash, None, (row.status, row.due_at), None)
        for row in known.values()
        if row.id.endswith(f"/{row.rule}") and _ends(row) and not law.versions(row.rule)
    ]


def _ends(row: Obligation) -> bool:
    return row.status not in {*FINAL, ObligationStatus.FALLEN_AWAY}


def apply_law(store: Store, incident_id: str, by: str, law: Law | None = None) -> tuple[LawChange, ...]:
    """Let a person put the law as installed in force for an open incident; the difference goes on record.

    Raises:
        NotFoundError, RefusedError: no such incident or role, or the incident is closed.
    """
    law = law or load_law()
    with store.work() as unit:
        role, incident = role_of(unit.session, by, MAY_APPLY), locked_incident(unit.session, incident_id)
        if incident.status != IncidentStatus.OPEN:
            raise RefusedError(
                f"{incident_id} is {incident.status}.",
                expected="an open incident: what was settled under the law of its day stays settled",
            )
        changes = law_changes(unit.session, incident, unit.clock(), law)
        if changes:
            _drop(unit, incident, changes, by)
            reassess(unit, incident, by, law)
            _record(unit, incident, changes, law, by, role)
    return changes


def _drop(unit: Work, incident: Incident, changes: tuple[LawChange, ...], by: str) -> None:
    """End the duties whose rule is gone, their later turns too; the rest follows from judging the facts again."""
    gone = {change.rule for change in changes if change.kind == "removed"}
    for row in obligations_by_id(unit.session, incident.id).values():
        if row.rule in gone and _ends(row):
            row.status, row.reason = ObligationStatus.FALLEN_AWAY, GONE
            unit.session.add(row)
            note_duty(unit, incident, row, "obligation:fallen_away", by)


def _record(
    unit: Work, incident: Incident, changes: tuple[LawChange, ...], law: Law, by: str, role: str
) -> None:
    counts = {kind: sum(each.kind == kind for each in changes) for kind in ("added", "changed", "removed")}
    unit.record(
        "law:applied",
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version,
        drill=incident.drill,
        body={"law_sha256": law.content_hash, **counts},
    )
