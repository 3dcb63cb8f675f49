"""One contract, held by every kind of connector against a real server: plan, act once, check, undo, expire."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel import select

from models.action import Containment
from models.clock import VirtualClock
from models.database import Store
from models.errors import RefusedError
from models.evidence import Evidence
from models.home import init_home
from models.incident import Incident
from models.ledger import LedgerEntry
from models.settings import Settings
from response import by_hand
from response.connectors.rehearsal import make_server
from response.containing import containment, containment_once
from response.containing.containments import accept, has_expired, list_containments, revert
from response.containing.hand_book import acting
from response.containing.state_before import open_state
from response.deadlines import watch
from tests.conftest import THREE_AM
from tests.support import act_servers, slapd, ssh_machine
from tests.support.act_servers import serving
from tests.support.steps import declared, step

KINDS = (
    "http", "rehearsed", "ssh", "ssh_dated", "openldap", "openldap_password", "openldap_groups",
    "active_directory", "sql_account", "sql_grants", "openc2", "webhook", "manual",
)  # fmt: skip


@dataclass
class Stage:
    """A system to act on: how the plan names it, how it stands, what was changed, and how somebody else undoes it."""

    connector: str
    capability: str
    target: str
    stands: Callable[[], Any]  # the whole state, read past the connector
    changes: Callable[[], Any]  # differs after every change, also after one that changes nothing
    undo_outside: Callable[[], object]
    drill: bool = False
    by_hand: bool = False
    incident: Incident = field(init=False)
    store: Store = field(init=False)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Make two homes to copy, one with an incident and one with a drill."""
    made = {drill: tmp_path_factory.mktemp("home") / "home" for drill in (False, True)}
    for drill, home in made.items():
        init_home(Settings(home=home))
        store = Store(Settings(home=home), VirtualClock(THREE_AM))
        declared(store, drill=drill)
        store.engine.dispose()
    return made


@pytest.fixture
def store(request: pytest.FixtureRequest, homes: dict[bool, Path], tmp_path: Path) -> Iterator[Store]:
    """Open a home on SQLite: our records are the same on both databases, here the systems acted on differ."""
    drill = request.node.callspec.params["stage"] == "rehearsed"
    shutil.copytree(homes[drill], tmp_path / "home")
    opened = Store(Settings(home=tmp_path / "home"), VirtualClock(THREE_AM))
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slapd.Directory]:
    if slapd.program() is None:
        pytest.skip("slapd is not installed on this machine")
    with slapd.running(tmp_path_factory.mktemp("slapd")) as server:
        yield server


@pytest.fixture
def stage(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with ExitStack() as stack:
        made: Stage = _STAGES[request.param](request, store, monkeypatch, stack)
        with store.reading() as session:
            incident = session.exec(select(Incident)).one()
        made.store, made.incident = store, incident
        yield made


def _set(monkeypatch: pytest.MonkeyPatch, connector: str, **given: str) -> None:
    for what, value in given.items():
        monkeypatch.setenv(f"TOCSIN_CONNECTOR_{connector.upper().replace('-', '_')}_{what}", value)


def _rehearsal(store: Store, stack: ExitStack) -> httpx.Client:
    server = make_server(store.settings.home, 0)
    store.settings.rehearsal_containment_port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join)
    stack.callback(server.shutdown)
    address = f"http://127.0.0.1:{server.server_port}"
    return stack.enter_context(
        httpx.Client(base_url=address, headers={"Authorization": "Bearer x"}, verify=False)
    )


def _http(_request: Any, store: Store, _monkeypatch: Any, stack: ExitStack) -> Stage:
    client = _rehearsal(store, stack)
    place = "/storage/buckets/exports-7/public-access-block"
    return Stage(
        "storage-access",
        "block_public_access",
        "exports-7",
        lambda: (client.get(place).status_code, client.get(place).text),
        lambda: client.get("/acts").text,
        lambda: client.delete(place),
    )


def _rehearsed(_request: Any, store: Store, _monkeypatch: Any, stack: ExitStack) -> Stage:
    client = _rehearsal(store, stack)
    place = "/systems/okta/suspend_account/00ub0oNGTSWTBKOLGLNR"
    return Stage(
        "okta",
        "suspend_account",
        "00ub0oNGTSWTBKOLGLNR",
        lambda: client.get(place).json(),
        lambda: client.get("/acts").text,
        lambda: client.put(place, json={"held": False}),
        drill=True,
    )


def _ssh_of(account: str) -> Callable[..., Stage]:
    def make(request: Any, store: Store, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> Stage:
        folder = request.getfixturevalue("tmp_path") / "machine"
        folder.mkdir()
        machine = stack.enter_context(ssh_machine.running(folder))
        _set(monkeypatch, "linux-accounts", URL=machine.url, HOST_KEY=machine.host_key, KEY=machine.user_key)
        file = folder / "accounts" / account
        return Stage(
            "linux-accounts",
            "suspend_account",
            account,
            lambda: machine.expires(account),
            machine.changes,
            lambda: file.write_text("never\n"),
        )

    return make


def _ldap_of(connector: str, capability: str, account: str, attribute: str) -> Callable[..., Stage]:
    found = f"(uid={account})"
    groups = ("(cn=tellers)", "(cn=approvers)", "(cn=auditors)")

    def make(request: Any, store: Store, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> Stage:
        directory: slapd.Directory = request.getfixturevalue("directory")
        _set(
            monkeypatch,
            connector,
            URL=directory.url,
            BASE=slapd.SUFFIX,
            USER=slapd.ADMIN,
            PASSWORD=slapd.PASSWORD,
        )
        whole = lambda: [directory.entry(each) for each in (found, *groups)]  # noqa: E731
        dn, before = directory.entry(found)["entryDN"][0], directory.entry(found).get(attribute, [])
        members = {each: directory.entry(each)["member"] for each in groups}

        def put_back() -> None:
            directory.change(dn, attribute, before) if attribute else None
            for each, names in members.items():
                directory.change(f"{each[1:-1]},{slapd.SUFFIX}", "member", names)

        stack.callback(put_back)
        noise = {"entryCSN", "modifyTimestamp", "modifiersName"}
        return Stage(
            connector,
            capability,
            account,
            lambda: [{k: v for k, v in entry.items() if k not in noise} for entry in whole()],
            lambda: [entry["entryCSN"] for entry in whole()],
            put_back,
        )

    return make


def _sql_of(capability: str, target: str) -> Callable[..., Stage]:
    def make(request: Any, store: Store, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> Stage:
        url = request.getfixturevalue("fresh_database")
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        for statement in _TABLES:
            connection.execute(statement)
        stack.callback(connection.execute, 'drop owned by "app-reader"; drop role "app-reader"')
        _set(monkeypatch, "postgresql", URL=url)
        return Stage(
            "postgresql",
            capability,
            target,
            lambda: connection.execute(_STANDS).fetchall(),
            lambda: connection.execute(_CHANGES).fetchall(),
            lambda: [connection.execute(each) for each in _UNDONE],
        )

    return make


_TABLES = (
    'create role "app-reader" login',
    "create table customer (id int)",
    'grant select, update on customer to "app-reader"',
    'grant insert on customer to "app-reader" with grant option',
)
_UNDONE = ('alter role "app-reader" login', 'grant select on customer to "app-reader"')
_STANDS = """select rolcanlogin::text from pg_roles where rolname = 'app-reader' union all
select * from (select concat(privilege_type, is_grantable) from information_schema.role_table_grants
where grantee = 'app-reader' order by 1) as grants"""
_CHANGES = """select xmin::text from pg_authid where rolname = 'app-reader' union all
select xmin::text from pg_class where relname = 'customer'"""


def _openc2(_request: Any, store: Store, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> Stage:
    consumer = act_servers.Openc2Filter()
    _set(monkeypatch, "packet-filter", URL=stack.enter_context(serving(consumer.answer)), TOKEN="t0ken")
    network = "203.0.113.0/24"
    return Stage(
        "packet-filter",
        "block_address",
        network,
        lambda: set(consumer.denied),
        lambda: list(consumer.changes),
        lambda: consumer.denied.discard(network),
    )


def _webhook(_request: Any, store: Store, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> Stage:
    program = act_servers.OwnProgram("between-us")
    _set(monkeypatch, "own-program", URL=stack.enter_context(serving(program.answer)), SECRET="between-us")
    return Stage(
        "own-program",
        "contain",
        "vault/7",
        lambda: program.states.get("vault/7", "open"),
        lambda: list(program.changes),
        lambda: program.states.pop("vault/7"),
    )


def _manual(_request: Any, store: Store, _monkeypatch: Any, _stack: ExitStack) -> Stage:
    return Stage(
        "by-hand", "contain", "branch-router", lambda: None, lambda: None, lambda: None, by_hand=True
    )


_STAGES: dict[str, Callable[..., Stage]] = {
    "http": _http,
    "rehearsed": _rehearsed,
    "ssh": _ssh_of("teller"),
    "ssh_dated": _ssh_of("temp"),
    "openldap": _ldap_of("openldap", "suspend_account", "m.okafor", "pwdAccountLockedTime"),
    "openldap_password": _ldap_of("openldap", "force_password_change", "m.okafor", "pwdReset"),
    "openldap_groups": _ldap_of("openldap", "remove_from_groups", "m.okafor", ""),
    "active_directory": _ldap_of("active-directory", "suspend_account", "w.lin", "userAccountControl"),
    "sql_account": _sql_of("lock_account", "app-reader"),
    "sql_grants": _sql_of("revoke_grants", "app-reader@public.customer"),
    "openc2": _openc2,
    "webhook": _webhook,
    "manual": _manual,
}
ALL = pytest.mark.parametrize("stage", KINDS, indirect=True)
BY_PROGRAM = pytest.mark.parametrize("stage", [kind for kind in KINDS if kind != "manual"], indirect=True)


def planned(stage: Stage, key: str = "contain_plan", target: str | None = None) -> str:
    given = {
        "connector": stage.connector,
        "capability": stage.capability,
        "target": target or stage.target,
    }
    with stage.store.work() as unit:
        outcome = containment.plan(unit, step(stage.store, stage.incident, key, given))
    return str(outcome.values["containment"])


def execute(stage: Stage) -> None:
    """Carry out the plan; where a person is asked, be that person."""
    context = step(stage.store, stage.incident, "contain_execute", {"plan": "contain_plan"})
    outcome = containment.execute(context)
    assert (outcome.question is not None) == (stage.by_hand and row_of(stage).status == "executing")
    if outcome.question is not None:
        with stage.store.work() as unit:
            by_hand.record_done(unit, context, b"before: port 7 was up\nholds: true\n", "resp-1")


def verify(stage: Stage) -> bool:
    outcome = containment.verify(
        step(stage.store, stage.incident, "contain_verify", {"plan": "contain_plan"})
    )
    return bool(outcome.values["contained"])


def undo(stage: Stage) -> None:
    key = f"{stage.incident.id}/contain_plan"
    if stage.by_hand:
        by_hand.revert_by_hand(stage.store, key, "lead-1", "it was a mistake")
    else:
        revert(stage.store, key, "lead-1", "it was a mistake")


def row_of(stage: Stage) -> Containment:
    with stage.store.reading() as session:
        row = session.get(Containment, f"{stage.incident.id}/contain_plan")
    assert row is not None
    return row


@ALL
def test_plan_is_pure_and_says_what_it_would_do(stage: Stage) -> None:
    before, changes = stage.stands(), stage.changes()
    planned(stage)
    row = row_of(stage)
    assert (stage.stands(), stage.changes()) == (before, changes)
    assert row.plan["calls"]
    assert all(stage.target.partition("@")[0] in row.plan["effect"][language] for language in ("en", "zh"))
    assert row.before is None


@ALL
def test_execute_twice_is_once(stage: Stage) -> None:
    planned(stage)
    execute(stage)
    stands, changes = stage.stands(), stage.changes()
    execute(stage)
    assert (stage.stands(), stage.changes()) == (stands, changes)
    assert row_of(stage).status == "executed"


@BY_PROGRAM
def test_verify_tells_the_truth(stage: Stage) -> None:
    planned(stage)
    assert (
        acting(stage.store, row_of(stage), stage.incident).verify(stage.capability, stage.target).holds
        is False
    )
    execute(stage)
    assert verify(stage) is True
    stage.undo_outside()
    assert verify(stage) is False
    assert row_of(stage).status == "executed"


@BY_PROGRAM
@pytest.mark.parametrize("moment", ["before the act", "after the act"])
def test_killed_between_act_and_record_nothing_is_done_twice(
    stage: Stage, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stage.stands()
    planned(stage)
    stage.store.engine.dispose()
    assert _killed(stage, moment) == -signal.SIGKILL
    acted, changes = stage.stands(), stage.changes()
    assert (acted == before) is (moment == "before the act")
    assert row_of(stage).status == "executing"
    execute(stage)
    row = row_of(stage)
    assert (row.status, verify(stage)) == ("executed", True)
    assert (stage.changes() == changes) is (moment == "after the act")
    undo(stage)
    assert stage.stands() == before


def _killed(stage: Stage, moment: str) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    real = containment_once.acting

    def dying(*given: Any) -> Any:
        system = real(*given)
        act = system.execute

        def execute_and_die(*given: Any) -> None:
            if moment == "after the act":
                act(*given)
            os.kill(os.getpid(), signal.SIGKILL)

        system.execute = execute_and_die
        return system

    containment_once.acting = dying
    try:
        execute(stage)
    finally:
        os._exit(0)


@ALL
def test_revert_restores_exactly_what_stood_before(stage: Stage) -> None:
    before = stage.stands()
    planned(stage)
    execute(stage)
    assert stage.stands() != before or stage.by_hand
    undo(stage)
    assert stage.stands() == before
    undo(stage)
    assert (stage.stands(), row_of(stage).status) == (before, "reverted")


@BY_PROGRAM
def test_what_stood_already_stays_when_the_act_is_undone(stage: Stage) -> None:
    planned(stage)
    execute(stage)
    stands = stage.stands()
    with stage.store.work() as unit:
        row = unit.session.get(Containment, f"{stage.incident.id}/contain_plan")
        row.id, row.status = f"{stage.incident.id}/other", "accepted"
        unit.session.add(row)
    planned(stage)
    execute(stage)
    undo(stage)
    assert stage.stands() == stands


@ALL
def test_state_before_is_sealed_evidence_with_its_digest_in_the_ledger(stage: Stage) -> None:
    planned(stage)
    execute(stage)
    with stage.store.reading() as session:
        kept = session.exec(select(Evidence)).one()
        entries = session.exec(select(LedgerEntry).where(LedgerEntry.tag == "evidence:collected")).all()
    assert len(entries) == 1
    assert open_state(stage.store, kept.id) not in kept.sealed
    assert row_of(stage).before is not None


@ALL
def test_protected_target_is_refused(stage: Stage) -> None:
    path = stage.store.settings.home / "organisation.yaml"
    named = stage.target.partition("@")[0]
    asset = f"assets:\n  - {{id: {named}, kind: x, protected: true}}\n"
    path.write_text(path.read_text("utf-8").replace("assets:", asset, 1), "utf-8")
    with pytest.raises(RefusedError, match="protected"):
        planned(stage)


@ALL
def test_more_open_acts_than_allowed_are_refused(stage: Stage) -> None:
    planned(stage)
    execute(stage)
    path = stage.store.settings.home / "organisation.yaml"
    path.write_text(path.read_text("utf-8").replace("most_open_acts: 10", "most_open_acts: 1"), "utf-8")
    with pytest.raises(RefusedError, match="1 acts"):
        planned(stage, key="contain_undo")


@BY_PROGRAM
def test_act_that_would_touch_too_many_is_not_done(stage: Stage) -> None:
    planned(stage)
    with stage.store.work() as unit:
        row = unit.session.get(Containment, f"{stage.incident.id}/contain_plan")
        row.plan = {**row.plan, "most_touched": -1}
        unit.session.add(row)
    before = stage.stands()
    with pytest.raises(RefusedError, match="would touch"):
        execute(stage)
    assert (stage.stands(), row_of(stage).status) == (before, "failed")


@ALL
def test_expired_containment_is_flagged_once_and_listed_until_it_is_settled(stage: Stage) -> None:
    clock: Any = stage.store.clock
    planned(stage)
    execute(stage)
    row = row_of(stage)
    clock.advance((row.expires_at or clock()) - clock() + timedelta(seconds=1))
    drill = stage.incident.id if stage.drill else None
    flagged = (row.id,) if row.expires_at else ()
    assert (watch(stage.store, drill).expired, watch(stage.store, drill).expired) == (flagged, ())
    assert has_expired(row_of(stage), clock()) is (row.expires_at is not None)
    with stage.store.reading() as session:
        assert [each.id for each in list_containments(session, only_open=True)] == [row.id]
    accept(stage.store, row.id, "lead-1", "it shall stand")
    assert has_expired(row_of(stage), clock()) is False
