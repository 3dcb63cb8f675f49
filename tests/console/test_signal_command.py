"""`tocsin signal`: a mailbox is fetched, what waits is listed, read and answered; the doctor opens the mailbox."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli.main import main
from console.doctor import examine
from models.home import init_home
from models.settings import Settings
from response.organisation import sample_text
from tests.response.test_signal_mail import finding, mail

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the sample bank, and a maildir that its settings name."""
    home, box = tmp_path / "home", tmp_path / "box"
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    monkeypatch.setenv("TOCSIN_STAFF", "resp-1")
    monkeypatch.setenv("TOCSIN_SIGNAL_MAILBOX", f"maildir:{box}")
    (box / "new").mkdir(parents=True)
    init_home(Settings(home=home))
    (home / "organisation.yaml").write_text(sample_text(), encoding="utf-8")
    return box


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call a command and give its exit code and all it said."""

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return call


@pytest.fixture
def fetched(box: Path, run: Run) -> Path:
    """Fetch a scanner's finding and what somebody wrote."""
    home = box.parent / "home"
    assert run("staff", "import", str(home / "organisation.yaml"))[0] == 0
    (box / "new" / "1").write_bytes(finding().as_bytes())
    (box / "new" / "2").write_bytes(mail("ann@mail.example", "I see others' balances.").as_bytes())
    code, said = run("signal", "fetch", "--json")
    assert code == 0
    assert json.loads(said) == {
        "mails": {"taken": 2},
        "signals": ["SIG-000001", "SIG-000002"],
        "incidents": [f"INC-{declared_year(run)}-0001"],
    }
    return box


def declared_year(run: Run) -> str:
    return str(json.loads(run("incident", "list", "--json")[1])[0]["id"]).split("-")[1]


def test_fetch_takes_each_mail_once(fetched: Path, run: Run) -> None:
    assert run("signal", "fetch") == (0, "Mails: none that is new.\nSignals: none. Incidents: none.\n")
    assert len(list((fetched / "cur").iterdir())) == 2


def test_what_waits_is_listed_read_and_declared(fetched: Path, run: Run) -> None:
    waiting = json.loads(run("signal", "list", "--waiting", "--json")[1])
    assert [(each["id"], each["told_by"]) for each in waiting] == [("SIG-000002", "unknown")]
    code, said = run("signal", "show", "SIG-000002")
    assert (code, said.splitlines()[-1]) == (0, "I see others' balances.")
    assert "told by: unknown" in said
    assert run("signal", "declare", "SIG-000002")[0] == 0
    assert json.loads(run("signal", "list", "--waiting", "--json")[1]) == []


def test_dismissed_signal_is_listed_with_its_period_and_not_erased_before_it_is_over(
    fetched: Path, run: Run
) -> None:
    assert run("signal", "dismiss", "SIG-000002", "--reason", "A test account.")[0] == 0
    (kept,) = json.loads(run("signal", "retention", "--json")[1])
    assert (kept["signal"], kept["due"], kept["rule"]) == ("SIG-000002", False, "house-dismissed-signals")
    assert "SIG-000002" in run("signal", "retention")[1]
    assert run("signal", "erase", "--as", "dpo-1")[0] == 2
    assert run("signal", "erase", "--as", "dpo-1", "--yes") == (
        0,
        "Erased: none; no period is over. The record stays.\n",
    )


def test_what_is_no_incident_is_dismissed(fetched: Path, run: Run) -> None:
    assert run("signal", "dismiss", "SIG-000002", "--reason", "A test account.") == (
        0,
        "SIG-000002 is set aside.\n",
    )
    assert run("signal", "declare", "SIG-000002")[0] == 1


def test_fetch_without_a_mailbox_says_what_to_set(
    box: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOCSIN_SIGNAL_MAILBOX")
    code, said = run("signal", "fetch")
    assert (code, "TOCSIN_SIGNAL_MAILBOX" in said) == (2, True)


def test_doctor_opens_the_mailbox_or_says_why_not(box: Path) -> None:
    home = box.parent / "home"

    def found(address: str) -> tuple[bool, str]:
        settings = Settings(home=home, signal_mailbox=address)
        return next((c.well, c.finding) for c in examine(settings) if c.what == "signal mailbox")

    assert found(f"maildir:{box}") == (True, "opens")
    assert found("maildir:/nowhere") == (False, "/nowhere The mailbox is no maildir.")
    assert found("pop3://host")[0] is False
