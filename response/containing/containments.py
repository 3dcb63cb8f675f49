"""The list of acts on systems: what stands open, how far acts may reach, undoing and accepting by people."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from models.action import Containment
from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.vocabulary import ContainmentStatus, Role
from response.connectors.contract import NeedsPersonError
from response.containing.hand_book import acting
from response.organisation import organisation_of
from response.staff import role_of

# Acts that stand on a system, or may: what is being executed may have arrived there.
OPEN = (ContainmentStatus.EXECUTING, ContainmentStatus.EXECUTED, ContainmentStatus.VERIFIED)
MAY_UNDO = (Role.INCIDENT_LEAD, Role.RESPONDER)
MAY_ACCEPT = (Role.INCIDENT_LEAD, Role.EXECUTIVE, Role.RESPONDER)


def list_containments(
    session: Session, incident_id: str | None = None, *, only_open: bool = False
) -> list[Containment]:
    """List acts on systems, the oldest first; `only_open` those that stand until reverted or accepted."""
    query = select(Containment).order_by(col(Containment.planned_at), col(Containment.id))
    if incident_id is not None:
        query = query.where(Containment.incident_id == incident_id)
    if only_open:
        query = query.where(col(Containment.status).in_(OPEN))
    return list(session.exec(query))


def has_expired(row: Containment, now: datetime) -> bool:
    """Tell whether an act stands longer than it was planned for: people revert or accept it."""
    return row.status in OPEN and row.expires_at is not None and row.expires_at <= now


def open_containments(session: Session, incident_id: str) -> list[Containment]:
    """List the acts of an incident that stand."""
    return list_containments(session, incident_id, only_open=True)


def containment_for_update(session: Session, containment_id: str) -> Containment:
    """Give one containment, locked for this unit of work; raises NotFoundError."""
    query = select(Containment).where(Containment.id == containment_id).with_for_update(key_share=True)
    row = session.exec(query).first()
    if row is None:
        raise NotFoundError(
            f"There is no containment {containment_id[:120]}.", remedy="`tocsin contain list` shows them."
        )
    return row


def refuse_beyond_limits(
    session: Session, home: Path, incident_id: str, target: str, parts: Collection[str] = ()
) -> None:
    """Refuse a protected system, and more open acts in one incident than the organisation allows.

    `parts` are what a target names, such as the account and the table: each may be what is protected.

    Raises:
        RefusedError: with the limit and where it is set.
    """
    known = organisation_of(home)
    named = {part.casefold() for part in (target, *parts)}
    asset = next((each for each in known.assets if each.protected and each.id.casefold() in named), None)
    if asset is not None:
        raise RefusedError(
            f"{asset.id} is protected: no connector acts on it.",
            where="assets in organisation.yaml",
            remedy="Contain by hand, with the owner of the system.",
        )
    standing, most = len(open_containments(session, incident_id)), known.containment.most_open_acts
    if standing >= most:
        raise RefusedError(
            f"{standing} acts on systems already stand open in {incident_id}.",
            where="containment.most_open_acts in organisation.yaml",
            expected=f"fewer than {most}",
            remedy="Undo or accept some, or contain by hand.",
        )


def revert(store: Store, containment_id: str, by: str, reason: str) -> Containment:
    """Let a person undo an act: the state before is put back and checked.

    Raises:
        NotFoundError, RefusedError: no such act or role, nothing to undo, or it can't be undone.
        UnavailableError: the system does not answer or did not take it; call again.
    """
    needs_reason(containment_id, reason)
    with store.reading() as session:
        role = role_of(session, by, MAY_UNDO)
    try:
        return undo(store, containment_id, by, role, reason)
    except NeedsPersonError as error:
        raise RefusedError(
            f"This was done by hand and is undone by hand: {error.question['en']}",
            where=containment_id,
            remedy="Do that, then say so with --by-hand.",
        ) from None


def undo(store: Store, containment_id: str, by: str, role: str, reason: str) -> Containment:
    """Put the state before back; repeating it is harmless. Raises NeedsPersonError where only a person can."""
    with store.reading() as session:
        row = session.get(Containment, containment_id)
        incident = session.get(Incident, row.incident_id) if row else None
    if row is None or incident is None:
        raise NotFoundError(f"There is no containment {containment_id[:120]}.")
    if row.status == ContainmentStatus.REVERTED:
        return row
    if row.status == ContainmentStatus.FAILED:
        raise RefusedError("This act failed: there is nothing to undo.", where=containment_id)
    _refuse_while_others_rely(store, row)
    if row.before is not None:
        system = acting(store, row, incident)
        system.revert(row.capability, row.target, row.before, f"{containment_id}/revert")
    with store.work() as unit:
        row = containment_for_update(unit.session, containment_id)
        row.status, row.reverted_at, row.reason = ContainmentStatus.REVERTED, unit.clock(), reason
        unit.session.add(row)
        note_containment(unit, row, incident, "containment:reverted", by, role)
    return row


def _refuse_while_others_rely(store: Store, row: Containment) -> None:
    """Undo in the order in which acts were done, the last first: a later one found the system contained already."""
    since = row.executed_at or row.planned_at
    with store.reading() as session:
        later = select(Containment).where(
            Containment.connector == row.connector,
            Containment.capability == row.capability,
            Containment.id != row.id,
            col(Containment.status).in_(OPEN),
            col(Containment.executed_at) > since,
        )
        other = next((each.id for each in session.exec(later) if each.target == row.target), None)
    if other is not None:
        raise RefusedError(
            f"{other} relies on the same act on the same system.",
            where=row.id,
            remedy=f"Revert or accept {other} first, or accept this one.",
        )


def accept(store: Store, containment_id: str, by: str, reason: str) -> Containment:
    """Let a person decide that an act stands for good.

    Raises:
        NotFoundError, RefusedError, InvalidInputError: no such act or role, it does not stand, or no reason.
    """
    with store.work() as unit:
        return accept_in(unit, containment_id, by, reason)


def accept_in(unit: Work, containment_id: str, by: str, reason: str) -> Containment:
    """Accept an act within the caller's unit of work."""
    needs_reason(containment_id, reason)
    role = role_of(unit.session, by, MAY_ACCEPT)
    row = containment_for_update(unit.session, containment_id)
    if row.status not in OPEN:
        raise RefusedError(
            f"This containment is {row.status}.",
            where=containment_id,
            expected="an act that stands",
        )
    row.status, row.accepted_by, row.reason = ContainmentStatus.ACCEPTED, by, reason
    unit.session.add(row)
    incident = unit.session.get(Incident, row.incident_id)
    assert incident is not None  # noqa: S101 - a foreign key
    note_containment(unit, row, incident, "containment:accepted", by, role)
    return row


def note_containment(
    unit: Work, row: Containment, incident: Incident, tag: str, actor: str, role: str, **body: Any
) -> None:
    """Enter what happened to an act into the ledger."""
    unit.record(
        tag,
        actor=actor,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"containment": row.id, "connector": row.connector, "capability": row.capability, **body},
    )


def needs_reason(containment_id: str, reason: str) -> None:
    """Refuse what comes without a reason: it is kept in the record."""
    if not reason.strip():
        raise InvalidInputError(
            "This needs its reason.", where=containment_id, remedy="Say why in one sentence."
        )
