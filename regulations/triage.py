"""Triage: from one facts file, how bad it is, who must be told, why, and what would change the answer."""

from dataclasses import dataclass
from typing import Any, Literal

from models.facts import Facts
from regulations.grading_inputs import GradingFacts
from regulations.gradings import Grade, grade_known
from regulations.risk import Reason, RiskAssessment, UnknownFact, assess_situation
from regulations.severity import SOURCE, Severity, severity_of

Answer = Literal["yes", "no", "depends"]


@dataclass(frozen=True)
class Triage:
    """Severity, risk and decisions of one incident, with reasons and open facts."""

    severity: Severity
    risk: RiskAssessment
    gradings: tuple[Grade, ...]

    @property
    def decisions(self) -> dict[str, Answer]:
        """Say whether to document, to tell the authority and to tell people (GDPR Art. 33(5), 33(1), 34(1))."""
        return {
            "document": "yes",
            "authority": _answer(self.risk.is_risk),
            "individuals": _answer(self.risk.is_high),
        }

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Give every reason, decisions first, then the parts of the severity."""
        always = Reason("document", "Every personal data breach is documented.", (), "GDPR Art. 33(5)")
        parts = [
            Reason("severity", f"{part.name} = {_shown(part.value)}: {part.because}", part.facts, part.table)
            for part in self.severity.parts
        ]
        return (always, *self.risk.reasons, *parts)

    @property
    def unknowns(self) -> tuple[UnknownFact, ...]:
        """Name the facts that would change a decision or raise the severity."""
        changes = {unknown.fact: list(unknown.would_change) for unknown in self.risk.unknowns}
        settles = {unknown.fact: unknown.settles for unknown in self.risk.unknowns}
        for path in self.severity.unknowns:
            changes.setdefault(path, []).append("severity")
        return tuple(
            UnknownFact(path, tuple(changes[path]), settles.get(path, ())) for path in sorted(changes)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the contract's answer to `tocsin triage FACTS --json`, as plain JSON values."""
        return {
            "severity": _severity_json(self.severity),
            "risk": self.risk.risk,
            "decisions": self.decisions,
            "reasons": [_reason_json(reason) for reason in self.reasons],
            "unknowns": [
                {
                    "fact": unknown.fact,
                    "would_change": list(unknown.would_change),
                    "settles": list(unknown.settles),
                }
                for unknown in self.unknowns
            ],
            "presumed": list(self.risk.presumed),
            "possible_risk": list(self.risk.possible),
            "gradings": {found.scheme: _grade_json(found) for found in self.gradings},
        }


def triage(facts: Facts) -> Triage:
    """Triage one facts file; pure, and the same facts give the same answer."""
    known = GradingFacts.of(facts)
    graded = tuple(found for found in grade_known(known).values() if found.applies is not False)
    return Triage(severity_of(known), assess_situation(known), graded)


def _answer(value: bool | None) -> Answer:
    return "depends" if value is None else "yes" if value else "no"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _severity_json(severity: Severity) -> dict[str, Any]:
    return {
        "method": severity.method,
        "dpc": severity.dpc,
        "ei": severity.ei,
        "cb": severity.cb,
        "score": severity.score,
        "level": severity.level,
        "at_most": severity.at_most,
        "level_at_most": severity.level_at_most,
        "flags": list(severity.flags),
        "source": SOURCE,
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {
        "decision": reason.decision,
        "because": reason.because,
        "facts": list(reason.facts),
        "source": reason.source,
    }


def _grade_json(found: Grade) -> dict[str, Any]:
    return {
        "grade": found.grade,
        "possible": list(found.possible),
        "verified": found.verified,
        "reasons": [
            {
                "level": reason.level,
                "because": reason.because,
                "facts": list(reason.facts),
                "source": reason.source,
                "verified": reason.verified,
            }
            for reason in found.reasons
        ],
        "unknowns": list(found.unknowns),
    }
