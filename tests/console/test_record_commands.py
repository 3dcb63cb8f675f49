"""`tocsin evidence` and `tocsin incident retention | erase` from a shell."""

import json
from pathlib import Path

import pytest

from models.database import Store
from models.settings import Settings
from tests.response.conftest import declare
from tests.support.shell import run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home with one open incident and people who may act."""
    from models.home import init_home

    settings = Settings(home=tmp_path / "home")
    init_home(settings)
    store = Store(settings)
    declare(store)
    store.engine.dispose()
    monkeypatch.setenv("TOCSIN_HOME", str(settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    return settings.home


def test_evidence_goes_from_hand_to_hand(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "access.log"
    file.write_text("one line")
    item = "INC-2026-0001/E1"
    because = ("--reason", "For analysis")
    assert run("evidence", "add", "INC-2026-0001", str(file), "--as", "lead-1", "--kind", "log") == 0
    assert run("evidence", "transfer", item, "--to", "forensics-ag", "--as", "lead-1", *because) == 0
    assert run("evidence", "export", item, "--out", str(tmp_path), "--as", "legal-1", *because) == 1
    assert "File exists" in capsys.readouterr().err
    assert run("evidence", "hold", "INC-2026-0001", "--item", item, "--as", "legal-1", *because) == 0
    assert run("evidence", "release", "INC-2026-0001/H1", "--as", "legal-1", *because) == 0
    capsys.readouterr()
    assert run("evidence", "list", "INC-2026-0001", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (kept,), (hold,) = told["evidence"], told["holds"]
    assert (kept["file"], kept["size"], kept["holder"]) == ("access.log", 8, "forensics-ag")
    assert [move["taker"] for move in kept["custody"]] == ["forensics-ag"]
    assert (hold["placed_by"], hold["released_by"]) == ("legal-1", "legal-1")
    assert run("evidence", "list", "INC-2026-0001") == 0
    assert "forensics-ag" in capsys.readouterr().out


def test_evidence_of_an_unknown_kind_or_name_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.bin"
    file.write_text("x")
    add = ("evidence", "add", "INC-2026-0001", str(file), "--as", "lead-1")
    assert run(*add, "--kind", "rumour") == 1
    assert run(*add, "--name", "../x.bin") == 1
    assert "without folders" in capsys.readouterr().err
    assert run("evidence", "list", "INC-2026-0001") == 0
    assert "Evidence: nothing." in capsys.readouterr().out


def test_erasing_needs_a_yes_and_a_closed_incident(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase = ("incident", "erase", "INC-2026-0001", "--as", "dpo-1", "--reason", "Period over")
    assert run(*erase) == 2
    assert run(*erase, "--yes") == 1
    assert "is open" in capsys.readouterr().err
    assert run("incident", "retention", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["incident"], told["erase_from"], told["due"], told["erased_at"]) == (
        "INC-2026-0001",
        None,
        False,
        None,
    )
