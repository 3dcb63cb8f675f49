"""What may become of a claim, and how many people it takes: decided here from plain values, acted on elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.errors import InvalidInputError, RefusedError
from models.money import Money
from models.vocabulary import ClaimStatus


class Verdict(StrEnum):
    """What somebody says on a claim."""

    ACCEPT = "accept"
    PARTLY = "partly"
    REFUSE = "refuse"


ALL_VERDICTS: Final[Mapping[str, ClaimStatus]] = {
    Verdict.ACCEPT: ClaimStatus.ACCEPTED,
    Verdict.PARTLY: ClaimStatus.PARTLY_ACCEPTED,
    Verdict.REFUSE: ClaimStatus.REFUSED,
}
UNDECIDED: Final = (ClaimStatus.RECEIVED, ClaimStatus.ASSESSING)
OWED: Final = (ClaimStatus.ACCEPTED, ClaimStatus.PARTLY_ACCEPTED)
OPEN: Final = (*UNDECIDED, *OWED)
# From which states an act leads on; every other state refuses it.
ALLOWED: Final[Mapping[str, tuple[ClaimStatus, ...]]] = {
    "assign": OPEN,
    "decide": UNDECIDED,
    "pay": OWED,
    "withdraw": OPEN,
}


@dataclass(frozen=True)
class Voice:
    """What one person said on a claim: their verdict, and what they accept."""

    by: str
    verdict: str
    accepted: Money | None = None

    def agrees(self, other: "Voice") -> bool:
        """Tell whether two people say the same; what one person says twice is still one."""
        return (self.verdict, self.accepted) == (other.verdict, other.accepted) and self.by != other.by


def must_allow(act: str, claim_id: str, status: str) -> None:
    """Let an act pass only from the states it leads on from; raises RefusedError."""
    if status not in ALLOWED[act]:
        raise RefusedError(
            f"{claim_id} is {status.replace('_', ' ')}.",
            where=claim_id,
            expected=f"a claim that is {' or '.join(ALLOWED[act]).replace('_', ' ')}",
        )


def accepted_by(verdict: Verdict, claimed: Money | None, given: Money | None) -> Money | None:
    """Work out what a verdict accepts: all that is claimed, a part of it, or nothing.

    Raises:
        InvalidInputError: the amount does not fit the verdict or the claim.
    """
    if verdict is Verdict.REFUSE:
        if given is not None:
            raise _unfit("A refusal accepts nothing.", "no amount")
        return None
    amount = given or (claimed if verdict is Verdict.ACCEPT else None)
    if amount is None or not amount.amount:
        raise _unfit("This needs the amount that is accepted.", "an amount above zero")
    if claimed is None:
        return amount
    if amount.currency != claimed.currency:
        raise _unfit(f"The claim is in {claimed.currency}.", f"an amount in {claimed.currency}")
    if verdict is Verdict.ACCEPT and amount != claimed:
        raise _unfit(f"{claimed} is claimed.", "the whole amount, or the verdict partly")
    if verdict is Verdict.PARTLY and amount.amount >= claimed.amount:
        raise _unfit(f"{claimed} is claimed.", "less than that, or the verdict accept")
    return amount


def voices_needed(registered_by: str, voice: Voice, *, within_limit: bool) -> int:
    """Say how many people must agree: two above the limit, and where whoever registered the claim decides."""
    return 1 if within_limit and voice.by != registered_by else 2


def is_decided(earlier: Sequence[Voice], voice: Voice, needed: int) -> bool:
    """Tell whether this voice decides: alone, or because the voice before it, of another person, says the same."""
    return needed == 1 or (bool(earlier) and voice.agrees(earlier[-1]))


def must_be_payable(claim_id: str, accepted: Money, paid: Money) -> None:
    """Let no more be paid than was accepted, and nothing in another currency; raises InvalidInputError."""
    if paid.currency != accepted.currency or not 0 < paid.amount <= accepted.amount:
        raise InvalidInputError(
            f"{paid} can't be paid on {claim_id}.", where=claim_id, expected=f"at most {accepted}"
        )


def _unfit(what: str, expected: str) -> InvalidInputError:
    return InvalidInputError(what, where="amount", expected=expected)
