"""Which unknown facts would change an answer: found by trying values, not from a list.

For every fact an answer waits for, its possible values are tried one after another; a fact is named when two
of them lead to different results.
"""

from collections.abc import Callable, Iterable
from typing import Any

from models.count import Count
from regulations.risk_factors import Situation
from regulations.three_valued import NOTHING, Tri

_YES_NO = (True, False)
_HOURS = (0.5, 2.0, 8.0, 18.0, 48.0, 100.0)

POSSIBLE: dict[str, tuple[Any, ...]] = {
    "organisation.role": ("controller", "processor"),
    "organisation.sectors": (("other",), ("health_provider",), ("bank",)),
    "breach.vector": ("other", "ransomware", "hacking", "credential_stuffing", "social_engineering"),
    "breach.exfiltration": ("confirmed", "excluded", "unlikely"),
    "breach.recipients.number": (Count(value=1), Count(value=50), Count(value=5_000)),
    "breach.backup": ("electronic", "none", "paper"),
    "breach.restored_after_hours": _HOURS,
    "breach.outage_minutes": tuple(hours * 60 for hours in _HOURS),
    "breach.service_impact": ("none", "major", "moderate", "minor"),
    "data.categories": (
        ("name",),
        ("health",),
        ("credentials",),
        ("account_number",),
        ("income", "family"),
        ("name", "address", "date_of_birth"),
        ("contact", "password_hash"),
        ("transactions",),
    ),
    "data.identifiability": ("maximum", "negligible", "limited", "significant"),
    "people.total": tuple(Count(value=number) for number in (1, 50, 500, 5_000, 50_000)),
    "people.relations": (("other",), ("patient",), ("employee",)),
}


class Trials:
    """The facts of one incident with one unknown fact filled in at a time; each filling is made once."""

    def __init__(self, known: Situation) -> None:
        """Try on from `known`, whose own answers are carried over where they cannot change."""
        self.known = known
        self._tried: dict[tuple[str, int], Situation] = {}

    def that_matter(
        self, questions: Iterable[Callable[[Situation], Tri]], already: frozenset[str] = NOTHING
    ) -> frozenset[str]:
        """Return the unknown facts on which an open one of `questions` hangs, besides those `already` found.

        Only facts an answer waits for are tried: three-valued logic proves that no other can change it.
        """
        found = set(already)
        for question in questions:
            answer = question(self.known)
            if answer.value is None:
                found.update(path for path in answer.facts - found if self._matters(path, question))
        return frozenset(found)

    def _matters(self, path: str, question: Callable[[Situation], Tri]) -> bool:
        first = question(self._with(path, 0))
        others = range(1, len(POSSIBLE.get(path, _YES_NO)))
        return any(question(self._with(path, position)) != first for position in others)

    def _with(self, path: str, position: int) -> Situation:
        tried = self._tried.get((path, position))
        if tried is None:
            value = POSSIBLE.get(path, _YES_NO)[position]
            tried = self._tried[path, position] = self.known.assume({path: value})
        return tried
