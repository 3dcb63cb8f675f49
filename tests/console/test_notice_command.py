"""`tocsin notice`: from the plan to the letters, as a person at a terminal meets it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from models.clock import system_clock
from models.database import Store
from models.home import init_home
from models.settings import Settings, load_settings
from notifications.channels.rehearsal.servers import running
from notifications.import_people import import_people
from tests.support.ports import spare_port
from tests.support.steps import assessed

INC, FIRST = "INC-2026-0001", "INC-2026-0001/N1"
PROTECTION = {
    "provider": "Northern Watch Inc.",
    "services": ["identity_protection"],
    "months": 12,
    "phone": "1-800-555-0100",
}
PEOPLE = """id,name,email,place,language
K1,Ann,ann@mail.example,DE,en
K2,Ben,ben@bounce.example,US-CA,en
K3,Cho,,US-CA,en
"""


@pytest.fixture(params=["lately"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home with an incident and three people: one who can be told, one whose address is dead, one without.

    It was learned of an hour ago, or, as `long ago`, when every limit has passed.
    """
    ago = timedelta(hours=1) if request.param == "lately" else timedelta(days=90)
    at = (system_clock() - ago).isoformat()
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("TOCSIN_HOME", str(settings.home))
    init_home(settings)
    store = Store(settings, system_clock)
    incident = assessed(
        store,
        data={"categories": ["name", "social_security"], "identifiability": "maximum"},
        **dict.fromkeys(("occurred_at", "detected_at", "aware_at", "determined_at"), at),
        people={"total": 3, "relations": ["customer"], "by_place": {"DE": 1, "US-CA": 2}},
        regimes={"us_states": {"identity_protection": PROTECTION}},  # California has it offered
    )
    assert incident.id == INC
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    import_people(store, incident.id, people)
    with running(settings.home) as servers:
        monkeypatch.setenv("TOCSIN_REHEARSAL_SMTP_PORT", str(servers.smtp_port))
        monkeypatch.setenv("TOCSIN_REHEARSAL_HTTP_PORT", str(servers.http_port))
        assert load_settings().rehearsal_smtp_port == servers.smtp_port
        yield settings.home


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["notice", *arguments])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return run


def test_notice_goes_from_its_plan_to_the_last_letter(
    home: Path, run: Callable[..., tuple[int, str]]
) -> None:
    def shown(*arguments: str) -> dict[str, Any]:
        status, text = run(*arguments, "--json")
        assert status == 0, text
        return dict(json.loads(text))

    assert shown("plan", INC)["people"] == {"email": 2, "none": 1}
    assert "At this rate (email 10/s assumed) the last message leaves at" in run("plan", INC)[1]
    assert run("prepare", INC, "--as", "comms-1")[0] == 0
    assert shown("lint", FIRST)["findings"] == []
    assert run("approve", FIRST, "--as", "comms-1")[0] == 1  # who asked for it
    assert [run("approve", FIRST, "--as", who)[0] for who in ("dpo-1", "exec-1")] == [0, 0]
    assert shown("progress", FIRST)["forecast_at_approval"]["people"] == {"email": 2, "sms": 0}
    assert run("send", FIRST)[0] == 0
    assert shown("progress", FIRST)["status"] == "done"
    laws = {each["rule"]: each for each in shown("balance", INC)["laws"]}
    assert (laws["us-ca-breach"]["people"], laws["us-ca-breach"]["unreached"]) == (2, 2)
    assert [duty["rule"] for duty in shown("substitute", INC)["duties"] if duty["met"]] == ["us-ca-breach"]
    assert shown("post", INC, "--as", "comms-1")["people"] == 2
    assert run("posted", INC, "--as", "comms-1") == (0, "2 people count as told by letter.\n")
    assert run("returned", INC, "--person", "3", "--as", "care-1")[0] == 0
    assert shown("balance", INC)["counts"]["sent"] == 2
    texts = shown("substitute", INC, "--draft", "--as", "comms-1")["texts"]
    assert [Path(path).name for path in texts] == ["us-en.txt", "us-en.html"]
    assert run("published", INC, "--rule", "us-ca-breach", "--where", "home page", "--as", "legal-1")[0] == 0


def test_send_says_what_is_wrong_and_ends_where_the_provider_does_not_answer(
    home: Path, run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("prepare", INC, "--as", "comms-1")[0] == 0
    assert [run("approve", FIRST, "--as", who)[0] for who in ("dpo-1", "exec-1")] == [0, 0]
    monkeypatch.setenv("TOCSIN_REHEARSAL_SMTP_PORT", str(spare_port()))
    status, text = run("send", FIRST)
    assert (status, "relay does not answer" in text) == (1, True)


@pytest.mark.parametrize("home", ["long ago"], indirect=True)
def test_plan_that_comes_too_late_ends_with_status_one(
    home: Path, run: Callable[..., tuple[int, str]]
) -> None:
    status, text = run("plan", INC)
    assert (status, "TOO LATE for" in text) == (1, True)


def test_receipts_need_a_mailbox(home: Path, run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    status, text = run("receipts")
    assert (status, "TOCSIN_BOUNCE_MAILBOX" in text) == (1, True)
    (tmp_path / "box" / "new").mkdir(parents=True)
    status, text = run("receipts", "--mailbox", f"maildir:{tmp_path / 'box'}")
    assert (status, text) == (0, "Bounce mailbox: no new mail. Campaigns that went on: none.\n")
