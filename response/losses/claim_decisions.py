"""Deciding and paying a claim: as many people as it takes, a reason each, one payment of what was accepted at most."""

from datetime import datetime, timedelta

from models.claim import Claim, ClaimVerdict
from models.database import Work
from models.errors import InvalidInputError, RefusedError
from models.money import Money
from models.vocabulary import ClaimStatus, Role
from notifications.sealed_person import sealer_of
from response.losses.claim_record import (
    amount_digest,
    claimed,
    limits_of,
    locked_claim,
    note_claim,
    short_words,
    voices,
)
from response.losses.claim_rules import (
    ALL_VERDICTS,
    Verdict,
    Voice,
    accepted_by,
    is_decided,
    must_allow,
    must_be_payable,
    voices_needed,
)
from response.money_rules import ClaimLimits
from response.remarks import keep_remark
from response.staff import role_of

MAY_DECIDE = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE)
MAY_PAY = (Role.EXECUTIVE, Role.LEGAL, Role.CUSTOMER_SERVICE, Role.INCIDENT_LEAD)


def decide_claim(
    unit: Work, claim_id: str, verdict: Verdict, reason: str, by: str, given: Money | None = None
) -> Claim:
    """Take down what somebody says on a claim; it is decided when as many people as it takes say the same.

    One person decides up to the limit in the organisation's file, unless they registered the claim themselves;
    above it, in a currency without a limit, or while no amount is known for a refusal, two people do.

    Raises:
        NotFoundError, RefusedError: no such claim, it is decided or withdrawn, or this person may not.
        InvalidInputError: no reason, or an amount that does not fit the verdict or the claim.
    """
    role = role_of(unit.session, by, MAY_DECIDE)
    row = locked_claim(unit.session, claim_id)
    must_allow("decide", row.id, row.status)
    voice = Voice(by, verdict, accepted_by(verdict, claimed(row), given))
    earlier, limits = voices(unit.session, row.id), limits_of(unit.store)
    _refuse_repeated(earlier, voice)
    within = limits.one_person_decides(claimed(row) or voice.accepted)
    needed = voices_needed(row.registered_by, voice, within_limit=within)
    digest = keep_remark(unit, row.incident_id, row.id, reason, by)
    unit.session.add(_said(row, voice, role, len(earlier) + 1, unit.clock(), digest))
    decided = is_decided(earlier, voice, needed)
    if decided:
        _settle(row, voice, unit.clock(), limits)
    else:
        row.status = ClaimStatus.ASSESSING
    sealer = sealer_of(unit.store, unit.session, row.incident_id)
    told = {
        "verdict": str(verdict),
        "reason": digest,
        "amount": amount_digest(sealer, row, voice.accepted),
        "needed": needed,
        "people": sorted({by, earlier[-1].by} if decided and needed > 1 else {by}),
    }
    note_claim(unit, row, "claim:decided" if decided else "claim:proposed", by, role, **told)
    return row


def _said(row: Claim, voice: Voice, role: str, number: int, at: datetime, digest: str) -> ClaimVerdict:
    return ClaimVerdict(
        claim_id=row.id,
        number=number,
        verdict=voice.verdict,
        amount=voice.accepted.amount if voice.accepted else None,
        currency=voice.accepted.currency if voice.accepted else None,
        by=voice.by,
        role=role,
        given_at=at,
        reason_digest=digest,
    )


def _refuse_repeated(earlier: tuple[Voice, ...], voice: Voice) -> None:
    if earlier and earlier[-1] == voice:
        raise RefusedError(
            f"{voice.by} said so already; it takes two people.",
            expected=f"somebody else in the role {' or '.join(MAY_DECIDE)}",
        )


def _settle(row: Claim, voice: Voice, now: datetime, limits: ClaimLimits) -> None:
    row.status, row.decided_at, row.overdue_told_at = ALL_VERDICTS[voice.verdict], now, None
    row.due_at = row.citation = None
    if voice.accepted is not None:
        row.accepted, row.currency = voice.accepted.amount, voice.accepted.currency
        row.due_at = now + timedelta(days=limits.pay_within_days)


def pay_claim(
    unit: Work, claim_id: str, paid: Money, reference: str, by: str, at: datetime | None = None
) -> Claim:
    """Record the payment of an accepted claim, by somebody who took no part in deciding it; a claim is paid once.

    Raises:
        NotFoundError, RefusedError: no such claim, it was not accepted or is paid, or this person may not.
        InvalidInputError: more than was accepted, another currency, no reference, or a moment that can't be.
    """
    role = role_of(unit.session, by, MAY_PAY)
    row, now = locked_claim(unit.session, claim_id), unit.clock()
    must_allow("pay", row.id, row.status)
    assert row.accepted is not None  # noqa: S101 - an accepted claim has what was accepted
    assert row.decided_at is not None  # noqa: S101
    must_be_payable(row.id, Money(row.accepted, str(row.currency)), paid)
    if by in {voice.by for voice in voices(unit.session, row.id)}:
        raise RefusedError(
            f"{by} took part in deciding {row.id}.",
            where=row.id,
            remedy="Let somebody else record the payment.",
        )
    if not row.decided_at <= (at or now) <= now:
        raise InvalidInputError(
            "The payment lies before the decision or in the future.", where="at", expected="a moment between"
        )
    sealer = sealer_of(unit.store, unit.session, row.incident_id)
    row.sealed_payment = sealer.seal(short_words(reference, "reference").encode(), f"{row.id}/payment")
    row.status, row.paid, row.due_at = ClaimStatus.PAID, paid.amount, None
    row.paid_by, row.paid_at = by, at or now
    note_claim(unit, row, "claim:paid", by, role, amount=amount_digest(sealer, row, paid))
    return row
