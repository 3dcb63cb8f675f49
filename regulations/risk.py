"""The risk decision of GDPR Art. 33 and 34: none, risk, high risk, or undecided.

Reasoned as WP250rev.01, EDPB Guidelines 9/2022 and 01/2021 reason. Three-valued: the known facts decide, or
a named presumption does, or the answer is undecided and names the facts that would settle it.
"""

from typing import Literal, NamedTuple

from models.facts import Facts
from regulations.high_risk_clauses import HIGH_RISK
from regulations.open_facts import Trials
from regulations.risk_clauses import RISK, Clause
from regulations.risk_easing import EASING
from regulations.risk_factors import Situation
from regulations.risk_ordinary_course import ORDINARY_COURSE
from regulations.risk_presumptions import FOR_HIGH_RISK, FOR_RISK, Presumption, presumed
from regulations.three_valued import Tri, negate

Risk = Literal["none", "risk", "high_risk", "undecided"]
Decision = Literal["authority", "individuals"]

_LEVELS: dict[Decision, tuple[Clause, ...]] = {"authority": (*RISK, *HIGH_RISK), "individuals": HIGH_RISK}
_BURDEN: dict[Decision, tuple[Presumption, ...]] = {"authority": FOR_RISK, "individuals": FOR_HIGH_RISK}


class Reason(NamedTuple):
    """Why a decision came out as it did, with the facts it rests on and its source."""

    decision: Literal["document", "authority", "individuals", "severity"]
    because: str
    facts: tuple[str, ...]
    source: str


class UnknownFact(NamedTuple):
    """A fact nobody has given, the answers that may change with it, and those it may settle alone."""

    fact: str
    would_change: tuple[str, ...]
    settles: tuple[str, ...] = ()


class RiskAssessment(NamedTuple):
    """The decision and what it rests on.

    `is_risk` (report to the authority) and `is_high` (tell people) are three-valued: None is undecided.
    `risk` is one word for both and undecided as soon as one of them is open; `possible` lists what remains.
    `presumed` names the facts a presumption stood in for: the answer yields once they are known.
    """

    risk: Risk
    is_risk: bool | None
    is_high: bool | None
    possible: tuple[Risk, ...]
    reasons: tuple[Reason, ...]
    unknowns: tuple[UnknownFact, ...]
    presumed: tuple[str, ...]


class _Verdict(NamedTuple):
    decision: Decision
    answer: Tri
    strict: Tri
    situation: Situation
    stand_ins: dict[str, Presumption]


def assess_risk(facts: Facts) -> RiskAssessment:
    """Decide whether a risk, or a high risk, to people is likely (GDPR Art. 33(1), 34(1))."""
    return assess_situation(Situation.of(facts))


def assess_situation(known: Situation) -> RiskAssessment:
    """Decide from facts already read."""
    at_all, high = _decided(known, "authority"), _decided(known, "individuals")
    is_risk, is_high = at_all.answer.value, high.answer.value
    is_risk, is_high = (True if is_high else is_risk), (False if is_risk is False else is_high)
    possible = _possible(is_risk, is_high)
    return RiskAssessment(
        risk=possible[0] if len(possible) == 1 else "undecided",
        is_risk=is_risk,
        is_high=is_high,
        possible=possible,
        reasons=(*_reasons(at_all), *_reasons(high)),
        unknowns=_unknowns(known, at_all, high) if None in {at_all.strict.value, high.strict.value} else (),
        presumed=tuple(sorted({*at_all.stand_ins, *high.stand_ins})),
    )


def _possible(is_risk: bool | None, is_high: bool | None) -> tuple[Risk, ...]:
    possible: list[Risk] = [] if is_risk else ["none"]
    if is_risk is not False:
        possible += [] if is_high else ["risk"]
        possible += [] if is_high is False else ["high_risk"]
    return tuple(possible)


def _likely(known: Situation, decision: Decision) -> Tri:
    """Join the clauses of one level: yes as soon as one holds."""
    if decision == "individuals" and known.risk_removed.value:
        return negate(known.risk_removed)
    held_open: frozenset[str] | None = None
    for clause in _LEVELS[decision]:
        answer = clause.holds(known)
        if answer.value:
            return answer
        if answer.value is None:
            held_open = answer.facts if held_open is None else held_open | answer.facts
    return Tri(False, frozenset()) if held_open is None else Tri(None, held_open)


def _decided(known: Situation, decision: Decision) -> _Verdict:
    strict = _likely(known, decision)
    if strict.value is None:
        for presumptions, wanted in ((ORDINARY_COURSE, False), (_BURDEN[decision], True)):
            stand_ins = presumed(known, presumptions)
            if not stand_ins:
                continue
            assumed = known.assume({path: each.values[path] for path, each in stand_ins.items()})
            if _likely(assumed, decision).value is wanted:
                needed = _needed(known, decision, stand_ins, wanted=wanted)
                assumed = known.assume({path: each.values[path] for path, each in needed.items()})
                return _Verdict(decision, _likely(assumed, decision), strict, assumed, needed)
    return _Verdict(decision, strict, strict, known, {})


def _needed(
    known: Situation, decision: Decision, stand_ins: dict[str, Presumption], *, wanted: bool
) -> dict[str, Presumption]:
    """Leave out the presumptions the answer does not need."""
    needed = dict(stand_ins)
    for path in stand_ins:
        fewer = {other: each for other, each in needed.items() if other != path}
        assumed = known.assume({other: each.values[other] for other, each in fewer.items()})
        if _likely(assumed, decision).value is wanted:
            needed = fewer
    return needed


def _unknowns(known: Situation, *verdicts: _Verdict) -> tuple[UnknownFact, ...]:
    trials = Trials(known)
    would_change: dict[str, list[str]] = {}
    settles: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.strict.value is None:
            for path in (verdict.strict.facts | _hinges(verdict)) - known.values.keys():
                would_change.setdefault(path, []).append(verdict.decision)
            for path in trials.that_settle(clause.holds for clause in _LEVELS[verdict.decision]):
                settles.setdefault(path, []).append(verdict.decision)
    return tuple(
        UnknownFact(path, tuple(would_change[path]), tuple(settles.get(path, ())))
        for path in sorted(would_change)
    )


def _hinges(verdict: _Verdict) -> frozenset[str]:
    """Return the facts on which the presumptions in use hang themselves."""
    return frozenset(path for each in verdict.stand_ins.values() for path in each.hinges_on)


def _reasons(verdict: _Verdict) -> tuple[Reason, ...]:
    value, known = verdict.answer.value, verdict.situation
    if value is None:
        return (_undecided(verdict),)
    clauses = _LEVELS[verdict.decision] if value else EASING
    given = [(clause, clause.holds(known)) for clause in clauses]
    reasons = [_reason(verdict.decision, clause, answer) for clause, answer in given if answer.value]
    return (*reasons, *_presumptions(verdict), *_public_instead(verdict))


def _reason(decision: Decision, clause: Clause, answer: Tri) -> Reason:
    return Reason(decision, clause.because, tuple(sorted(answer.facts)), clause.source)


def _presumptions(verdict: _Verdict) -> list[Reason]:
    by_reason: dict[str, tuple[Presumption, list[str]]] = {}
    for path, presumption in verdict.stand_ins.items():
        by_reason.setdefault(presumption.because, (presumption, []))[1].append(path)
    return [
        Reason(verdict.decision, f"Presumed: {because}", tuple(sorted(paths)), presumption.source)
        for because, (presumption, paths) in by_reason.items()
    ]


def _public_instead(verdict: _Verdict) -> list[Reason]:
    path = "regimes.gdpr.disproportionate_effort"
    if (
        verdict.decision != "individuals"
        or not verdict.answer.value
        or not verdict.situation.values.get(path)
    ):
        return []
    said = "Telling each person takes disproportionate effort: a public communication serves instead."
    return [Reason("individuals", said, (path,), "GDPR Art. 34(3)(c)")]


def _undecided(verdict: _Verdict) -> Reason:
    what = "a risk to people is unlikely" if verdict.decision == "authority" else "the risk to people is high"
    because = f"The known facts leave open whether {what}. In doubt, act as if it had to be told."
    waits_for = tuple(sorted(verdict.strict.facts))
    return Reason(verdict.decision, because, waits_for, "WP250rev.01 section IV.B (if in doubt, notify)")
