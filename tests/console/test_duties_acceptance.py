"""One call of `tocsin duties` for a bank with people in six places, against moments calculated by hand."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shell import run

CASE: dict[str, Any] = yaml.safe_load(
    files("regulations").joinpath("cases", "duties", "bank-in-six-places.yaml").read_text("utf-8")
)
PLACES = {"CN", "EU", "US", "US-NY", "US-CA", "SG", "UK"}
STANDING = ("immediate", "due", "not_started", "depends")


@pytest.fixture
def answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(CASE["facts"], default=lambda moment: moment.isoformat()))
    assert run("duties", str(file), "--at", CASE["at"], "--json") == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_each_due_moment_is_the_one_calculated_by_hand_and_no_other_is_due(
    answer: list[dict[str, Any]],
) -> None:
    due = {duty["rule"]: (duty["due_at"], duty["due_local"]) for duty in answer if duty["status"] == "due"}
    assert due == {each["rule"]: (each["due_at"], each["local"]) for each in CASE["due"]}
    assert len(due) >= 15
    assert all(each["calculation"] for each in CASE["due"])


def test_duties_come_soonest_first_and_from_every_place(answer: list[dict[str, Any]]) -> None:
    sure = [duty for duty in answer if duty["status"] in {"immediate", "due"}]
    assert sure == sorted(sure, key=lambda duty: (duty["status"] == "due", duty["due_at"] or ""))
    assert [duty["rule"] for duty in sure if duty["status"] == "due"] == [
        each["rule"] for each in CASE["due"]
    ]
    assert {duty["jurisdiction"] for duty in sure} == PLACES
    assert {duty["status"] for duty in answer} == set(STANDING)


def test_people_of_each_place_are_told_under_their_own_law(answer: list[dict[str, Any]]) -> None:
    told = {duty["rule"] for duty in answer if "individuals" in duty["tells"] and duty["status"] != "depends"}
    assert told >= {
        "cn-pipl-57-individuals",
        "eu-gdpr-34-individuals",
        "uk-gdpr-34-individuals",
        "sg-pdpa-26d2-individuals",
        "us-ny-breach",
        "us-ca-breach",
    }


def test_what_is_over_at_the_moment_of_asking_is_marked(answer: list[dict[str, Any]]) -> None:
    late = {duty["rule"] for duty in answer if duty["is_overdue"]}
    assert late == {each["rule"] for each in CASE["due"] if each["due_at"] < CASE["at"]}
