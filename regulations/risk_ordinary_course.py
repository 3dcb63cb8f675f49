"""What is presumed when nothing more than a short or harmless mishap has been reported; can only lead to *no*.

The other presumptions, and what all of them have in common, are in `risk_presumptions`.
"""

from regulations import risk_measures as measures
from regulations.risk_factors import Situation
from regulations.risk_presumptions import Presumption
from regulations.three_valued import some


def _only_a_short_accident(known: Situation) -> bool:
    speaks_of_more = some(
        known.exposed,
        known.holds("breach.integrity"),
        known.is_one_of("breach.exfiltration", ("likely", "confirmed")),
        known.is_one_of("breach.backup", ("paper", "none", "destroyed")),
        known.service("moderate", "major"),
        known.out_for(measures.BRIEF_HOURS),
    )
    by_accident = known.malicious.value is False and known.vector_is_mishap
    nothing_more = known.unavailable.value is True and speaks_of_more.value is not True
    known_brief = known.out_for(measures.BRIEF_HOURS).value is False
    return by_accident and nothing_more and (known_brief or _not_vital(known))


def _short_interruption(known: Situation) -> bool:
    hurt = some(
        known.exposed,
        known.holds("breach.integrity"),
        known.service("moderate", "major"),
        known.out_for(measures.FELT_HOURS),
    )
    return known.unavailable.value is True and hurt.value is False


def _sealed_copy(known: Situation) -> bool:
    silent = known.lacks("breach.restored_after_hours", "breach.service_impact", "breach.outage_minutes")
    sealed = known.unreadable.value is True and known.backed_up.value is True
    return silent and sealed and _not_vital(known)


def _not_vital(known: Situation) -> bool:
    return known.names_one_of("organisation.sectors", measures.VITAL_SECTORS).value is not True


def _passing_remark(known: Situation) -> bool:
    return known.assume({"people.relations": ("other",)}).incidental.value is True


ORDINARY_COURSE = (
    Presumption(
        "Only an accidental interruption is reported, and no length, loss, disclosure or effect: it is taken to "
        "be short.",
        "WP250rev.01 section I.B.3 and Annex B (a power cut of some minutes)",
        _only_a_short_accident,
        {
            "breach.confidentiality": False,
            "breach.integrity": False,
            "breach.backup": "electronic",
            "breach.service_impact": "none",
            "breach.outage_minutes": 1.0,
        },
        ("organisation.sectors", "breach.vector", "breach.exfiltration"),
    ),
    Presumption(
        "A short and hardly felt interruption, with nothing seen or altered, is taken to have lost no data and to "
        "have kept nobody from treatment.",
        "WP250rev.01 section I.B.3 (temporary loss of availability)",
        _short_interruption,
        {"breach.backup": "electronic", "people.relations": ("other",)},
    ),
    Presumption(
        "Sealed data is taken to be unaltered and a ready backup to have served in good time, as nothing else is "
        "reported.",
        "WP250rev.01 Annex B (a stolen encrypted backup)",
        _sealed_copy,
        {"breach.integrity": False, "breach.restored_after_hours": 0.5, "breach.service_impact": "none"},
        ("organisation.sectors", "breach.outage_minutes"),
    ),
    Presumption(
        "People of whom no dependence on the organisation is known are taken not to depend on it.",
        "EDPB Guidelines 01/2021, no. 15",
        _passing_remark,
        {"people.relations": ("other",)},
    ),
)
