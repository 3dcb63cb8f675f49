"""Doing what was planned, once: the claim, the state before, the act, and what became of a refusal."""

from dataclasses import dataclass
from typing import Any, Final

from models.action import Containment
from models.database import Store
from models.errors import RefusedError, TocsinError
from models.incident import Incident
from models.vocabulary import ContainmentStatus, Role
from response.connectors.contract import Connector, State, same
from response.connectors.definition import find_definition
from response.containing.containments import containment_for_update, note_containment, refuse_beyond_limits
from response.containing.hand_book import acting
from response.containing.state_before import keep_state
from response.context import TOCSIN
from response.organisation import organisation_of

DONE: Final = frozenset({ContainmentStatus.EXECUTED, ContainmentStatus.VERIFIED})
CLAIMABLE: Final = frozenset({ContainmentStatus.PLANNED, ContainmentStatus.EXECUTING})


class MayStandError(RefusedError):
    """What may have been done and can't be looked at is left as it is, on the list of open acts."""


@dataclass(frozen=True)
class Claim:
    """An act put aside to be done; `again` when an earlier executor had claimed it and may have done it."""

    row: Containment
    again: bool


def claim_act(store: Store, incident: Incident, key: str) -> Claim:
    """Put an act aside for this executor; one that was claimed before is given as such.

    Raises:
        RefusedError: it is settled already, its target is protected, or too many acts stand open.
    """
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status in DONE:
            return Claim(row, again=True)
        if row.status not in CLAIMABLE:
            raise RefusedError(f"This containment is {row.status}.", where=key, remedy="Plan a new one.")
        if row.status == ContainmentStatus.EXECUTING:
            return Claim(row, again=True)
        system = find_definition(row.connector, store.settings.home)
        parts = tuple(system.values(row.target).values())
        refuse_beyond_limits(unit.session, store.settings.home, incident.id, row.target, parts)
        row.status = ContainmentStatus.EXECUTING
        unit.session.add(row)
        note_containment(unit, row, incident, "containment:claimed", TOCSIN, Role.RESPONDER)
    return Claim(row, again=False)


def act_once(store: Store, incident: Incident, claim: Claim) -> dict[str, Any]:
    """Keep the state before, then act; what an earlier executor had done already is found, not done again.

    Raises:
        MayStandError: it may have been done, and nobody can tell from here.
        RefusedError, UnavailableError, NeedsPersonError: as the connector says.
    """
    row, system = claim.row, acting(store, claim.row, incident)
    if row.before is None:
        state = system.read_state(row.capability, row.target)
        _refuse_too_many_touched(store, row, state)
        _keep_state(store, incident, row.id, state)
    elif claim.again:
        found = _found_done(system, row)
        if found is not None:
            return found
    return system.execute(row.capability, row.target, f"{row.id}/execute")


def _found_done(system: Connector, row: Containment) -> dict[str, Any] | None:
    """Look whether an earlier executor, that died before recording it, had done it."""
    if not system.repeatable:
        raise MayStandError(
            "This may have been done already, and nobody can tell from here.",
            where=row.id,
            remedy="Look at the system, then accept the act or do it by hand.",
        )
    return {"found_done": True} if system.verify(row.capability, row.target).holds else None


def _refuse_too_many_touched(store: Store, row: Containment, state: State) -> None:
    own, everywhere = row.plan.get("most_touched"), organisation_of(store.settings.home).containment
    most = min(own, everywhere.most_touched) if own is not None else everywhere.most_touched
    if (state.touches is None and own is not None) or (state.touches is not None and state.touches > most):
        raise RefusedError(
            f"This act would touch {'an unknown number' if state.touches is None else state.touches}.",
            where=row.id,
            expected=f"at most {most}",
            remedy="Contain by hand, or act on a narrower target.",
        )


def _keep_state(store: Store, incident: Incident, key: str, state: State) -> None:
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        if row.status != ContainmentStatus.EXECUTING:
            raise RefusedError(f"This containment became {row.status} meanwhile.", where=key)
        kept = keep_state(unit, incident, state.whole)
        row.before = state.kept
        unit.session.add(row)
        said = {"evidence": kept.evidence, "sha256": kept.sha256}
        note_containment(unit, row, incident, "evidence:collected", TOCSIN, Role.RESPONDER, **said)


def record_refusal(store: Store, incident: Incident, key: str, code: str) -> None:
    """Record a refusal. What was changed in part, or may have been, stays on the list of open acts."""
    untouched = _is_untouched(store, incident, key)
    with store.work() as unit:
        row = containment_for_update(unit.session, key)
        row.status, row.reason = ContainmentStatus.FAILED if untouched else ContainmentStatus.EXECUTING, code
        unit.session.add(row)
        said = {"fault": code} if untouched else {"fault": code, "may_stand": True}
        note_containment(unit, row, incident, "containment:failed", TOCSIN, Role.RESPONDER, **said)


def _is_untouched(store: Store, incident: Incident, key: str) -> bool:
    with store.reading() as session:
        row = session.get(Containment, key)
    if row is None or row.before is None:
        return True
    try:
        system = acting(store, row, incident)
        return system.repeatable and same(system.read_state(row.capability, row.target).kept, row.before)
    except TocsinError:
        return False
