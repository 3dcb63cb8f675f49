"""`tocsin drill` from a shell: scenarios, one run in a fenced child on an empty home, its score and its history."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from console.founding import found_home
from models.settings import Settings
from playbooks.scenario import scenario_text

REPORTS = ("en.html", "en.pdf", "zh.html", "zh.pdf")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def drill(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["drill", *arguments])
    return int(ended.value.code or 0)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert drill(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


HELD = """schema: tocsin/outside-exercise/1
kind: outside_tabletop
title: Breach at a vendor, talked through
led_by: example-consulting
plan: vendor-breach
began_at: 2026-03-03T09:00:00+01:00
ended_at: 2026-03-03T12:00:00+01:00
participants: {incident_lead: [lead-1], legal: [legal-1, legal-2]}
findings:
  - {what: Nobody knew the number, owner: resp-1, due_on: 2199-04-30}
"""


def test_exercise_of_others_is_recorded_listed_given_back_and_withdrawn(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found_home(Settings(home=home))
    held, minutes = tmp_path / "held.yaml", tmp_path / "minutes.pdf"
    held.write_text(HELD, encoding="utf-8")
    minutes.write_bytes(b"minutes")
    done = asked(capsys, "record", str(held), "--evidence", str(minutes), "--as", "lead-1")
    assert done["actions"] == [f"{done['id']}/A1"]
    assert [each["sha256"] for each in asked(capsys, "recorded")] == [done["sha256"]]
    out = tmp_path / "out"
    out.mkdir()
    assert drill("evidence", done["id"], "--as", "lead-1", "--out", str(out)) == 0
    assert (out / "minutes.pdf").read_bytes() == b"minutes"
    proved = {each["last"]["kind"] for each in asked_last(capsys) if each["last"]}
    assert proved == {"outside_tabletop"}
    assert drill("withdraw", done["id"], "--as", "lead-1", "--reason", "Another year") == 0
    assert not any(each["last"] for each in asked_last(capsys))


def asked_last(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    return asked(capsys, "duties")


def test_list_names_a_scenario_for_each_plan(capsys: pytest.CaptureFixture[str]) -> None:
    listed = asked(capsys, "list")
    assert len(listed) >= 8
    assert len({each["playbook"] for each in listed}) == len(listed)


def test_run_on_an_empty_home_is_scored_and_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = asked(capsys, "run", "payment-card-skimming")
    assert (done["drill"][:4], done["refused_connections"]) == ("DRL-", 0)
    assert done["score"]["clocks"]["good"] == done["score"]["clocks"]["of"] - 1
    # The deputy signed after the plan's twenty minutes, which made one report late; the drill says so.
    told = [{"what": gap["what"], "owner": gap["owner"]} for gap in done["score"]["gaps"]]
    assert told == [
        {"what": "duty cn-nfra-69-initial-2h was not met in time", "owner": "legal"},
        {"what": "question report.approve_initial was not answered within PT20M", "owner": "legal"},
    ]
    assert {Path(name).name for name in done["reports"]} >= {f"incident-report.{each}" for each in REPORTS}
    assert asked(capsys, "score", done["drill"]) == done
    assert [each["status"] for each in asked(capsys, "history")] == ["done"]
    assert drill("resume", done["drill"]) == 1
    assert drill("discard", done["drill"], "--as", "lead-1") == 1
    assert (home / "reports" / done["drill"]).is_dir()
    proved = {each["id"]: (each["state"], each["last"]) for each in asked(capsys, "duties")}
    assert proved["pci-dss-12-10-2"][0] == "met"
    assert proved["pci-dss-12-10-2"][1]["id"] == done["drill"]
    assert proved["us-ny-500-16-d-plans"] == ("no_proof", None)
    period = ("--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z")
    assert drill("proof", *period, "--format", "json", "--out", str(home / "proof.json")) == 0
    told = json.loads((home / "proof.json").read_text())
    assert [each["exercise"]["id"] for each in told["drills"]] == [done["drill"]]


def test_schedule_says_what_was_followed_last_and_is_due_next(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found_home(Settings(home=home))
    told = {each["name"]: each for each in asked(capsys, "schedule")}
    assert set(told) == {"drill", "contacts", "notification-test", "monthly-report"}
    assert {each["last"] for each in told.values()} == {None}
    assert told["drill"]["next"][5:] in {f"{month}-10T02:00:00Z" for month in ("02", "05", "08", "11")}


def test_unknown_scenario_is_refused_before_a_home_is_made(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drill("run", "no-such") == 1
    assert "open-bucket" in capsys.readouterr().err
    assert not home.exists()


def test_check_names_file_and_line_of_a_bad_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(scenario_text("vendor-breach").replace("  approve_cut:", "  no_step:"))
    assert drill("check", str(file)) == 1
    line = file.read_text().splitlines().index("  no_step:") + 1
    assert f"{file}:{line}" in capsys.readouterr().err
