"""What speaks against a risk: the reasons given when a decision is no."""

from regulations import risk_measures as measures
from regulations.risk_clauses import AVAILABILITY, EXAMPLES, FACTORS, Clause
from regulations.three_valued import every, negate, some

EASING = (
    Clause(
        "risk_removed",
        "Measures taken since make sure that the high risk is no longer likely.",
        "GDPR Art. 34(3)(b)",
        lambda known: known.risk_removed,
    ),
    Clause(
        "unintelligible",
        "The data is unintelligible to whoever has it: strong encryption or a salted hash, and the key is safe.",
        "GDPR Art. 34(3)(a); WP250rev.01 section II.D; EDPB Guidelines 01/2021, nos. 1, 6 and 10",
        lambda known: known.unreadable,
    ),
    Clause(
        "not_disclosed",
        "Nobody who may not has seen the data.",
        f"{FACTORS}: type of breach",
        lambda known: negate(known.exposed),
    ),
    Clause(
        "recipients_assured",
        "The recipients can be trusted or have confirmed deletion.",
        f"{FACTORS}: trusted recipient; {EXAMPLES}, no. 9",
        lambda known: every(known.exposed, known.assured),
    ),
    Clause(
        "little_said",
        "The data tells little more than how to reach people, and few people known by name received it.",
        f"{FACTORS}: nature and volume of data; {EXAMPLES}, nos. 13 and 15",
        lambda known: every(
            known.exposed, negate(known.hostile), some(negate(known.notable), known.incidental)
        ),
    ),
    Clause(
        "nobody_recognisable",
        "The data leads to nobody without other data the recipient does not have.",
        f"{FACTORS}: ease of identification",
        lambda known: every(known.exposed, known.nobody_recognisable),
    ),
    Clause(
        "restored",
        "An electronic backup was at hand and the interruption was not felt.",
        f"{AVAILABILITY}; {EXAMPLES}, no. 1",
        lambda known: every(
            known.backed_up,
            negate(known.service("moderate", "major")),
            negate(known.out_for(measures.VERY_LONG_HOURS)),
        ),
    ),
    Clause(
        "never_missing",
        "The data was neither lost nor altered.",
        f"{FACTORS}: type of breach",
        lambda known: every(negate(known.unavailable), negate(known.holds("breach.integrity"))),
    ),
    Clause(
        "not_taken_on_purpose",
        "Nobody meant it, and what was disclosed is not of a kind that does serious harm by itself.",
        f"{FACTORS}: intentions of the recipient; {EXAMPLES}, no. 16",
        lambda known: every(known.exposed, negate(known.hostile), negate(known.has(measures.SPECIAL))),
    ),
    Clause(
        "only_how_to_reach_people",
        "What was taken is no more than how to reach people.",
        f"{FACTORS}: nature of data; {EXAMPLES}, no. 8",
        lambda known: every(known.exposed, negate(known.revealing)),
    ),
)
