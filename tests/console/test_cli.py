"""The command line: one message for each refusal, the promised exit status, and JSON where it is asked for."""

import json
from pathlib import Path

import pytest

from console.cli.commands import COMMANDS
from tests.support.shell import run

FACTS = """
title: Customer export readable on a public bucket
aware_at: 2026-03-03T10:30:00+08:00
organisation: {country: CN, establishments: [CN, DE], role: controller, sectors: [bank]}
breach: {confidentiality: true, exfiltration: likely, published: true, unintelligible: false}
data: {categories: [name, national_id], identifiability: maximum}
people: {total: {value: 100}, by_place: {DE: 100}}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert "Usage: tocsin" in capsys.readouterr().out


def test_unknown_command_is_wrong_usage() -> None:
    assert run("no-such") == 2


def test_command_without_a_home_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "list") == 1
    assert "tocsin init" in capsys.readouterr().err


def test_errors_are_json_when_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "list", "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"] == "There is no Tocsin home here."


def test_wrong_usage_is_told_like_any_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("incident", "show") == 2
    assert capsys.readouterr().err == (
        "tocsin: Missing argument 'INC'.\n"
        "  expected: tocsin incident show [OPTIONS] {INC}\n"
        "  remedy: `tocsin incident show --help` explains it.\n"
    )
    assert run("incident", "show", "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"] == "Missing argument 'INC'."


@pytest.mark.parametrize("argument", ["a\x00b", "a\x1b[31m", "a\udcff"])
def test_argument_that_is_no_text_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("incident", "show", argument) == 2
    told = capsys.readouterr().err
    assert told.startswith("tocsin: An argument is not text.\n  where: argument 3: a\\")
    assert "\x1b" not in told


def test_group_without_a_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("incident") == 2
    assert "until when the people of each incident are kept, and by which" in capsys.readouterr().err


def test_init_twice_keeps_the_home(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init") == 0
    key = (home / "keys" / "organisation.key").read_bytes()
    assert run("init") == 0
    assert (home / "keys" / "organisation.key").read_bytes() == key
    assert "0 added, 0 changed" in capsys.readouterr().out


def test_duties_answer_from_a_facts_file_alone(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS)
    assert run("duties", str(file), "--at", "2026-03-03T12:00:00+08:00", "--json") == 0
    found = {duty["rule"]: duty for duty in json.loads(capsys.readouterr().out)}
    assert found["eu-gdpr-33-authority"]["due_at"] == "2026-03-06T02:30:00Z"
    assert not home.exists()


def test_triage_answers_with_the_contract_s_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS)
    assert run("triage", str(file), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"severity", "risk", "decisions", "reasons", "unknowns"} <= set(answer)
    assert answer["decisions"] == {"document": "yes", "authority": "yes", "individuals": "yes"}


def test_facts_with_a_naive_time_are_refused_with_path_and_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text("title: x\naware_at: 2026-03-03T10:30:00\n")
    assert run("facts", "check", str(file)) == 1
    refusal = capsys.readouterr().err
    assert "aware_at" in refusal
    assert "offset" in refusal


def test_ledger_of_a_fresh_home_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    capsys.readouterr()
    assert run("ledger", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_duties_name_the_moment_that_clocks_wait_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS.replace("aware_at: 2026-03-03T10:30:00+08:00\n", ""))
    assert run("duties", str(tmp_path / "facts.yaml"), "--at", "2026-03-03T03:00:00Z") == 0
    said = capsys.readouterr().out
    assert "`aware_at` is not known; " in said
    assert "Ask first" in said
