"""Ready by its people: who confirmed that calls reach them, and whether every role that decides has two."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from models.call import Call
from models.database import Store
from models.staff import Staff
from models.vocabulary import CallKind
from playbooks.loader import library, library_text, load_playbook
from response.preparedness.part import Part

CONFIRMED_WITHIN = timedelta(days=45)


def contact_tree(store: Store, session: Session) -> Part:
    """Count who confirmed lately that calls reach them."""
    active, confirmed = _active(session), _confirmed(store, session)
    share = len(active & confirmed) / len(active) if active else 0.0
    finding = (
        f"{len(active & confirmed)} of {len(active)} people confirmed within {CONFIRMED_WITHIN.days} days"
    )
    return Part("contact tree", 20, 20 * share, finding, "" if share == 1 else "tocsin staff check")


def approvers(store: Store, session: Session) -> Part:
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
