"""The VERIS export: what is known in its words, Unknown where nobody knows, and the way back gives the same facts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.facts import Facts, fact_at
from models.facts_reading import facts_from as read_facts
from regulations.facts_import.reading import facts_from
from reports.veris import Case, veris_record

DECLARED = datetime(2026, 3, 3, 1, 1, tzinfo=UTC)
CASE = Case("INC-2026-0001", DECLARED)
NOTHING = Facts(title="Something happened")
KNOWN: dict[str, Any] = {
    "title": "A laptop was stolen",
    "occurred_at": "2026-03-02T22:10:00+08:00",
    "detected_at": "2026-03-03T09:00:00+08:00",
    "contained_at": "2026-03-05T09:00:00+08:00",
    "organisation": {"country": "US-NY", "sectors": ["bank"]},
    "breach": {
        "confidentiality": True,
        "integrity": True,
        "availability": True,
        "vector": "theft",
        "actor": "external",
        "malicious": True,
        "restored_after_hours": 30,
        "exfiltration": "confirmed",
    },
    "data": {"categories": ["health", "payment_card"]},
    "people": {"records": 900, "relations": ["patient", "employee"]},
    "loss": {"amount": 1200, "currency": "USD"},
}


def test_what_nobody_knows_is_unknown() -> None:
    assert veris_record(NOTHING, CASE) == {
        "schema_name": "verisc",
        "schema_version": "1.4.0",
        "incident_id": "INC-2026-0001",
        "source_id": "tocsin",
        "security_incident": "Suspected",
        "summary": "Something happened",
        "timeline": {
            "incident": {"year": 2026},
            "discovery": {"unit": "Unknown"},
            "containment": {"unit": "Unknown"},
        },
        "victim": {
            "country": ["Unknown"],
            "industry": "000",
            "employee_count": "Unknown",
            "government": ["Unknown"],
        },
        "actor": {"unknown": {}},
        "action": {"unknown": {}},
        "asset": {"assets": [{"variety": "Unknown"}], "cloud": ["Unknown"]},
        "attribute": {
            "confidentiality": {
                "data_disclosure": "Unknown",
                "data": [{"variety": "Unknown"}],
                "data_victim": ["Unknown"],
            }
        },
        "discovery_method": {"unknown": True},
        "impact": {"overall_rating": "Unknown"},
        "targeted": "Unknown",
        "notes": "When it occurred is unknown; timeline.incident is when it was first seen.",
    }


def test_what_is_known_is_told() -> None:
    told = veris_record(read_facts(KNOWN), Case("INC-1", DECLARED, told_by="police"))
    assert told["timeline"] == {
        "incident": {"year": 2026, "month": 3, "day": 2},
        "discovery": {"unit": "Hours", "value": 10.8},
        "containment": {"unit": "Days", "value": 2.0},
    }
    assert (told["victim"]["country"], told["victim"]["state"]) == (["US"], "NY")
    assert (told["victim"]["industry"], told["victim"]["government"]) == ("52211", ["NA"])
    assert told["action"] == {
        "physical": {"variety": ["Theft"], "vector": ["Unknown"], "result": ["Exfiltrate"]}
    }
    assert told["discovery_method"] == {"external": {"variety": ["Law enforcement"]}}
    assert told["attribute"]["availability"] == {
        "variety": ["Loss"],
        "duration": {"unit": "Hours", "value": 30.0},
    }
    assert "notes" not in told


def test_known_facts_come_back_from_the_importer() -> None:
    before = read_facts(KNOWN)
    after, _ = facts_from("veris", veris_record(before, CASE))
    for path in (
        "organisation.country",
        "organisation.sectors",
        "breach.confidentiality",
        "breach.integrity",
        "breach.availability",
        "breach.vector",
        "breach.actor",
        "breach.malicious",
        "breach.restored_after_hours",
        "data.categories",
        "people.records",
        "people.relations",
        "loss.amount",
        "loss.currency",
    ):
        assert fact_at(after, path) == fact_at(before, path), path


@pytest.mark.parametrize(
    "vector",
    [
        "ransomware",
        "hacking",
        "phishing",
        "social_engineering",
        "malware",
        "skimming",
        "theft",
        "insider",
        "misdelivery",
        "loss",
        "disposal",
        "misconfiguration",
        "web_exposure",
    ],
)
def test_way_it_came_about_comes_back(vector: str) -> None:
    facts = read_facts({"title": "x", "breach": {"vector": vector}})
    assert facts_from("veris", veris_record(facts, CASE))[0].breach.vector == vector


def test_unknown_facts_stay_unknown_on_the_way_back() -> None:
    after, _ = facts_from("veris", veris_record(NOTHING, CASE))
    assert after.model_copy(update={"title": "-"}) == Facts(title="-")


def test_signed_cause_refines_the_facts_and_strange_words_are_noted() -> None:
    signed = {
        "action": ["error.variety.Misconfiguration", "carelessness"],
        "actor": "internal.System admin",
        "asset": ["S - Database", "the blue box"],
    }
    case = Case("INC-1", DECLARED, veris=signed, failed_control={"en": "Review"}, actions=("Review", "Scan"))
    facts = read_facts({"title": "x", "breach": {"malicious": False}})
    told = veris_record(facts, case)
    assert told["action"] == {"error": {"variety": ["Misconfiguration"], "vector": ["Unknown"]}}
    assert told["actor"] == {"internal": {"variety": ["System admin"], "motive": ["NA"]}}
    assert told["asset"]["assets"] == [{"variety": "S - Database"}]
    assert (told["control_failure"], told["corrective_action"]) == ("Review", "Review; Scan")
    assert "carelessness" in told["notes"]
    assert "the blue box" in told["notes"]
