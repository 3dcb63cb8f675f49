"""Whether a plan goes on to tell authorities or people: one law that asks for it is enough."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.database import Store
from models.facts_reading import facts_from
from models.incident import Incident
from regulations.duties import evaluate_duties
from regulations.duty import Duty
from response.duties import must_tell
from response.triage import reassess
from tests.support.steps import CONFIRMED, assessed

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
SEALED = {**CONFIRMED["breach"], "published": False, "unintelligible": True, "key_compromised": False}


def duties(*rules: str, **changed: Any) -> list[Duty]:
    found = evaluate_duties(facts_from({**CONFIRMED, **changed}), at=AT, all=True)
    return [duty for duty in found if duty.rule in rules]


@pytest.mark.parametrize(
    ("rule", "changed", "by_risk", "told"),
    [
        ("cn-nfra-69-initial-2h", {}, "no", "yes"),
        ("cn-nfra-69-initial-2h", {"filed": {"cn-nfra-69-initial-2h": "2026-03-03T03:00:00Z"}}, "no", "yes"),
        ("cn-nfra-69-particularly-major", {}, "no", "depends"),
        ("us-ny-dfs-72h", {}, "no", "no"),
        ("us-ny-dfs-72h", {}, "depends", "depends"),
        ("us-ny-dfs-72h", {}, "yes", "yes"),
        ("cn-pipl-57-individuals", {}, "no", "no"),  # owed to people, not to an authority
    ],
)
def test_authority_is_told_when_one_law_asks_for_it(
    rule: str, changed: dict[str, Any], by_risk: str, told: str
) -> None:
    found = duties(rule, **changed)
    assert len(found) == 1
    assert must_tell("authority", by_risk, found) == told


def test_no_law_and_no_risk_tell_nobody() -> None:
    assert must_tell("individuals", "no", []) == "no"


def test_bank_reports_sealed_data_that_the_gdpr_would_not_have_reported(store: Store) -> None:
    incident = assessed(store, breach=SEALED)
    with store.work() as unit:
        values = reassess(unit, unit.session.get_one(Incident, incident.id), "tocsin")
    assert values["risk"] == "none"
    assert values["tell_authority"] == "yes"
