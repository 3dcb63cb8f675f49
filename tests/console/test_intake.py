"""The intake: signed findings are kept and answered with ids; everything else is refused with one clear message."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from console.intake import REPLAY_SECONDS, SIGNATURE_HEADER, create_app, intake_secret, sign
from models.clock import VirtualClock
from models.database import Store
from models.settings import Settings
from models.signal import Signal
from response.signals.reading import MOST_BYTES
from tests.support.signals import macie


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def client(store: Store, clock: VirtualClock, started: list[str]) -> Iterator[TestClient]:
    app = create_app(store.settings, lambda _settings, incident_id: started.append(incident_id), clock)
    with TestClient(app) as client:
        yield client
    app.state.store.engine.dispose()


def signed(settings: Settings, clock: VirtualClock, body: bytes, late: int = 0) -> dict[str, str]:
    return {SIGNATURE_HEADER: sign(intake_secret(settings), body, int(clock().timestamp()) - late)}


def kept(store: Store) -> list[Signal]:
    with store.reading() as session:
        return list(session.exec(select(Signal)))


def test_signed_finding_is_kept_and_its_response_started(
    client: TestClient, store: Store, clock: VirtualClock, started: list[str]
) -> None:
    answer = client.post("/signals", content=macie(), headers=signed(store.settings, clock, macie()))
    assert answer.status_code == 202
    ids = {"signal": "SIG-000001", "incident": "INC-2026-0001"}
    assert answer.json() == {**ids, "signals": [ids]}
    assert started == ["INC-2026-0001"]


def test_launch_that_fails_does_not_lose_the_signal(store: Store, clock: VirtualClock) -> None:
    def fail(_settings: Settings, _incident_id: str) -> None:
        raise RuntimeError("the engine is away")

    app = create_app(store.settings, fail, clock)
    with TestClient(app) as client:
        answer = client.post("/signals", content=macie(), headers=signed(store.settings, clock, macie()))
    app.state.store.engine.dispose()
    assert (answer.status_code, len(kept(store))) == (202, 1)


@pytest.mark.parametrize("header", ["", "t=1,v1=", "v1=abc", "t=abc,v1=abc", "t=²,v1=abc"])
def test_unsigned_signal_is_refused(client: TestClient, store: Store, header: str) -> None:
    answer = client.post("/signals", content=macie(), headers={SIGNATURE_HEADER: header.encode()})
    assert (answer.status_code, kept(store)) == (401, [])
    assert answer.json()["error"]["what"]


def test_changed_body_is_refused(client: TestClient, store: Store, clock: VirtualClock) -> None:
    answer = client.post("/signals", content=macie(count=2), headers=signed(store.settings, clock, macie()))
    assert (answer.status_code, kept(store)) == (401, [])


@pytest.mark.parametrize("late", [REPLAY_SECONDS + 1, -REPLAY_SECONDS - 1])
def test_signature_outside_the_window_is_refused(
    client: TestClient, store: Store, clock: VirtualClock, late: int
) -> None:
    answer = client.post("/signals", content=macie(), headers=signed(store.settings, clock, macie(), late))
    assert (answer.status_code, kept(store)) == (401, [])


def test_huge_signal_is_refused_unread(client: TestClient, store: Store, clock: VirtualClock) -> None:
    body = b"x" * (MOST_BYTES + 1)
    answer = client.post("/signals", content=body, headers=signed(store.settings, clock, body))
    assert (answer.status_code, kept(store)) == (413, [])


def test_broken_signal_is_refused_with_its_place(
    client: TestClient, store: Store, clock: VirtualClock
) -> None:
    answer = client.post("/signals", content=b'{"id": ', headers=signed(store.settings, clock, b'{"id": '))
    assert (answer.status_code, kept(store)) == (400, [])
    assert answer.json()["error"]["where"] == "line 1, column 7"


def test_health_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
