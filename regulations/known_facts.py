"""What is known, flat and fast: the facts that triage reads, as three-valued questions.

Made once from a facts file; `assume` gives a copy with some facts filled in, which is how triage finds out
what an unknown fact would change.
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Self

from models.count import Count
from models.facts import Facts
from regulations.three_valued import Tri, tri

READ = (
    "organisation.country",
    "organisation.establishments",
    "organisation.role",
    "organisation.sectors",
    "organisation.traits",
    "breach.confidentiality",
    "breach.integrity",
    "breach.availability",
    "breach.vector",
    "breach.actor",
    "breach.malicious",
    "breach.exfiltration",
    "breach.published",
    "breach.recipients.known",
    "breach.recipients.trusted",
    "breach.recipients.number",
    "breach.recipients.deletion_confirmed",
    "breach.unintelligible",
    "breach.key_compromised",
    "breach.backup",
    "breach.restored_after_hours",
    "breach.service_impact",
    "breach.outage_minutes",
    "data.categories",
    "data.identifiability",
    "people.total",
    "people.relations",
    "people.vulnerable",
    "people.minors",
    "people.by_place",
    "loss.amount",
    "loss.currency",
)

UNKNOWN = "unknown"
_read = attrgetter(*READ)


class Known:
    """The facts of one incident by path; a path that is missing or None is unknown."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Keep `values` as they are: path of the facts file to value."""
        self.values = values

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """Read the paths triage needs, and every input of a single regime, from a facts file."""
        values = dict(zip(READ, _read(facts), strict=True))
        for regime, inputs in facts.regimes.items():
            values |= {f"regimes.{regime}.{name}": value for name, value in inputs.items()}
        return cls({path: value for path, value in values.items() if value is not None and value != UNKNOWN})

    def assume(self, values: Mapping[str, Any]) -> Self:
        """Return a copy in which `values` stand as well."""
        return type(self)({**self.values, **values})

    def lacks(self, *paths: str) -> bool:
        """Say whether none of `paths` is known."""
        return not any(path in self.values for path in paths)

    def holds(self, path: str) -> Tri:
        """Ask a yes-or-no fact."""
        value = self.values.get(path)
        return tri(value if isinstance(value, bool) else None, path)

    def is_one_of(self, path: str, words: Iterable[str]) -> Tri:
        """Ask whether the word at `path` is one of `words`."""
        value = self.values.get(path)
        return tri(None if value is None else value in words, path)

    def names_one_of(self, path: str, words: frozenset[str]) -> Tri:
        """Ask whether the list at `path` has one of `words`; a list that is given is complete."""
        value = self.values.get(path)
        return tri(None if value is None else not words.isdisjoint(value), path)

    def names(self, path: str, words: frozenset[str], at_least: int) -> Tri:
        """Ask whether the list at `path` has `at_least` different ones of `words`."""
        value = self.values.get(path)
        return tri(None if value is None else len(words.intersection(value)) >= at_least, path)

    def reaches(self, path: str, number: float, *, strictly: bool = False) -> Tri:
        """Ask whether the number or count at `path` is `number` or more (`strictly`: above it).

        A count known within bounds answers when its bounds do.
        """
        value = self.values.get(path)
        if isinstance(value, Count):
            whole = int(number)
            return tri(value.more_than_is(whole) if strictly else value.at_least_is(whole), path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return tri(None, path)
        return tri(value > number if strictly else value >= number, path)
