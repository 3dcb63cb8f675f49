"""The VERIS export against the community's schema: every scenario of the library, known and unknown alike."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from models.facts import Facts
from models.facts_reading import facts_from
from playbooks.scenario import Scenario, filled, load_scenario, scenario_text, scenarios
from reports.veris import Case, veris_record

pytestmark = pytest.mark.corpus
START = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    """Give the folder of the schema, and of the lists of words that it leaves open."""
    return shared / "corpora/veris"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def faults(folder: Path, record: Mapping[str, Any]) -> list[str]:
    validator = jsonschema.Draft4Validator(read(folder / "verisc.json"))
    told = json.loads(json.dumps(record))
    wrong = [f"{'.'.join(map(str, each.path))}: {each.message[:120]}" for each in validator.iter_errors(told)]
    return wrong + list(strangers(told, read(folder / "verisc-enum.json"), ""))


def strangers(told: Any, words: Any, path: str) -> Iterator[str]:
    """Name the words that are in none of the community's lists."""
    if isinstance(told, list):
        for each in told:
            yield from strangers(each, words, path)
    elif isinstance(told, dict) and isinstance(words, dict):
        for key in told.keys() & words.keys():
            yield from strangers(told[key], words[key], f"{path}.{key}")
    elif isinstance(told, str) and isinstance(words, list) and told not in words:
        yield f"{path}: {told}"


def form(scenario: Scenario, step: str) -> Any:
    """Give what the last scripted answer to a step hands in."""
    return filled(scenario.form(scenario.answers[step][-1]), START, "1")


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_of_the_library_validates(name: str, folder: Path) -> None:
    scenario = load_scenario(scenario_text(name), name)
    cause = form(scenario, "root_cause")
    case = Case(
        "INC-2026-0001",
        START,
        told_by=scenario.signal.told_by,
        veris=cause["veris"],
        failed_control=cause["failed_control"],
        actions=tuple(each["title"] for each in cause["actions"]),
    )
    record = veris_record(facts_from(form(scenario, "confirm_facts")), case)
    assert faults(folder, record) == []
    assert record["security_incident"] == "Confirmed"


def test_incident_of_which_nothing_is_known_validates(folder: Path) -> None:
    assert faults(folder, veris_record(Facts(title="Something"), Case("INC-1", START))) == []
