"""Three-valued answers (Kleene): true, false or open, with the facts used and what would settle it."""

from collections.abc import Sequence
from typing import NamedTuple


class Unknown(NamedTuple):
    """Something not known that would settle an answer: a path of the facts file and, maybe, a question."""

    fact: str
    question: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the fact, and the question where there is one."""
        return {"fact": self.fact, "question": self.question} if self.question else {"fact": self.fact}


class Outcome(NamedTuple):
    """The answer of one condition."""

    verdict: bool | None
    facts: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    reason: str = ""


def merged(outcomes: Sequence[Outcome], verdict: bool | None, reason: str = "") -> Outcome:
    """Join outcomes under one verdict; facts and unknowns once each, in order."""
    facts = dict.fromkeys([fact for outcome in outcomes for fact in outcome.facts])
    unknowns = dict.fromkeys([unknown for outcome in outcomes for unknown in outcome.unknowns])
    return Outcome(verdict, tuple(facts), tuple(unknowns), reason)
