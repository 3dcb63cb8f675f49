"""`tocsin enquiry` from a shell: recorded, listed without its words, opened only for those who may, answered once."""

import json
from pathlib import Path

import pytest

from models.home import open_home
from models.settings import Settings
from tests.support.shell import run
from tests.support.steps import declared

WORDS = "Why was I told so late? 为什么这么晚？"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    assert run("init") == 0
    declared(open_home(Settings(home=tmp_path / "home")))
    return tmp_path / "home"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text(WORDS, encoding="utf-8")
    return path


def staff(home: Path, role: str) -> str:
    from response.staff import staff_with_role

    with open_home(Settings(home=home)).reading() as session:
        return staff_with_role(session, role)[0].id


def test_enquiry_goes_its_way_from_the_shell(
    home: Path, letter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    officer, care = staff(home, "data_protection_officer"), staff(home, "customer_service")
    record = (
        "enquiry",
        "record",
        "INC-2026-0001",
        "--as",
        care,
        "--text",
        str(letter),
        "--kind",
        "complaint",
    )
    assert run(*record, "--channel", "letter", "--received", "2026-03-03T10:00:00+08:00") == 0
    assert f"INC-2026-0001/Q1 is assigned to {officer}." in capsys.readouterr().out
    assert run("enquiry", "list", "--json") == 0
    shown = capsys.readouterr().out
    (row,) = json.loads(shown)
    assert (row["kind"], row["channel"], row["received_at"][:16]) == (
        "complaint",
        "letter",
        "2026-03-03T02:00",
    )
    assert "late" not in shown
    assert run("enquiry", "list") == run("enquiry", "list", "INC-2026-0001") == 0
    answer = ("enquiry", "answer", "INC-2026-0001/Q1", "--text", str(letter), "--as")
    assert run(*answer, care) == 1
    assert run(*answer, officer) == 0
    assert run(*answer, officer) == 1
    capsys.readouterr()
    assert run("enquiry", "show", "INC-2026-0001/Q1", "--as", officer) == 0
    assert capsys.readouterr().out.count(WORDS) == 2


def test_enquiry_that_can_not_be_read_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    care = staff(home, "customer_service")
    assert run("enquiry", "record", "INC-2026-0001", "--as", care, "--text", str(tmp_path / "none")) == 1
    assert "can't be read" in capsys.readouterr().err
    assert run("enquiry", "show", "INC-2026-0001/Q1", "--as", care) == 1
    assert "There is no enquiry" in capsys.readouterr().err
