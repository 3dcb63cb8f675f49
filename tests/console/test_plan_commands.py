"""What people change about a plan from a shell: declare or dismiss a signal, take another plan, add a step."""

import json
from pathlib import Path

import pytest

from tests.support.shell import run

STEP = """
call_branch:
  type: action
  name: {en: Call the branch, zh: 致电网点}
  phase: detect
  action: manual.task
  instructions: {en: Ask what they saw., zh: 询问所见情况。}
  owner: responder
  timeout: PT1H
  raci: {responsible: [business], accountable: incident_lead}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Give a home with one signal that nobody recognised."""
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOCSIN_PREFECT_PORT", "9")  # nobody listens: the response starts with `tocsin up`
    monkeypatch.setenv("TOCSIN_STAFF", "lead-1")
    (tmp_path / "odd.json").write_text('{"hello": "world"}')
    (tmp_path / "step.yaml").write_text(STEP)
    monkeypatch.chdir(tmp_path)
    assert run("init") == 0
    assert run("signal", "take", "odd.json") == 0
    capsys.readouterr()
    return tmp_path / "home"


def incidents(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()
    assert run("incident", "list", "--json") == 0
    listed: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return listed


def declared(capsys: pytest.CaptureFixture[str]) -> str:
    """Declare the signal and give the incident's id."""
    assert run("signal", "declare", "SIG-000001") == 0
    return incidents(capsys)[0]["id"]


def test_person_declares_a_signal_nobody_recognised_with_the_plan_that_fits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("signal", "declare", "SIG-000001", "--playbook", "phished-mailbox") == 0
    assert [each["playbook"] for each in incidents(capsys)] == ["phished-mailbox"]


def test_dismissed_signal_stays_kept_and_is_not_declared_later(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("signal", "dismiss", "SIG-000001", "--reason", "A test of the new scanner.") == 0
    assert run("signal", "declare", "SIG-000001") == 1
    assert "already answered" in capsys.readouterr().err
    assert incidents(capsys) == []


def test_other_plan_is_taken_up_with_its_difference(capsys: pytest.CaptureFixture[str]) -> None:
    incident = declared(capsys)
    assert run("respond", incident, "--playbook", "exposed-storage", "--reason", "It is a bucket.") == 1
    said = capsys.readouterr().out
    assert "what was done stays done" in said
    assert "the response starts as soon as `tocsin up` runs" in said
    assert incidents(capsys)[0]["playbook"] == "exposed-storage"


def test_unknown_plan_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    incident = declared(capsys)
    assert run("respond", incident, "--playbook", "exposed-storag", "--reason", "why") == 1
    said = capsys.readouterr().err
    assert "There is no playbook called 'exposed-storag'." in said
    assert "Did you mean exposed-storage?" in said
    assert incidents(capsys)[0]["playbook"] == "personal-data-breach"


def test_added_step_is_part_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    incident = declared(capsys)
    arguments = (incident, "step.yaml", "--after", "record", "--reason", "They saw it first.")
    assert run("incident", "add-step", *arguments) == 0
    assert "added workflow.call_branch" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call_branch: {type: action}", "call_branch.name: Field required"),
        ("{}", "The file has 0 steps."),
        ("a: [", "step.yaml:2"),
    ],
)
def test_step_that_is_none_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    incident = declared(capsys)
    (tmp_path / "step.yaml").write_text(text)
    arguments = (incident, "step.yaml", "--after", "record", "--reason", "why")
    assert run("incident", "add-step", *arguments) == 1
    assert said in capsys.readouterr().err
