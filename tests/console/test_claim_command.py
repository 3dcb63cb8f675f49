"""`tocsin claim` and `tocsin cost` from a shell: registered, decided, paid; recorded, corrected; refused clearly."""

import json
from pathlib import Path

import pytest

from models.home import open_home
from models.settings import Settings
from response.organisation import sample_text
from tests.support.shell import run
from tests.support.steps import declared

WORDS = "The thieves took my savings."
INC = "INC-2026-0001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    assert run("init") == 0
    declared(open_home(Settings(home=tmp_path / "home")))
    (tmp_path / "home" / "organisation.yaml").write_text(sample_text(), encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "letter.txt"
    path.write_text(WORDS, encoding="utf-8")
    return str(path)


def money(amount: str, currency: str = "EUR") -> tuple[str, ...]:
    return ("--amount", amount, "--currency", currency)


def test_claim_goes_its_way_from_the_shell(letter: str, capsys: pytest.CaptureFixture[str]) -> None:
    register = ("claim", "register", INC, "--kind", "financial_loss", "--text", letter, "--as", "care-1")
    assert run(*register, *money("1500"), "--law", "GDPR Art. 82") == 0
    assert f"{INC}/C1 is legal-1's, due " in capsys.readouterr().out
    assign = ("claim", "assign", f"{INC}/C1", "--to", "dpo-1", "--due", "2099-01-31", "--as", "care-1")
    assert run(*assign) == 0
    assert f"{INC}/C1 is dpo-1's, due 2099-02-01 00:00Z." in capsys.readouterr().out
    decide = (
        "claim",
        "decide",
        f"{INC}/C1",
        "--verdict",
        "partly",
        *money("1200.50"),
        "--reason",
        "Half",
        "--as",
    )
    assert (run(*decide, "dpo-1"), run(*decide, "exec-1")) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [
        f"{INC}/C1: noted. It is decided when a second person says the same.",
        f"{INC}/C1 is partly accepted: 1200.50 EUR.",
    ]
    pay = ("claim", "pay", f"{INC}/C1", "--reference", "TX-1", "--as", "care-1")
    assert run(*pay, *money("1300")) == 1
    assert "at most 1200.50 EUR" in capsys.readouterr().err
    assert run(*pay, *money("1200.50")) == 0
    capsys.readouterr()
    assert run("claim", "list", INC, "--json") == 0
    shown = capsys.readouterr().out
    (row,) = json.loads(shown)
    assert (row["amount"], row["accepted"], row["paid"], row["status"]) == (
        "1500.00",
        "1200.50",
        "1200.50",
        "paid",
    )
    assert "savings" not in shown
    assert run("claim", "show", f"{INC}/C1", "--as", "legal-1", "--json") == 0
    opened = json.loads(capsys.readouterr().out)
    assert (opened["text"], opened["payment"], len(opened["verdicts"])) == (WORDS, "TX-1", 2)
    assert run("claim", "show", f"{INC}/C1", "--as", "legal-1") == run("claim", "list") == 0


def test_claim_without_an_amount_is_withdrawn_from_the_shell(
    letter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    register = ("claim", "register", INC, "--kind", "distress", "--text", letter, "--as", "care-1")
    assert run(*register) == 0
    assert run(*register, "--amount", "5") == 2
    assert "An amount needs its currency" in capsys.readouterr().err
    assert run("claim", "withdraw", f"{INC}/C1", "--reason", "Settled", "--as", "care-1") == 0
    assert run("claim", "show", f"{INC}/C2", "--as", "care-1") == 1
    assert "There is no claim" in capsys.readouterr().err


def test_cost_is_recorded_corrected_and_listed_from_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    record = ("cost", "record", INC, "--on", "2026-03-03", "--as", "lead-1")
    hours = ("--category", "hours", "--hours", "7.5", "--department", "security", "--role", "responder")
    services = (
        "--category",
        "forensics",
        "--supplier",
        "forensics-ag",
        "--basis",
        "estimate",
        "--note",
        "Offer 17",
    )
    assert (run(*record, *hours), run(*record, *services, *money("12000", "USD"))) == (0, 0)
    correct = ("cost", "correct", f"{INC}/K2", "--amount", "11500.50", "--basis", "actual", "--as", "lead-1")
    assert (run(*correct), run(*correct)) == (0, 1)
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"{INC}/K1: 712.50 EUR, actual.",
        f"{INC}/K2: 12000.00 USD, estimate.",
        f"{INC}/K3 stands for {INC}/K2: 11500.50 USD, actual.",
    ]
    assert f"Correct {INC}/K3, which stands now." in told.err
    assert run("cost", "list", INC, "--json", "--notes-as", "audit-1") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["totals"] == {"EUR": "712.50", "USD": "11500.50"}
    assert [(row["supplier"], row["note"], row["corrected_by"]) for row in listed["costs"]] == [
        (None, None, None),
        ("forensics-ag", "Offer 17", f"{INC}/K3"),
        ("forensics-ag", None, None),
    ]
    assert run("cost", "list", INC) == 0
    assert "Total: 11500.50 USD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--category", "fines", "--amount", "12,000", "--currency", "EUR"), 1, "is not an amount"),
        (("--category", "fines", "--amount", "1", "--currency", "EURO"), 1, "no currency 'EURO'"),
        (("--category", "hours", "--hours", "2"), 2, "--department and --role"),
        (("--category", "hours", "--hours", "2", "--department", "x", "--role", "y"), 1, "is not known"),
    ],
)
def test_cost_that_is_wrong_is_refused_from_the_shell(
    options: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("cost", "record", INC, "--on", "2026-03-03", "--as", "lead-1", *options) == status
    assert said in capsys.readouterr().err


def test_recovery_is_expected_received_and_listed_from_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    record = ("recovery", "record", INC, "--source", "vendor", "--payer", "cloud-host", "--as", "legal-1")
    assert run(*record, *money("9000", "USD"), "--state", "expected", "--on", "2099-09-30") == 0
    assert f"{INC}/R1: 9000.00 USD, expected." in capsys.readouterr().out
    correct = (
        "recovery",
        "correct",
        f"{INC}/R1",
        "--state",
        "received",
        "--amount",
        "8500",
        "--as",
        "legal-1",
    )
    assert run(*correct, "--on", "2026-03-03", "--note", "Credit note 7") == 0
    assert f"{INC}/R2 stands for {INC}/R1: 8500.00 USD, received." in capsys.readouterr().out
    assert run("recovery", "list", INC, "--json", "--notes-as", "audit-1") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["received"] == {"USD": "8500.00"}
    assert [(row["state"], row["note"], row["corrected_by"]) for row in listed["recoveries"]] == [
        ("expected", None, f"{INC}/R2"),
        ("received", "Credit note 7", None),
    ]
