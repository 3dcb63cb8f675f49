"""Sub-scores of the ENISA 2013 severity: a number with its reason, and how far it may still rise."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from regulations.three_valued import YES, Tri


@dataclass(frozen=True)
class SubScore:
    """One sub-score. `value` is what is established, None where nothing can be said; `waits_for` may raise it."""

    name: str
    value: float | None
    at_most: float
    because: str
    table: str
    facts: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


class Option(NamedTuple):
    """A cell of a table: the score it gives while `holds`. One that eases counts only when it is shown."""

    score: float
    because: str
    holds: Tri = YES
    eases: bool = False


def chosen(name: str, table: str, options: Iterable[Option]) -> SubScore:
    """Choose the first option that holds, tested from the top; an open one may still come true.

    What aggravates and what eases both count only once established; `at_most` is the highest that remains.
    """
    remaining: list[Option] = []
    waits_for: set[str] = set()
    for option in options:
        if option.holds.value is False:
            continue
        remaining.append(option)
        if option.holds.value:
            break
        waits_for |= option.holds.facts
    counted = [option for option in remaining if option.holds.value or not option.eases]
    established = min(counted, key=lambda option: option.score)
    return SubScore(
        name=name,
        value=established.score,
        at_most=max(option.score for option in remaining),
        because=established.because,
        table=table,
        facts=tuple(sorted(established.holds.facts)) if established.holds.value else (),
        waits_for=tuple(sorted(waits_for)) if len({option.score for option in remaining}) > 1 else (),
    )
