"""The clauses of the risk decision: each one alone makes a risk likely; `high_risk_clauses` a high one.

Every clause is the reasoning of a guideline, not of a case: WP250rev.01 / EDPB Guidelines 9/2022 (factors),
EDPB Guidelines 01/2021 (how the factors were weighed). The decision is the OR of its clauses.
"""

from collections.abc import Callable
from typing import NamedTuple

from regulations import risk_measures as measures
from regulations.risk_factors import Situation
from regulations.three_valued import Tri, every, negate, some

FACTORS = "WP250rev.01 section IV.B; EDPB Guidelines 9/2022 section IV.B"
AVAILABILITY = "WP250rev.01 section I.B.2-3 (loss of availability)"
EXAMPLES = "EDPB Guidelines 01/2021"


class Clause(NamedTuple):
    """One way in which a risk comes about."""

    name: str
    because: str
    source: str
    holds: Callable[[Situation], Tri]


def _uncontrolled(known: Situation) -> Tri:
    harmless = some(
        known.assured,
        known.trivial,
        known.incidental,
        every(known.nobody_recognisable, negate(known.grave)),
    )
    return every(known.disclosed, known.uncontrolled, negate(harmless))


def _telling(known: Situation) -> Tri:
    harmless = some(known.assured, known.incidental, every(known.nobody_recognisable, negate(known.grave)))
    return every(known.disclosed, known.notable, negate(harmless))


def _unavailable(known: Situation) -> Tri:
    slow = known.is_one_of("breach.backup", ("paper", "none", "destroyed"))
    felt = every(known.service("moderate", "major"), known.out_for(measures.FELT_HOURS))
    very_long = every(known.out_for(measures.VERY_LONG_HOURS), negate(known.service("none")))
    care = every(known.care, known.out_for(measures.BRIEF_HOURS))
    return every(known.unavailable, some(slow, felt, very_long, care, known.service("major")))


def _altered(known: Situation) -> Tri:
    by_fraud = every(
        known.malicious,
        known.has(measures.MONEY),
        negate(known.is_one_of("breach.vector", ("ransomware",))),
    )
    return every(known.holds("breach.integrity"), some(negate(known.backed_up), by_fraud))


RISK = (
    Clause(
        "data_out_of_control",
        "The data reached people who took it, whom nobody knows, or who are too many to answer for it; "
        "nothing shown takes the harm out of that.",
        f"{FACTORS}: type of breach, consequences and recipient",
        _uncontrolled,
    ),
    Clause(
        "telling_data_disclosed",
        "What was disclosed says more of a person than how to reach them, and the recipients are not shown "
        "to be trusted or to have deleted it.",
        f"{FACTORS}: nature, sensitivity and combination of data",
        _telling,
    ),
    Clause(
        "data_or_service_missing",
        "The data is lost without a ready electronic backup, or was out of reach long enough for people to "
        "feel it.",
        f"{AVAILABILITY}; {EXAMPLES}, nos. 2 and 3",
        _unavailable,
    ),
    Clause(
        "data_altered",
        "The data was altered and cannot simply be put back, or was altered to move money.",
        f"{FACTORS}: type of breach (integrity)",
        _altered,
    ),
)
