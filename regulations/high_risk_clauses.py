"""The clauses of the high-risk decision: each one alone means that people have to be told (GDPR Art. 34).

Reasoned as `risk_clauses` is; the decision is the OR of its clauses.
"""

from regulations import risk_measures as measures
from regulations.risk_clauses import AVAILABILITY, EXAMPLES, FACTORS, Clause
from regulations.risk_factors import Situation
from regulations.three_valued import Tri, every, negate, some


def _taken_and_revealing(known: Situation) -> Tri:
    return every(known.disclosed, known.hostile, known.revealing, negate(known.nobody_recognisable))


def _stolen_and_published(known: Situation) -> Tri:
    stolen = some(known.is_one_of("breach.exfiltration", ("likely", "confirmed")))
    shown = every(known.published, known.malicious, stolen)
    return every(known.disclosed, shown, negate(known.nobody_recognisable))


def _crowd(known: Situation) -> Tri:
    telling = some(known.grave, known.combined, every(known.notable, known.vulnerable))
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


def _identity_disclosed(known: Situation) -> Tri:
    safe = some(known.trusted, known.deleted, known.nobody_recognisable)
    return every(known.disclosed, known.has(measures.PROVES_IDENTITY), negate(safe))


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
        "Grave or combined data, or telling data of vulnerable people, went to so many recipients that nobody can "
        "make sure it is not used.",
        f"{FACTORS}: recipient, number and characteristics of individuals; {EXAMPLES}, no. 14",
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
        "identity_disclosed",
        "A number or document by which people prove who they are was disclosed to somebody who is neither trusted "
        "nor has confirmed deletion; it serves to pose as them for years.",
        "GDPR recital 75 (identity theft); UODO (Poland), decision DKN.5131.11.2020",
        _identity_disclosed,
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
