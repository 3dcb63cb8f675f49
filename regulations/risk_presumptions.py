"""What is presumed where the facts are silent, and only when the known facts alone leave the decision open.

Two kinds, each named in the answer with the fact it stands in for:

- burden: GDPR Art. 33(1) asks to report *unless* a risk is unlikely, and Art. 5(2) puts the proof on the
  controller; so protection that nobody has shown is not relied on.
- ordinary course: nothing more than a short accident has been reported.

A presumption yields as soon as its fact is known.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from models.count import Count
from regulations import risk_measures as measures
from regulations.risk_factors import Situation
from regulations.three_valued import every, some

BURDEN = "GDPR Art. 33(1) and 5(2); WP250rev.01 section IV.B (if in doubt, notify)"
MEDICAL = frozenset(("health_provider", "health_insurer"))


class Presumption(NamedTuple):
    """Values that stand in for unknown facts while `when` holds."""

    because: str
    source: str
    when: Callable[[Situation], bool]
    values: Mapping[str, Any]
    hinges_on: tuple[str, ...] = ()


def _exposed(known: Situation) -> bool:
    return known.exposed.value is True


def _attacked(known: Situation) -> bool:
    return known.is_one_of("breach.vector", measures.HOSTILE_VECTORS).value is True


def _of_sector(*sectors: str) -> Callable[[Situation], bool]:
    wanted = frozenset(sectors)
    return lambda known: _exposed(known) and known.names_one_of("organisation.sectors", wanted).value is True


def _care_attacked(known: Situation) -> bool:
    silent = known.lacks("breach.outage_minutes", "breach.restored_after_hours")
    return silent and every(known.care, known.unavailable, known.malicious).value is True


_INTENT = Presumption(
    "An intrusion or theft is taken to be meant, until shown otherwise.",
    BURDEN,
    _attacked,
    {"breach.malicious": True},
)

_LASTING = Presumption(
    "An attack that takes records out of reach where people are treated is taken to last, until shown otherwise.",
    BURDEN,
    _care_attacked,
    {"breach.outage_minutes": measures.LONG_HOURS * 60, "breach.service_impact": "moderate"},
)

FOR_RISK = (
    _INTENT,
    _LASTING,
    Presumption(
        "Encryption, trusted recipients, deletion, few people and lack of identification that nobody has shown "
        "are not relied on.",
        BURDEN,
        _exposed,
        {
            "breach.unintelligible": False,
            "breach.recipients.trusted": False,
            "breach.recipients.deletion_confirmed": False,
            "data.identifiability": "limited",
            "people.total": Count(at_least=measures.FEW_PEOPLE),
        },
    ),
    Presumption(
        "Until the data is known, a health organisation's data is taken to be health data.",
        "WP250rev.01 section IV.B (special characteristics of the controller)",
        _of_sector(*MEDICAL),
        {"data.categories": ("health",)},
    ),
    Presumption(
        "Until the data is known, such an organisation's data is taken to say more than how to reach people.",
        "WP250rev.01 section IV.B (special characteristics of the controller)",
        _of_sector(*(measures.SENSITIVE_SECTORS - MEDICAL)),
        {"data.categories": ("account_number",)},
    ),
    Presumption(
        "A processor's breach is reported to every controller without weighing the risk first; until a controller "
        "has weighed it, what all of them hold is taken to be more than contact data and out of control.",
        "GDPR Art. 33(2); WP250rev.01 section II.A.4",
        lambda known: _exposed(known) and known.is_one_of("organisation.role", ("processor",)).value is True,
        {"data.categories": ("account_number",), "breach.recipients.known": False},
    ),
)

FOR_HIGH_RISK = (
    _INTENT,
    _LASTING,
    Presumption(
        "What was published is taken to be readable and to point to people, until shown otherwise.",
        BURDEN,
        lambda known: known.published.value is True,
        {"breach.unintelligible": False, "data.identifiability": "limited"},
    ),
    Presumption(
        "A long interruption where people are treated is taken to have been felt, until shown otherwise.",
        BURDEN,
        lambda known: every(known.care, known.unavailable).value is True,
        {"breach.service_impact": "moderate"},
    ),
)


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


def presumed(known: Situation, presumptions: tuple[Presumption, ...]) -> dict[str, Presumption]:
    """Return the unknown facts that a presumption speaks for: path to presumption."""
    found: dict[str, Presumption] = {}
    for presumption in presumptions:
        if presumption.when(known):
            for path in presumption.values:
                if path not in known.values:
                    found.setdefault(path, presumption)
    return found
