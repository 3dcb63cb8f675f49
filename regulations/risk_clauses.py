"""The clauses of the risk decision: each one alone makes a risk, or a high risk, likely.

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


def _taken_and_revealing(known: Situation) -> Tri:
    return every(known.disclosed, known.hostile, known.revealing, negate(known.nobody_recognisable))


def _stolen_and_published(known: Situation) -> Tri:
    stolen = some(known.is_one_of("breach.exfiltration", ("likely", "confirmed")))
    shown = every(known.published, known.malicious, stolen)
    return every(known.disclosed, shown, negate(known.nobody_recognisable))


def _crowd(known: Situation) -> Tri:
    telling = some(known.grave, known.combined)
    return every(
        known.disclosed, known.crowd, telling, negate(some(known.trusted, known.nobody_recognisable))
    )


def _lost(known: Situation) -> Tri:
    many = every(known.combined, known.reaches("people.total", measures.MANY_PEOPLE))
    safe = some(known.trusted, known.deleted, known.nobody_recognisable)
    return every(known.disclosed, known.recipients_unknown, some(known.grave, many), negate(safe))


def _special(known: Situation) -> Tri:
    safe = some(known.trusted, known.deleted, known.nobody_recognisable, known.incidental)
    return every(known.disclosed, known.has(measures.SPECIAL), negate(safe))


def _posed_as(known: Situation) -> Tri:
    posed = known.is_one_of("breach.vector", ("social_engineering", "credential_stuffing"))
    singled_out = some(known.holds("breach.integrity"), negate(known.reaches("people.total", measures.FEW)))
    return every(known.disclosed, known.malicious, posed, singled_out)


def _care_interrupted(known: Situation) -> Tri:
    long = every(known.out_for(measures.LONG_FOR_CARE_HOURS), negate(known.service("none")))
    hard = every(known.out_for(measures.FELT_HOURS), known.service("major"))
    return every(known.unavailable, known.care, some(long, hard))


def _vital_service_down(known: Situation) -> Tri:
    vital = known.names_one_of("organisation.sectors", measures.VITAL_SECTORS)
    return every(known.unavailable, vital, known.service("major"), known.out_for(measures.LONG_HOURS))


def _gone_for_good(known: Situation) -> Tri:
    needed = known.has(measures.SPECIAL | {"balance", "transactions"})
    return every(known.unavailable, known.gone, needed)


def _altered_beyond_repair(known: Situation) -> Tri:
    no_copy = known.is_one_of("breach.backup", ("none", "destroyed"))
    needed = known.has(measures.SPECIAL | {"balance", "transactions"})
    return every(known.holds("breach.integrity"), no_copy, needed)


HIGH_RISK = (
    Clause(
        "revealing_data_taken",
        "Somebody who meant it, or the public, has data that can be used against people: for fraud, identity "
        "theft, entering accounts, exposure or discrimination.",
        f"{FACTORS}: severity of consequences, intentions of the recipient; {EXAMPLES}, nos. 4, 5, 7, 12, 18",
        _taken_and_revealing,
    ),
    Clause(
        "stolen_and_published",
        "The data was stolen and then published: intent is shown and nobody can take it back.",
        f"{FACTORS}: severity and permanence of consequences",
        _stolen_and_published,
    ),
    Clause(
        "grave_data_to_a_crowd",
        "Grave or combined data went to so many recipients that nobody can make sure it is not used.",
        f"{FACTORS}: recipient, number of individuals; {EXAMPLES}, no. 14",
        _crowd,
    ),
    Clause(
        "grave_data_lost",
        "Readable data that serves fraud or exposure is with people nobody knows.",
        f"{FACTORS}: ease of identification, recipient; {EXAMPLES}, no. 11",
        _lost,
    ),
    Clause(
        "special_data_disclosed",
        "Data on health, belief, origin, sexual life, biometrics or offences was disclosed to somebody who is "
        "neither trusted nor has confirmed deletion.",
        "GDPR recital 75 and Art. 9-10; WP250rev.01 section IV.A",
        _special,
    ),
    Clause(
        "posed_as_the_person",
        "Somebody posed as particular people and read, or changed, what is kept about them.",
        f"{FACTORS}: severity of consequences; {EXAMPLES}, nos. 7 and 17",
        _posed_as,
    ),
    Clause(
        "care_interrupted",
        "Records that treatment depends on were out of reach for long: operations may be cancelled and lives "
        "be put at risk.",
        f"{AVAILABILITY}; {EXAMPLES}, no. 3",
        _care_interrupted,
    ),
    Clause(
        "vital_service_down",
        "A service people live by (money, power, transport, benefits) was badly hit for a day or more.",
        AVAILABILITY,
        _vital_service_down,
    ),
    Clause(
        "needed_data_gone",
        "Data that people's health or money depends on is lost and no copy is left.",
        AVAILABILITY,
        _gone_for_good,
    ),
    Clause(
        "needed_data_altered",
        "Data that people's health or money depends on was altered and no copy is left to restore it from.",
        f"{FACTORS}: type of breach (integrity)",
        _altered_beyond_repair,
    ),
)
