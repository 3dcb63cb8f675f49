"""Containment against a real HTTP endpoint: planned, done once whatever dies, checked, limited, undone."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.action import Containment
from models.clock import VirtualClock
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, UnavailableError
from models.evidence import Evidence
from models.incident import Incident, IncidentKey
from models.ledger import LedgerEntry
from response.connectors.definition import find_definition, read_definition, shipped
from response.connectors.http import HttpConnector
from response.connectors.opening import connector
from response.connectors.parts import Definition
from response.connectors.rehearsal import make_server
from response.containing import containment, containment_once
from response.containing.containments import accept, list_containments, revert
from tests.support.steps import declared, step

BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
BEFORE = {**BLOCKED, "RestrictPublicBuckets": False}
ADDRESS = "/storage/buckets/exports-7/public-access-block"


@pytest.fixture
def systems(store: Store) -> Iterator[httpx.Client]:
    server = make_server(store.settings.home, 0)
    store.settings.rehearsal_containment_port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.server_port}", headers={"Authorization": "Bearer x"}, verify=False
    ) as client:
        yield client
    server.shutdown()
    thread.join()
    server.server_close()


def planned(store: Store, incident: Incident, **other: str) -> str:
    given = {
        "connector": "storage-access",
        "capability": "block_public_access",
        "target": "exports-7",
        **other,
    }
    with store.work() as unit:
        return str(containment.plan(unit, step(store, incident, "contain_plan", given)).values["containment"])


def execute(store: Store, incident: Incident) -> None:
    containment.execute(step(store, incident, "contain_execute", {"plan": "contain_plan"}))


def verify(store: Store, incident: Incident) -> bool:
    outcome = containment.verify(step(store, incident, "contain_verify", {"plan": "contain_plan"}))
    return bool(outcome.values["contained"])


def row_of(store: Store, containment_id: str) -> Containment:
    with store.reading() as session:
        return session.get(Containment, containment_id)


def tags(store: Store) -> list[str]:
    with store.reading() as session:
        entries = session.exec(select(LedgerEntry).order_by(LedgerEntry.seq))
        return [entry.tag for entry in entries if entry.tag.startswith(("containment:", "evidence:"))]


def test_plan_says_exactly_what_it_would_do_and_touches_nothing(store: Store, systems: httpx.Client) -> None:
    row = row_of(store, planned(store, declared(store)))
    body = json.dumps({"PublicAccessBlockConfiguration": BLOCKED}, sort_keys=True)
    assert row.plan["calls"] == [f"PUT {ADDRESS} {body}"]
    assert "exports-7" in row.plan["undo"]["en"]
    assert row.expires_at == store.clock() + timedelta(days=30)
    assert systems.get("/acts").json() == {}


def test_bucket_is_closed_checked_and_opened_again(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    systems.put(ADDRESS, json={"PublicAccessBlockConfiguration": BEFORE})
    key = planned(store, incident)
    execute(store, incident)
    assert verify(store, incident) is True
    assert systems.get(ADDRESS).json()["PublicAccessBlockConfiguration"] == BLOCKED
    row = revert(store, key, by="lead-1", reason="the owner closed it for good")
    assert (row.status, row.reason) == ("reverted", "the owner closed it for good")
    assert systems.get(ADDRESS).json()["PublicAccessBlockConfiguration"] == BEFORE
    assert tags(store) == [
        "containment:planned",
        "containment:claimed",
        "evidence:collected",
        "containment:executed",
        "containment:verified",
        "containment:reverted",
    ]


def test_block_that_was_absent_is_taken_off_again(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(store, incident)
    execute(store, incident)
    assert row_of(store, key).before == {"absent": True}
    revert(store, key, by="lead-1", reason="false alarm")
    assert systems.get(ADDRESS).status_code == 404


def test_state_before_is_sealed_evidence(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    systems.put(ADDRESS, json={"PublicAccessBlockConfiguration": BEFORE})
    planned(store, incident)
    execute(store, incident)
    with store.reading() as session:
        kept = session.exec(select(Evidence)).one()
        sealer = store.sealer(incident.id, session.get(IncidentKey, incident.id).wrapped)
    assert (
        json.loads(sealer.open(kept.sealed, f"evidence/{kept.id}"))["PublicAccessBlockConfiguration"]
        == BEFORE
    )


@pytest.mark.parametrize("moment", ["before the state is kept", "before the act", "after the act"])
def test_killed_at_any_moment_it_acts_once_and_keeps_the_true_state_before(
    store: Store, systems: httpx.Client, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    incident = declared(store)
    systems.put(ADDRESS, json={"PublicAccessBlockConfiguration": BEFORE})
    key = planned(store, incident)
    store.engine.dispose()
    died = _killed_in_child(lambda: execute(store, incident), moment)
    assert died == -signal.SIGKILL
    execute(store, incident)
    row = row_of(store, key)
    assert (row.status, row.before) == ("executed", {"/PublicAccessBlockConfiguration": BEFORE})
    assert systems.get("/acts").json()[f"{key}/execute"]["applied"] == 1
    assert tags(store).count("containment:executed") == 1


def _killed_in_child(act: Callable[[], None], moment: str) -> int:
    child = os.fork()
    if child == 0:
        real = HttpConnector.execute

        def die(*_given: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        def act_then_die(*given: object) -> None:
            real(*given)
            die()

        if moment == "before the state is kept":
            containment_once._keep_state = die
        HttpConnector.execute = act_then_die if moment == "after the act" else die
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_executing_again_does_nothing(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(store, incident)
    execute(store, incident)
    execute(store, incident)
    assert systems.get("/acts").json()[f"{key}/execute"] == {"calls": 1, "applied": 1}


def test_act_that_does_not_hold_is_said(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(store, incident)
    execute(store, incident)
    systems.delete(ADDRESS)
    systems.put(ADDRESS, json={"PublicAccessBlockConfiguration": BEFORE})
    assert verify(store, incident) is False
    assert row_of(store, key).status == "executed"


def test_protected_system_is_refused(store: Store, systems: httpx.Client) -> None:
    with pytest.raises(RefusedError, match="protected"):
        planned(store, declared(store), target="payments-core")


def test_more_open_acts_than_allowed_are_refused(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    planned(store, incident)
    execute(store, incident)
    path = store.settings.home / "organisation.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("most_open_acts: 10", "most_open_acts: 1"), encoding="utf-8"
    )
    given = {"connector": "storage-access", "capability": "block_public_access", "target": "exports-8"}
    with pytest.raises(RefusedError, match="1 acts"), store.work() as unit:
        containment.plan(unit, step(store, incident, "contain_undo", given))


def test_act_that_touches_too_many_is_refused_before_it_is_done(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(
        store, incident, connector="session-revocation", capability="revoke_sessions", target="svc-export"
    )
    with store.work() as unit:
        row = unit.session.get(Containment, key)
        row.plan = {**row.plan, "most_touched": 2}
        unit.session.add(row)
    with pytest.raises(RefusedError, match="touch 3"):
        execute(store, incident)
    assert systems.get("/acts").json() == {}
    assert row_of(store, key).status == "failed"


def test_irreversible_act_is_accepted_not_undone(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(
        store, incident, connector="session-revocation", capability="revoke_sessions", target="svc-export"
    )
    execute(store, incident)
    assert verify(store, incident) is True
    with pytest.raises(RefusedError, match="undone"):
        revert(store, key, by="lead-1", reason="a mistake")
    with store.reading() as session:
        assert [row.id for row in list_containments(session, incident.id, only_open=True)] == [key]
    assert accept(store, key, by="lead-1", reason="people signed in again").accepted_by == "lead-1"
    with store.reading() as session:
        assert list_containments(session, incident.id, only_open=True) == []


def test_system_that_is_away_leaves_the_claim_and_succeeds_later(store: Store, systems: httpx.Client) -> None:
    incident = declared(store)
    key = planned(store, incident)
    port = store.settings.rehearsal_containment_port
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # taken, but nobody listens
        store.settings.rehearsal_containment_port = silent.getsockname()[1]
        with pytest.raises(UnavailableError, match="does not answer"):
            execute(store, incident)
    assert row_of(store, key).status == "executing"
    store.settings.rehearsal_containment_port = port
    execute(store, incident)
    assert row_of(store, key).status == "executed"


def test_system_that_says_no_fails_with_its_answer(
    store: Store, systems: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "TOCSIN_CONNECTOR_STORAGE_ACCESS_URL", f"{systems.base_url}/nowhere".replace("//no", "/no")
    )
    monkeypatch.setenv("TOCSIN_CONNECTOR_STORAGE_ACCESS_TOKEN", "t0ken")
    incident = declared(store)
    key = planned(store, incident)
    with pytest.raises(RefusedError, match="answered 404"):
        execute(store, incident)
    assert row_of(store, key).status == "failed"


def test_drill_never_leaves_the_rehearsal_systems(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CONNECTOR_STORAGE_ACCESS_URL", "https://storage.bank.example")
    monkeypatch.setenv("TOCSIN_CONNECTOR_STORAGE_ACCESS_TOKEN", "t0ken")
    assert connector(store.settings, "storage-access", drill=False).address == "https://storage.bank.example"
    assert connector(store.settings, "storage-access", drill=True).address.startswith("http://127.0.0.1:")


def test_home_that_tells_real_people_contains_nothing_by_rehearsal(
    store: Store, systems: httpx.Client
) -> None:
    store.settings.smtp_url = SecretStr("smtp://relay.bank.example")
    with pytest.raises(RefusedError, match="nothing real would be contained"):
        planned(store, declared(store))
    assert planned(store, declared(store, drill=True))


def test_act_that_another_incident_relies_on_is_undone_last(
    store: Store, systems: httpx.Client, clock: VirtualClock
) -> None:
    first, second = declared(store), declared(store, drill=True)
    for incident in (first, second):
        planned(store, incident)
        execute(store, incident)
        clock.advance(timedelta(minutes=1))
    earlier, later = f"{first.id}/contain_plan", f"{second.id}/contain_plan"
    with pytest.raises(RefusedError, match=f"{later} relies on"):
        revert(store, earlier, by="lead-1", reason="it is over")
    revert(store, later, by="lead-1", reason="it is over")
    assert systems.get(ADDRESS).json()["PublicAccessBlockConfiguration"] == BLOCKED
    revert(store, earlier, by="lead-1", reason="it is over")
    assert systems.get(ADDRESS).status_code == 404


def test_real_address_without_token_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CONNECTOR_STORAGE_ACCESS_URL", "https://storage.bank.example")
    with pytest.raises(UnavailableError, match="no token"):
        connector(store.settings, "storage-access", drill=False)


def test_wrong_target_connector_and_capability_are_refused(store: Store) -> None:
    incident = declared(store)
    with pytest.raises(InvalidInputError, match="can't be acted on"):
        planned(store, incident, target="../../admin")
    with pytest.raises(NotFoundError, match="no connector"):
        planned(store, incident, connector="../storage-access")
    with pytest.raises(NotFoundError, match="can't 'melt'"):
        planned(store, incident, capability="melt")


def test_organisation_can_bring_its_own_connector(store: Store) -> None:
    own = store.settings.home / "connectors" / "api-key.yaml"
    own.parent.mkdir()
    own.write_text(OWN, encoding="utf-8")
    assert find_definition("api-key", store.settings.home).base_url == "https://keys.bank.example/v1"


def test_definition_without_undo_or_reason_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="undo"):
        read_definition(OWN.replace("    irreversible: {en: No., zh: 不可。}\n", ""), "own.yaml")


@pytest.mark.parametrize("name", shipped())
def test_shipped_connectors_load(store: Store, name: str) -> None:
    assert isinstance(find_definition(name, store.settings.home), Definition)


def test_rehearsal_program_says_when_it_is_ready_and_keeps_its_state(store: Store) -> None:
    command = [
        sys.executable,
        "-m",
        "response.connectors.rehearsal",
        "--home",
        str(store.settings.home),
        "--port",
        "0",
    ]
    for expected in (404, 200):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            address = program.stdout.readline().removeprefix("ready ").strip()
            with httpx.Client(
                base_url=address, headers={"Authorization": "Bearer x"}, verify=False
            ) as client:
                assert client.get(ADDRESS).status_code == expected
                assert (
                    client.put(ADDRESS, json={"PublicAccessBlockConfiguration": BLOCKED}).status_code == 200
                )
            program.terminate()
            assert program.wait(120) == 0


OWN = """
connector: api-key
name: {en: Our keys, zh: 本行密钥}
source: our own gateway
base_url: https://keys.bank.example/v1
target: {pattern: "^[a-z]+$", what: {en: a key, zh: 密钥}}
capabilities:
  disable_key:
    name: {en: Off, zh: 停用}
    effect: {en: Off., zh: 停用。}
    irreversible: {en: No., zh: 不可。}
    read_state: {method: GET, path: "/k/{target}", expect: [200]}
    keep: [/on]
    execute: {method: POST, path: "/k/{target}/off", expect: [200]}
    verify: [{method: GET, path: "/k/{target}", expect: [200], checks: [{pointer: /on, equals: false}]}]
"""
