"""What comes back of the costs and of claims that were paid: recorded with who says so, corrected by a new entry.

Only what was received reduces a sum, in its own currency; what is expected stands beside it. Amounts of a claim are
somebody's loss, so the ledger gets a keyed digest of them; all others stand in clear.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.claim import Claim
from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.money import Money
from models.recovery import Recovery
from models.vocabulary import ClaimStatus, RecoverySource, RecoveryState, Role
from notifications.sealed_person import sealer_of
from response.incidents import locked_incident
from response.losses.claim_record import amount_digest, locked_claim
from response.losses.costs import firm_handle, sealed_note
from response.plan import find_incident
from response.staff import role_of

MAY_RECORD = (
    Role.LEGAL, Role.EXECUTIVE, Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR,
)  # fmt: skip


@dataclass(frozen=True)
class Recovered:
    """What comes back from whom; `claim` names the paid claim it is of, where it is of one."""

    source: RecoverySource
    amount: Money
    booked_on: date
    state: RecoveryState = RecoveryState.RECEIVED
    payer: str | None = None
    claim: str | None = None
    note: str | None = None


def record_recovery(unit: Work, incident_id: str, given: Recovered, by: str) -> Recovery:
    """Record what came back or is expected; an incident that is closed takes it too.

    Raises:
        NotFoundError: there is no such incident, claim or staff id.
        InvalidInputError: an amount of nothing, a day to come for what was received, or no payer.
        RefusedError: this person may not, or more than was paid on the claim would come back.
    """
    return _enter(unit, incident_id, given, by, None)


def correct_recovery(unit: Work, recovery_id: str, given: Recovered, by: str) -> Recovery:
    """Follow an entry by the one that stands in its place; an amount of zero says that nothing came back.

    Raises:
        NotFoundError, InvalidInputError: as `record_recovery`.
        RefusedError: as `record_recovery`, or the entry was corrected before.
    """
    wrong = find_recovery(unit.session, recovery_id)
    locked_incident(unit.session, wrong.incident_id)
    later = unit.session.exec(select(Recovery).where(Recovery.supersedes == recovery_id)).first()
    if later is not None:
        raise RefusedError(
            f"{recovery_id} was corrected before.",
            where=recovery_id,
            remedy=f"Correct {later.id}, which stands now.",
        )
    return _enter(unit, wrong.incident_id, given, by, wrong.id)


def find_recovery(session: Session, recovery_id: str) -> Recovery:
    """Find an entry; raises NotFoundError."""
    row = session.get(Recovery, recovery_id)
    if row is None:
        raise NotFoundError(
            f"There is no recovery {recovery_id[:60]!r}.",
            expected="one such as INC-2026-0001/R1",
            remedy="`tocsin recovery list` shows which there are.",
        )
    return row


def list_recoveries(session: Session, incident_id: str) -> list[tuple[Recovery, str | None]]:
    """List an incident's entries as they were recorded, each with the one that corrected it; raises NotFoundError."""
    find_incident(session, incident_id)
    rows = _of(session, incident_id)
    later = {row.supersedes: row.id for row in rows if row.supersedes}
    return [(row, later.get(row.id)) for row in sorted(rows, key=lambda row: int(row.id.rpartition("R")[2]))]


def read_recovery_note(store: Store, session: Session, recovery_id: str, by: str) -> str | None:
    """Open an entry's note for somebody who may read it; None where there is none.

    Raises:
        NotFoundError, RefusedError: no such entry or person, they may not, or the incident's key is gone.
    """
    role_of(session, by, (*MAY_RECORD, Role.AUDITOR))
    row = find_recovery(session, recovery_id)
    if row.sealed is None:
        return None
    return sealer_of(store, session, row.incident_id).open(row.sealed, f"{row.id}/note").decode()


def _enter(unit: Work, incident_id: str, given: Recovered, by: str, supersedes: str | None) -> Recovery:
    role = role_of(unit.session, by, MAY_RECORD)
    incident = locked_incident(unit.session, incident_id)
    _check(unit, given, correcting=supersedes is not None)
    claim = _claim(unit, incident, given, supersedes) if given.claim else None
    row = _row(unit, incident, given, by, supersedes)
    sealer = sealer_of(unit.store, unit.session, incident_id)
    said: dict[str, Any] = {"supersedes": supersedes} if supersedes else {}
    if given.note and given.note.strip():
        row.sealed, said["note"] = sealed_note(sealer, row.id, "recovery", given.note.strip())
    unit.session.add(row)
    unit.session.flush()
    amount = amount_digest(sealer, claim, given.amount) if claim else f"{row.amount:f}"
    told = {"recovery": row.id, "source": str(row.source), "state": str(row.state), "amount": amount}
    told |= {"currency": row.currency, "booked_on": row.booked_on.isoformat()}
    unit.record(
        "recovery:corrected" if supersedes else "recovery:recorded",
        actor=by,
        role=role,
        incident_id=incident_id,
        drill=incident.drill,
        body={**told, **({"claim": row.claim_id} if row.claim_id else {}), **said},
    )
    return row


def _check(unit: Work, given: Recovered, *, correcting: bool) -> None:
    if not correcting and not given.amount.amount:
        raise InvalidInputError("Nothing came back.", where="amount", expected="more than zero")
    if given.state is RecoveryState.RECEIVED and given.booked_on > unit.clock().date():
        raise InvalidInputError(
            f"{given.booked_on} is yet to come.",
            where="on",
            expected="a day that has begun, or the state expected",
        )
    if (given.source is RecoverySource.CLAIM) != (given.claim is not None):
        raise InvalidInputError(
            "What comes back of a claim names the claim, and nothing else does.",
            where="claim",
            expected="--source claim with --claim",
        )
    if given.source in {RecoverySource.INSURANCE, RecoverySource.VENDOR} and not given.payer:
        raise InvalidInputError(
            "Who pays it back is not said.",
            where="payer",
            expected="a firm's short name, such as cyber-insurer",
        )


def _claim(unit: Work, incident: Incident, given: Recovered, supersedes: str | None) -> Claim:
    """Check what comes back of a claim: no more than was paid on it, in the same currency."""
    claim = locked_claim(unit.session, str(given.claim))
    if claim.incident_id != incident.id or claim.status != ClaimStatus.PAID or claim.paid is None:
        raise RefusedError(
            f"Nothing was paid on {claim.id} for {incident.id}.",
            where=claim.id,
            expected="a paid claim of this incident",
        )
    rows = _of(unit.session, incident.id)
    gone = {row.supersedes for row in rows} | {supersedes}
    back = sum((row.amount for row in rows if row.claim_id == claim.id and row.id not in gone), Decimal(0))
    if given.amount.currency != claim.currency or back + given.amount.amount > claim.paid:
        raise RefusedError(
            f"More would come back of {claim.id} than was paid on it, or in another currency.",
            where=claim.id,
            expected="at most what was paid, in its currency",
        )
    return claim


def _row(unit: Work, incident: Incident, given: Recovered, by: str, supersedes: str | None) -> Recovery:
    return Recovery(
        id=f"{incident.id}/R{len(_of(unit.session, incident.id)) + 1}",
        incident_id=incident.id,
        drill=incident.drill,
        source=given.source,
        state=given.state,
        payer=firm_handle(given.payer, "payer") if given.payer else None,
        claim_id=given.claim,
        amount=given.amount.amount,
        currency=given.amount.currency,
        booked_on=given.booked_on,
        supersedes=supersedes,
        recorded_by=by,
        recorded_at=unit.clock(),
    )


def _of(session: Session, incident_id: str) -> list[Recovery]:
    return list(session.exec(select(Recovery).where(col(Recovery.incident_id) == incident_id)))
