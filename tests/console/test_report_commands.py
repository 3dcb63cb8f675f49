"""`tocsin report` and `tocsin action` from a shell: each kind and format, and what is refused."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.console.test_record_commands import home
from tests.support.shell import run

__all__ = ("home",)
INC = "INC-2026-0001"


@pytest.mark.usefixtures("home")
def test_report_is_written_under_a_name_of_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", INC, "--format", "docx", "--lang", "zh") == 0
    assert run("report", INC, "--kind", "lessons") == 0
    assert run("report", INC, "--format", "veris") == 0
    assert run("report", INC, "--kind", "accountability", "--as", "exec-1") == 0
    assert {path.name for path in tmp_path.glob("INC-*")} == {
        f"{INC}.zh.docx",
        f"{INC}.lessons.en.html",
        f"{INC}.veris.json",
        f"{INC}.accountability.en.html",
    }
    assert zipfile.ZipFile(tmp_path / f"{INC}.zh.docx").testzip() is None
    told = json.loads((tmp_path / f"{INC}.veris.json").read_text("utf-8"))
    assert (told["incident_id"], told["action"]) == (INC, {"unknown": {}})


@pytest.mark.usefixtures("home")
def test_report_is_in_the_language_that_is_set_where_none_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_LANGUAGE", "zh")
    period = ("--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z")
    assert run("report", INC) == run("portfolio", *period) == run("report", INC, "--lang", "en") == 0
    written = {path.name: '<html lang="zh' in path.read_text("utf-8") for path in tmp_path.glob("*.html")}
    assert written == {f"{INC}.zh.html": True, "portfolio.zh.html": True, f"{INC}.en.html": False}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("INC-1999-0001", "--format", "docx"), "There is no incident INC-1999-0001."),
        (("INC-1999-0001", "--format", "veris"), "There is no incident INC-1999-0001."),
        ((INC, "--kind", "accountability"), "say who you are"),
        ((INC, "--kind", "accountability", "--as", "lead-1"), "lead-1 may not do this"),
    ],
)
def test_report_that_may_not_be_is_refused_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_STAFF", raising=False)
    assert run("report", *arguments) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.glob("INC-*")) == []


@pytest.mark.usefixtures("home")
def test_action_goes_from_added_to_verified_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    add = ("action", "add", INC, "--title", "Scan storage daily", "--due", "2099-01-01", "--as", "lead-1")
    assert run(*add, "--owner", "care-1", "--kind", "preventive") == 0
    action = f"{INC}/A1"
    assert run("action", "assign", action, "--to", "legal-1", "--due", "2099-02-01", "--as", "dpo-1") == 0
    assert run("action", "done", action, "--evidence", "change 4711", "--as", "care-1") == 1
    assert "is legal-1's, not care-1's" in capsys.readouterr().err
    assert run("action", "done", action, "--evidence", "change 4711", "--as", "legal-1") == 0
    assert run("action", "verify", action, "--finding", "Seen at work.", "--as", "lead-1") == 0
    capsys.readouterr()
    assert run("action", "list", INC, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["status"], told["owner"], told["verified_by"], told["overdue"]) == (
        "verified", "legal-1", "lead-1", False,
    )  # fmt: skip
    assert run("action", "reopen", action, "--reason", "One account is left out.", "--as", "dpo-1") == 0
    assert run("action", "list", "--overdue") == 0
    assert capsys.readouterr().out.endswith("Actions: nothing.\n")
