"""The published examples: our decision is the one the authors of the guidelines gave."""

from pathlib import Path

import pytest
import yaml

from models.facts import Facts
from regulations.triage import triage

pytestmark = pytest.mark.corpus


def test_every_published_decision_is_reached(shared: Path) -> None:
    cases = yaml.safe_load((shared / "corpora/edpb/cases.yaml").read_text("utf-8"))
    found = {case["id"]: triage(Facts.model_validate(case["facts"])).decisions for case in cases}
    assert found == {case["id"]: case["decisions"] for case in cases}
    assert len(found) == 14


def test_no_decision_of_an_example_flips_when_a_fact_is_taken_away(shared: Path) -> None:
    """With one fact fewer the answer may open; it may not turn round unless it says what it presumed."""
    cases = yaml.safe_load((shared / "corpora/edpb/cases.yaml").read_text("utf-8"))
    turned = [
        (case["id"], section, key, decision)
        for case in cases
        for section in ("breach", "data", "people", "organisation")
        for key in case["facts"].get(section, {})
        for decision in ("authority", "individuals")
        if _turns(case, section, key, decision)
    ]
    assert turned == []


def _turns(case: dict, section: str, key: str, decision: str) -> bool:
    less = {name: value for name, value in case["facts"][section].items() if name != key}
    answer = triage(Facts.model_validate({**case["facts"], section: less}))
    before, now = case["decisions"][decision], answer.decisions[decision]
    said = any(
        unknown.fact.startswith(f"{section}.{key}") and decision in unknown.would_change
        for unknown in answer.unknowns
    )
    return {before, now} == {"yes", "no"} and not said
