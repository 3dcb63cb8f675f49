"""The link in a call: looking changes nothing, answering works once, and the page names what will happen."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from console.intake import create_app
from models.call import Call
from models.clock import VirtualClock
from models.database import Store
from models.decision import Answer, Decision
from response import actions, leases
from response.answer_links import confirmed_at
from response.calling.call_sending import digest_of
from response.calling.calls import check_contacts
from response.context import StepOutcome
from response.decisions import answer
from response.steps import run_step
from tests.response.conftest import declare


@pytest.fixture
def asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bring the small plan to its approval; gives the question's id."""
    incident_id = declare(store)
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    leases.take(store, incident_id, "runner")
    run_step(store, incident_id, "assess", "runner")
    run_step(store, incident_id, "look", "runner")
    answer(store, f"{incident_id}/look", "lead-1", "answer", document=b"{cause: a key on a wiki}")
    run_step(store, incident_id, "agree", "runner")
    return f"{incident_id}/agree"


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def client(store: Store, clock: VirtualClock, woken: list[str]) -> Iterator[TestClient]:
    app = create_app(store.settings, lambda _settings, incident_id: woken.append(incident_id), clock)
    with TestClient(app) as client:
        yield client
    app.state.store.engine.dispose()


def link(store: Store, about: str, who: str) -> str:
    """Give the path of a link as the message to one person carries it."""
    token = secrets.token_urlsafe(32)
    with store.work() as unit:
        call = unit.session.exec(select(Call).where(Call.about == about, Call.staff_id == who)).first()
        call.token_digest = digest_of(token)
    return f"/answer/{token}"


def answers(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        rows = session.exec(select(Answer).where(Answer.verdict != "answer"))
        return sorted((row.staff_id, row.verdict) for row in rows)


def test_page_names_the_question_and_what_follows_and_changes_nothing(
    client: TestClient, store: Store, asked: str
) -> None:
    path = link(store, asked, "legal-1")
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        for words in ("Shall we?", "A report goes out.", "The authority.", "It can&#39;t be undone."):
            assert words in page.text
    assert "是否同意？" in client.get(path, headers={"accept-language": "zh-CN"}).text
    assert answers(store) == []
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["referrer-policy"] == "no-referrer"


def test_two_people_approve_by_their_links_and_the_response_is_woken(
    client: TestClient, store: Store, asked: str, woken: list[str]
) -> None:
    for who in ("legal-1", "dpo-1"):
        page = client.post(link(store, asked, who), data={"verdict": "approve"})
        assert "Your approval is recorded." in page.text
    with store.reading() as session:
        assert session.get_one(Decision, asked).status == "approved"
    assert woken == ["INC-2026-0001", "INC-2026-0001"]


def test_link_works_once(client: TestClient, store: Store, asked: str) -> None:
    path = link(store, asked, "legal-1")
    client.post(path, data={"verdict": "approve"})
    again = client.post(path, data={"verdict": "refuse", "reason": "no"})
    assert (again.status_code, answers(store)) == (409, [("legal-1", "approve")])
    assert "This link was used already." in client.get(path).text


def test_refusal_without_a_reason_leaves_the_link_good(client: TestClient, store: Store, asked: str) -> None:
    path = link(store, asked, "legal-1")
    refused = client.post(path, data={"verdict": "refuse"})
    assert (refused.status_code, "A refusal needs its reason." in refused.text) == (409, True)
    assert "已记录" in client.post(path, data={"verdict": "refuse", "reason": "too early", "lang": "zh"}).text
    assert answers(store) == [("legal-1", "refuse")]


@pytest.mark.parametrize("path", ["/answer/unknown", "/answer/" + "x" * 5000, "/answer/%00"])
def test_unknown_link_says_so(client: TestClient, asked: str, path: str) -> None:
    page = client.get(path)
    assert (page.status_code, "This link is not known." in page.text) == (410, True)


def test_link_grows_too_old(client: TestClient, store: Store, asked: str, clock: VirtualClock) -> None:
    path = link(store, asked, "legal-1")
    clock.advance(timedelta(hours=73))
    assert client.post(path, data={"verdict": "approve"}).status_code == 409
    assert answers(store) == []


def test_nonsense_is_no_answer(client: TestClient, store: Store, asked: str) -> None:
    path = link(store, asked, "legal-1")
    for body in (b"", b"\xff" * 100, b"verdict=answer", b"verdict=approve&" * 5000):
        assert client.post(path, content=body).status_code == 409
    assert answers(store) == []


def test_check_of_the_contact_tree_is_confirmed_by_link(client: TestClient, store: Store, asked: str) -> None:
    with store.work() as unit:
        assert check_contacts(unit, "lead-1", "incident_lead") == 5
    path = link(store, "contact-tree", "care-1")
    assert "Nothing has happened." in client.get(path).text
    assert "calls reach you" in client.post(path).text
    with store.reading() as session:
        assert list(confirmed_at(session)) == ["care-1"]
