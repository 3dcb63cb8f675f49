"""Leaves about what others judge: the risk to people and the grade of the incident."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from models.errors import InvalidInputError
from models.facts import fact_at
from regulations.context import Context
from regulations.results import Outcome, Unknown

Judge = Callable[[Context], Outcome]

_RISKS = ("none", "risk", "high_risk")
_DECISIONS = {"risk": "authority", "high_risk": "individuals"}


def risk(source: Mapping[str, Any]) -> Judge:
    """Judge whether the risk reaches a level, by the levels that are still possible."""
    wanted = str(source["risk"]["at_least"])
    if wanted not in _DECISIONS:
        raise InvalidInputError(f"There is no risk {wanted!r}.", expected=", ".join(_DECISIONS))
    least, decision = _RISKS.index(wanted), _DECISIONS[wanted]

    def judge(context: Context) -> Outcome:
        assessment = context.risk
        facts = _facts(reason for reason in assessment.reasons if reason.decision == decision)
        reached = {_RISKS.index(word) >= least for word in assessment.possible}
        if len(reached) > 1:
            open_ = [unknown.fact for unknown in assessment.unknowns if decision in unknown.would_change]
            return Outcome(None, facts, _asked(open_, Unknown("risk", "How high is the risk to people?")))
        said = f"the risk decision is {' or '.join(assessment.possible)}"
        return Outcome(True, facts) if True in reached else Outcome(False, facts, (), said)

    return judge


def grading(source: Mapping[str, Any]) -> Judge:
    """Judge by the grades that are still possible, so that an open grade settles what it can."""
    [(scheme, named)] = source["grading"].items()
    wanted, path = frozenset(named), f"regimes.{scheme}.grade"
    ask = Unknown(path, f"Which {scheme} grade has the incident?")

    def judge(context: Context) -> Outcome:
        given, found = fact_at(context.facts, path), context.grades.get(scheme)
        # The grading takes the organisation's own grade into account, but not below what its table establishes.
        possible = found.possible if found is not None else () if given is None else (given,)
        facts = (path,) if found is None else _facts(found.reasons) or (path,)
        if not possible or (not wanted.isdisjoint(possible) and not wanted.issuperset(possible)):
            return Outcome(None, facts, _asked(() if found is None else found.unknowns, ask))
        said = f"the {scheme} grade is {' or '.join(possible)}"
        return Outcome(True, facts) if wanted.issuperset(possible) else Outcome(False, facts, (), said)

    return judge


def _facts(reasons: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact for reason in reasons for fact in reason.facts))


def _asked(paths: Iterable[str], otherwise: Unknown) -> tuple[Unknown, ...]:
    return tuple(Unknown(path) for path in dict.fromkeys(paths)) or (otherwise,)
