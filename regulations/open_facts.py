"""Which unknown facts an answer hangs on, and which of them would settle it alone.

Three-valued logic says which facts an open answer waits for; no other can change it. Trying the possible
values of each of those, one fact at a time, finds the ones that settle the answer by themselves.
"""

from collections.abc import Callable, Iterable
from typing import Any

from models.count import Count
from regulations.risk_factors import Situation
from regulations.three_valued import NOTHING, Tri

WORTH_TRYING = 12
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


Question = Callable[[Situation], Tri]


class Trials:
    """The facts of one incident with one unknown fact filled in at a time; each filling is made once."""

    def __init__(self, known: Situation) -> None:
        """Try on from `known`, whose own answers are carried over where they cannot change."""
        self.known = known
        self._tried: dict[tuple[str, int], Situation] = {}

    def that_settle(self, questions: Iterable[Question]) -> frozenset[str]:
        """Return the facts of which one value alone decides whether any of `questions` is answered yes.

        Nothing is tried while so much is open that no single fact is likely to close it.
        """
        answers = [(question, question(self.known)) for question in questions]
        still_open = [(question, answer.facts) for question, answer in answers if answer.value is None]
        paths = NOTHING.union(*(facts for _, facts in still_open))
        if len(paths) > WORTH_TRYING:
            return NOTHING
        return frozenset(path for path in paths if self._settles(path, still_open))

    def _settles(self, path: str, still_open: list[tuple[Question, frozenset[str]]]) -> bool:
        touched = [question for question, facts in still_open if path in facts]
        touches_all = len(touched) == len(still_open)
        for position in range(len(POSSIBLE.get(path, _YES_NO))):
            tried = self._with(path, position)
            answers = [question(tried).value for question in touched]
            if True in answers or (touches_all and not any(answer is None for answer in answers)):
                return True
        return False

    def _with(self, path: str, position: int) -> Situation:
        tried = self._tried.get((path, position))
        if tried is None:
            value = POSSIBLE.get(path, _YES_NO)[position]
            tried = self._tried[path, position] = self.known.assume({path: value})
        return tried
