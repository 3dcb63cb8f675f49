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
from regulations.three_valued import every

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


def _left_open(known: Situation) -> bool:
    return _exposed(known) and known.is_one_of("breach.vector", measures.OPEN_TO_ANYBODY).value is True


def _posed_as_somebody(known: Situation) -> bool:
    posed = known.is_one_of("breach.vector", ("social_engineering",))
    return _exposed(known) and every(posed, known.malicious).value is True


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
        "Who looked at what stood open is taken to be unknown, until the records of access show it.",
        BURDEN,
        _left_open,
        {"breach.recipients.known": False},
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
        "A deletion that a recipient who is not trusted has not confirmed is not relied on.",
        BURDEN,
        lambda known: _exposed(known) and known.holds("breach.recipients.trusted").value is False,
        {"breach.recipients.deletion_confirmed": False},
    ),
    Presumption(
        "Who poses as a customer is taken to be after that person, until many turn out to be concerned.",
        "EDPB Guidelines 01/2021, no. 17",
        _posed_as_somebody,
        {"people.total": Count(value=1)},
    ),
    Presumption(
        "A long interruption where people are treated is taken to have been felt, until shown otherwise.",
        BURDEN,
        lambda known: every(known.care, known.unavailable).value is True,
        {"breach.service_impact": "moderate"},
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
