"""Severity of a breach by the method of ENISA 2013: SE = DPC x EI + CB.

The paper: Recommendations for a methodology of the assessment of severity of personal data breaches, v1.0,
December 2013; Table 1 for DPC, the tables of EI and CB, and the bands of its last table.

Every sub-score says why. What aggravates and what eases count once they are established; `at_most` says how
far the unknown facts can still raise the score. The number ignores scale and what an attacker does next, so it is
one input beside the risk decision, never the gate (the Polish authority fined controllers who relied on it).
"""

from dataclasses import dataclass
from typing import Literal

from models.facts import Facts
from regulations.risk_factors import Situation
from regulations.severity_circumstances import circumstances
from regulations.severity_data import data_context
from regulations.severity_identification import identification
from regulations.severity_parts import SubScore

METHOD = "enisa-2013"
SOURCE = (
    "ENISA 2013, Recommendations for a methodology of the assessment of severity of personal data breaches"
)
MANY = 100
Level = Literal["low", "medium", "high", "very_high"]
_BANDS: tuple[tuple[float, Level], ...] = ((2.0, "low"), (3.0, "medium"), (4.0, "high"))


@dataclass(frozen=True)
class Severity:
    """The score on the known facts, how far it can still rise, and its parts.

    `dpc`, `ei`, `score` and `level` are None while the kinds of data are unknown. `flags` are the two remarks
    the paper puts beside the number: `many_people` (more than 100), `unintelligible`.
    """

    dpc: int | None
    ei: float | None
    cb: float
    score: float | None
    level: Level | None
    at_most: float
    level_at_most: Level
    parts: tuple[SubScore, ...]
    flags: tuple[str, ...]
    unknowns: tuple[str, ...]
    method: str = METHOD


def severity_score(dpc: float, ei: float, cb: float) -> float:
    """Join the three parts (section 2 of the paper): DPC 1..4, EI 0.25..1, CB 0..2."""
    return dpc * ei + cb


def severity_level(score: float) -> Level:
    """Return the band of the paper's last table: below 2, below 3, below 4, from 4."""
    return next((level for bound, level in _BANDS if score < bound), "very_high")


def assess_severity(facts: Facts) -> Severity:
    """Score a breach by what is known of it."""
    return severity_of(Situation.of(facts))


def severity_of(known: Situation) -> Severity:
    """Score from facts already read."""
    data, ease, around = data_context(known), identification(known), circumstances(known)
    cb = sum(part.value or 0.0 for part in around)
    dpc = None if data.value is None else int(data.value)
    score = None if dpc is None or ease.value is None else severity_score(dpc, ease.value, cb)
    at_most = severity_score(data.at_most, ease.at_most, sum(part.at_most for part in around))
    parts = (data, ease, *around)
    return Severity(
        dpc=dpc,
        ei=ease.value,
        cb=cb,
        score=score,
        level=None if score is None else severity_level(score),
        at_most=at_most,
        level_at_most=severity_level(at_most),
        parts=parts,
        flags=_flags(known),
        unknowns=tuple(sorted({path for part in parts for path in part.waits_for})),
    )


def _flags(known: Situation) -> tuple[str, ...]:
    many = known.reaches("people.total", MANY, strictly=True).value
    said = (("many_people", many), ("unintelligible", known.unreadable.value))
    return tuple(name for name, holds in said if holds)
