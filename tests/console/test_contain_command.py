"""`tocsin contain` from a shell: what stands, what ran out, undoing, accepting, and the connectors."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from models.action import Containment
from models.database import Store
from models.home import init_home
from models.settings import Settings
from response.containing.state_before import keep_state
from response.incidents import locked_incident
from tests.response.conftest import declare

AGO = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home with one act done by hand that ran out, and one that was only planned."""
    settings = Settings(home=tmp_path / "home")
    init_home(settings)
    store = Store(settings)
    incident_id = declare(store)
    with store.work() as unit:
        kept = keep_state(unit, locked_incident(unit.session, incident_id), b"port 7 was up", "lead-1")
        common: dict[str, Any] = {"incident_id": incident_id, "connector": "by-hand", "capability": "contain"}
        record = {"by": "lead-1", "at": "", "holds": True, "evidence": kept.evidence}
        plan = {"reversible": True}
        unit.session.add_all(
            [
                Containment(
                    id=f"{incident_id}/done", target="router-1", plan=plan, status="executed", planned_at=AGO,
                    executed_at=AGO, expires_at=AGO + timedelta(days=7), before={"recorded": kept.sha256},
                    by_hand=record, **common,
                ),
                Containment(id=f"{incident_id}/thought", target="router-2", plan=plan, planned_at=AGO, **common),
            ]
        )  # fmt: skip
    store.engine.dispose()
    monkeypatch.setenv("TOCSIN_HOME", str(settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    return settings.home


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["contain", *arguments])
    return int(ended.value.code or 0)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[str, bool]]:
    capsys.readouterr()
    assert run("list", *arguments, "--json") == 0
    return {each["id"]: (each["status"], each["expired"]) for each in json.loads(capsys.readouterr().out)}


def test_what_stands_is_listed_until_it_is_undone_by_hand(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done, because = "INC-2026-0001/done", ("--as", "lead-1", "--reason", "it is over")
    assert listed(capsys, "--open") == {done: ("executed", True)}
    assert run("list") == 0
    assert "expired" in capsys.readouterr().out
    assert run("revert", done, *because) == 1
    assert "--by-hand" in capsys.readouterr().err
    assert run("revert", done, "--by-hand", *because) == 0
    assert listed(capsys) == {done: ("reverted", False), "INC-2026-0001/thought": ("planned", False)}


def test_what_stands_is_listed_until_it_is_accepted_with_a_reason(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = "INC-2026-0001/done"
    assert run("accept", done, "--as", "lead-1", "--reason", " ") == 1
    assert run("accept", done, "--as", "legal-1", "--reason", "it shall stand") == 1
    assert run("accept", done, "--as", "lead-1", "--reason", "it shall stand") == 0
    assert listed(capsys, "--open") == {}


def test_connectors_and_their_schema_are_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("connectors", "--json") == 0
    kinds = {each["kind"] for each in json.loads(capsys.readouterr().out)}
    assert kinds == {"http", "ssh", "ldap", "sql", "openc2", "webhook", "manual"}
    assert run("schema") == 0
    assert len(json.loads(capsys.readouterr().out)["anyOf"]) == 8


def test_wrong_connector_file_of_the_home_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "connectors").mkdir()
    (home / "connectors" / "mine.yaml").write_text("connector: mine\nkind: smoke\n")
    assert run("connectors") == 1
    assert "mine.yaml:2" in capsys.readouterr().err
