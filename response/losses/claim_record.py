"""A claim as it lies in the record: found, locked, its amounts and voices read, and each act noted in the ledger."""

from typing import Any

from sqlmodel import Session, col, select

from models.claim import Claim, ClaimVerdict
from models.crypto import Sealer
from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError
from models.money import Money
from response.losses.claim_rules import Voice
from response.money_rules import ClaimLimits
from response.organisation import organisation_of

MOST_LETTERS = 200


def find_claim(session: Session, claim_id: str) -> Claim:
    """Find a claim; raises NotFoundError."""
    return _found(session.get(Claim, claim_id), claim_id)


def locked_claim(session: Session, claim_id: str) -> Claim:
    """Find a claim and hold it until this unit of work ends; raises NotFoundError."""
    return _found(session.get(Claim, claim_id, with_for_update={"key_share": True}), claim_id)


def _found(row: Claim | None, claim_id: str) -> Claim:
    if row is None:
        raise NotFoundError(
            f"There is no claim {claim_id[:60]!r}.",
            expected="one such as INC-2026-0001/C1",
            remedy="`tocsin claim list` shows which there are.",
        )
    return row


def list_claims(session: Session, incident_id: str | None = None) -> list[Claim]:
    """List claims, those that somebody has to act on first, the most urgent before; a drill's by its id only."""
    query = select(Claim).order_by(col(Claim.registered_at), col(Claim.id))
    whose = col(Claim.drill).is_(False) if incident_id is None else Claim.incident_id == incident_id
    query = query.where(whose)
    return sorted(session.exec(query), key=lambda row: (row.due_at is None, row.due_at or row.claimed_at))


def verdicts(session: Session, claim_id: str) -> list[ClaimVerdict]:
    """List what people said on a claim, in order."""
    query = select(ClaimVerdict).where(ClaimVerdict.claim_id == claim_id)
    return list(session.exec(query.order_by(col(ClaimVerdict.number))))


def voices(session: Session, claim_id: str) -> tuple[Voice, ...]:
    """Give what people said on a claim, in order, as the rules look at it."""
    return tuple(
        Voice(row.by, row.verdict, None if row.amount is None else Money(row.amount, str(row.currency)))
        for row in verdicts(session, claim_id)
    )


def claimed(row: Claim) -> Money | None:
    """Give what is claimed; None while no number was put on it."""
    return None if row.amount is None else Money(row.amount, str(row.currency))


def limits_of(store: Store) -> ClaimLimits:
    """Read how much one person decides alone, and the organisation's own terms."""
    return organisation_of(store.settings.home).money.claims


def short_words(text: str, where: str) -> str:
    """Give a short text on one line; raises InvalidInputError for none, or one that is long."""
    words = " ".join(text.split())
    if not 0 < len(words) <= MOST_LETTERS:
        raise InvalidInputError(
            f"The {where} has {len(words)} letters.", where=where, expected=f"1 to {MOST_LETTERS}"
        )
    return words


def amount_digest(sealer: Sealer, row: Claim, amount: Money | None) -> str | None:
    """Prove an amount without showing it: somebody's loss is personal."""
    return sealer.lookup(f"claim/{row.id}/{amount}").hex() if amount else None


def note_claim(unit: Work, row: Claim, tag: str, by: str, role: str, **body: Any) -> None:
    """Keep a claim's row and enter what was done with it; its body holds ids and digests only."""
    unit.session.add(row)
    unit.session.flush()
    said = {"claim": row.id, **body}
    unit.record(tag, actor=by, role=role, incident_id=row.incident_id, drill=row.drill, body=said)
