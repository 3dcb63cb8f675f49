"""Three-valued answers (Kleene): true, false or open, with the facts used and what would settle it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Unknown(NamedTuple):
    """Something not known that would settle an answer: a path of the facts file and, maybe, a question."""

    fact: str
    question: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the fact, and the question where there is one."""
        return {"fact": self.fact, "question": self.question} if self.question else {"fact": self.fact}


@dataclass(slots=True)
class Outcome:
    """The answer of one condition; made once and never changed."""

    verdict: bool | None
    facts: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    reason: str = ""


def merged(outcomes: Iterable[Outcome], verdict: bool | None, reason: str = "") -> Outcome:
    """Join outcomes under one verdict; facts and unknowns once each, in order."""
    facts: dict[str, None] = {}
    unknowns: dict[Unknown, None] = {}
    for outcome in outcomes:
        for fact in outcome.facts:
            facts[fact] = None
        for unknown in outcome.unknowns:
            unknowns[unknown] = None
    return Outcome(verdict, tuple(facts), tuple(unknowns), reason)
