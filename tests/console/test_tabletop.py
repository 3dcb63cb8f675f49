"""An exercise at a table, led from a shell: handed out, taken down with its time, judged, and kept when broken off."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from models.settings import Settings
from playbooks.agenda import agenda
from playbooks.scenario import load_scenario, scenario_text, scenarios


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOCSIN_STAFF", "lead-1")
    assert tocsin("init") == 0
    return Settings(home=tmp_path / "home").home


def tocsin(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def led(monkeypatch: pytest.MonkeyPatch, lines: list[str], *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return tocsin("tabletop", "run", "ransomware-exfiltration", *arguments)


def log(capsys: pytest.CaptureFixture[str], exercise: str) -> Any:
    capsys.readouterr()
    assert tocsin("tabletop", "show", exercise, "--json") == 0
    return json.loads(capsys.readouterr().out)


def the_only(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert tocsin("tabletop", "list", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)
    return dict(row)


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_has_an_agenda_in_its_order(name: str) -> None:
    items = agenda(load_scenario(scenario_text(name), name))
    assert [item.at for item in items] == sorted(item.at for item in items)
    assert all(item.text["en"] and item.text["zh"] for item in items)


def test_exercise_is_handed_out_taken_down_and_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "incident_lead: isolate the hosts",
        "legal: call the police",
        "",
        "communications: no comment",
        "",
        "",
    ]
    assert led(monkeypatch, [*lines, "y", "y", "n", "y"]) == 0
    said = capsys.readouterr().out
    assert "A journalist calls" in said
    assert "3 of 4 expectations met; undecided: Data on a leak site." in said
    shown = log(capsys, the_only(capsys)["id"])
    assert [(e["item"], e["kind"], e["role"], e["words"]) for e in shown["log"]] == [
        (0, "handed_out", "incident_lead", ""),
        (0, "decided", "incident_lead", "isolate the hosts"),
        (0, "decided", "legal", "call the police"),
        (1, "handed_out", "communications", ""),
        (1, "decided", "communications", "no comment"),
        (2, "handed_out", "incident_lead", ""),
    ]


def test_exercise_that_is_broken_off_keeps_what_was_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert led(monkeypatch, ["legal: call Mr Li", "stop"]) == 1
    row = the_only(capsys)
    assert (row["ended_at"], len(log(capsys, row["id"])["log"])) == (None, 2)
    assert b"Mr Li" not in b"".join(path.read_bytes() for path in home.glob("tocsin.db*"))


def test_role_that_has_no_seat_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    led(monkeypatch, ["janitor: sweep", "legal:", "stop"])
    said = capsys.readouterr().out
    assert "Nobody sits at this table as 'janitor'" in said
    assert "A decision needs its words." in said


def test_seats_are_given_by_hand_or_from_the_contact_tree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    led(monkeypatch, ["stop"], "--who", "legal=legal-2")
    assert the_only(capsys)["participants"] == {
        "communications": "comms-1",
        "executive": "exec-1",
        "incident_lead": "lead-1",
        "legal": "legal-2",
    }


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("no-such",), 1, "no scenario"),
        (("open-bucket", "--who", "legal"), 2, "role=staff-id"),
        (("open-bucket", "--who", "legal=nobody"), 1, "Nobody has the staff id"),
        (("open-bucket", "--as", "resp-1"), 1, "may not do this"),
    ],
)
def test_exercise_that_can_t_begin_leaves_nothing(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, said: str
) -> None:
    assert tocsin("tabletop", "run", *arguments) == status
    assert said in capsys.readouterr().err
    assert tocsin("tabletop", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
