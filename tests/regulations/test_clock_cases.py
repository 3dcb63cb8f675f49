"""The worked clock cases that lie beside the law: calculated by hand, run here."""

from datetime import datetime
from importlib.resources import files
from typing import Any

import pytest
import yaml

from models.facts_reading import facts_from
from regulations.context import Context
from regulations.duties import reading_of
from regulations.loader import load_law
from regulations.spans import shown
from regulations.zones import where_of

ASKED = "2026-11-22T12:00:00Z"


def _cases() -> list[Any]:
    folder = files("regulations").joinpath("cases", "clocks")
    return [
        pytest.param(case, id=f"{case['rule']}: {case['case']}")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        for case in yaml.safe_load(entry.read_text("utf-8"))["cases"]
    ]


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def test_clock_cases_are_many_and_each_shows_its_calculation() -> None:
    cases = [param.values[0] for param in _cases()]
    assert len(cases) >= 60
    assert all(case["calculation"] for case in cases)


@pytest.mark.parametrize("case", _cases())
def test_clock_case_gives_the_moment_calculated_by_hand(case: dict[str, Any]) -> None:
    facts = facts_from({"title": case["case"], **case["facts"]})
    at = datetime.fromisoformat(case.get("at", ASKED))
    reading = reading_of(case["rule"], facts, at)
    assert reading is not None, "no version of the rule is in force"
    if "starts_at" in case:
        assert reading.starts_at == _moment(case["starts_at"])
    assert reading.due_at == _moment(case["due_at"])
    if reading.due_at is None:
        return
    zone = where_of(load_law().versions(case["rule"])[-1].rule, Context(facts, at)).zone
    assert shown(reading.due_at, zone, whole_days="24:00" in case["local"]) == case["local"]
