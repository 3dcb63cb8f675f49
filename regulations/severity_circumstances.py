"""CB of ENISA 2013: the circumstances of the breach, added up (table of section 2.3, 0 to 2 points)."""

from regulations.risk_factors import Situation
from regulations.severity_parts import Option, SubScore, chosen
from regulations.three_valued import NO, YES, every, negate, some

TABLE = "ENISA 2013, circumstances of breach (CB)"


def circumstances(known: Situation) -> tuple[SubScore, ...]:
    """Score loss of confidentiality, integrity and availability, and intent."""
    return (_confidentiality(known), _integrity(known), _availability(known), _intent(known))


def _confidentiality(known: Situation) -> SubScore:
    mislaid = known.is_one_of("breach.vector", ("loss", "theft", "disposal"))
    taken = known.is_one_of("breach.exfiltration", ("likely", "confirmed"))
    unused = every(mislaid if mislaid.value else NO, negate(known.published), negate(taken))
    by_an_attacker = every(known.malicious, taken, negate(known.holds("breach.recipients.known")))
    to_anyone = some(known.published, known.recipients_unknown, by_an_attacker)
    return chosen(
        "cb.confidentiality",
        TABLE,
        (
            Option(0.0, "Nobody who may not saw the data.", negate(known.exposed)),
            Option(0.0, "Exposed, but no sign that anybody used it.", unused),
            Option(0.5, "Exposed to an unknown number of recipients.", to_anyone),
            Option(0.25, "Exposed to known recipients.", known.holds("breach.recipients.known")),
            Option(0.0, "Exposed; to whom is not established."),
        ),
    )


def _integrity(known: Situation) -> SubScore:
    altered = known.holds("breach.integrity")
    restored = every(known.backed_up, negate(known.out_for(72)))
    lost = known.is_one_of("breach.backup", ("none", "destroyed"))
    return chosen(
        "cb.integrity",
        TABLE,
        (
            Option(0.0, "Nothing was altered.", negate(altered)),
            Option(
                0.0,
                "Altered and restored before it could be used wrongly.",
                every(altered, restored),
                eases=True,
            ),
            Option(0.5, "Altered and no copy is left to restore it from.", every(altered, lost)),
            Option(0.25, "Altered and possibly used, but it can be restored.", altered),
        ),
    )


def _availability(known: Situation) -> SubScore:
    missing = known.unavailable
    unfelt = every(missing, known.backed_up, known.service("none", "minor"))
    return chosen(
        "cb.availability",
        TABLE,
        (
            Option(0.0, "Nothing is missing.", negate(missing)),
            Option(0.0, "Recovered without difficulty.", unfelt, eases=True),
            Option(0.5, "Lost, and nobody can supply it again.", every(missing, known.gone)),
            Option(0.25, "Out of reach for a time.", missing),
        ),
    )


def _intent(known: Situation) -> SubScore:
    return chosen(
        "cb.malicious",
        TABLE,
        (
            Option(0.5, "Somebody meant to harm the organisation or the people.", known.malicious),
            Option(0.0, "No intent is established.", YES),
        ),
    )
