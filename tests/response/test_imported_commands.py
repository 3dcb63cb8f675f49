"""Commands of imported plans: only where an operator named place and kind, once, with values that stay values."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from models.action import Containment
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.settings import Settings
from response.connectors.commands_definition import CacaoCommand, read_commands
from response.containing import containment
from tests.support import act_servers, ssh_machine
from tests.support.act_servers import serving
from tests.support.steps import declared, step

PLACE = """
connector: edge-box
kind: commands
name: {en: The box at the edge, zh: 边界设备}
source: our own
target: {pattern: "^edge-box$", what: {en: the box, zh: 设备}}
allows: [KINDS]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def incident(store: Store) -> Incident:
    return declared(store)


def allow(store: Store, *kinds: str) -> None:
    folder = store.settings.home / "connectors"
    folder.mkdir(exist_ok=True)
    (folder / "edge-box.yaml").write_text(PLACE.replace("KINDS", ", ".join(kinds)), "utf-8")


def planned(store: Store, incident: Incident, *commands: dict[str, Any], **values: str) -> Containment:
    given = {
        "connector": "edge-box",
        "capability": "run",
        "target": "edge-box",
        "commands": json.dumps(commands),
        "values": [f"{name}={value}" for name, value in values.items()],
    }
    with store.work() as unit:
        key = containment.plan(unit, step(store, incident, "contain_plan", given)).values["containment"]
    return row_of(store, key)


def row_of(store: Store, key: str) -> Containment:
    with store.reading() as session:
        row = session.get(Containment, key)
    assert row is not None
    return row


def execute(store: Store, incident: Incident) -> None:
    containment.execute(step(store, incident, "contain_execute", {"plan": "contain_plan"}))


def test_commands_run_nowhere_that_no_operator_named(store: Store, incident: Incident) -> None:
    with pytest.raises(NotFoundError, match="no connector"):
        planned(store, incident, {"type": "ssh", "command": "halt"})


def test_kind_of_command_that_is_not_allowed_is_refused(store: Store, incident: Incident) -> None:
    allow(store, "http-api")
    with pytest.raises(RefusedError, match="runs no ssh commands"):
        planned(store, incident, {"type": "ssh", "command": "halt"})


def test_bash_is_off_until_an_operator_allows_it(
    store: Store, incident: Incident, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    allow(store, "bash")
    monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_URL", "bash://here")
    monkeypatch.setenv("TOCSIN_ORGANISATION_KEY", "a secret of ours")
    row = planned(
        store, incident, {"type": "bash", "command": f'echo "$TOCSIN_ORGANISATION_KEY" > {tmp_path}/said'}
    )
    with pytest.raises(RefusedError, match="not run on this machine"):
        execute(store, incident)
    assert not (tmp_path / "said").exists()
    with store.work() as unit:
        row = unit.session.get(Containment, row.id)
        row.before, row.status = None, "planned"
        unit.session.add(row)
    store.settings.allow_bash = True
    execute(store, incident)
    assert (tmp_path / "said").read_text() == "\n"


def test_ssh_command_runs_on_the_machine(
    store: Store, incident: Incident, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    allow(store, "ssh")
    (tmp_path / "machine").mkdir()
    with ssh_machine.running(tmp_path / "machine") as machine:
        for what, value in {
            "URL": machine.url,
            "HOST_KEY": machine.host_key,
            "KEY": machine.user_key,
        }.items():
            monkeypatch.setenv(f"TOCSIN_CONNECTOR_EDGE_BOX_{what}", value)
        planned(
            store, incident, {"type": "ssh", "command": "chage --expiredate 0 __who__:value"}, who="teller"
        )
        execute(store, incident)
        assert machine.expires("teller") == "1970-01-01"


def test_openc2_command_is_performed(
    store: Store, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(store, "openc2-http")
    consumer = act_servers.Openc2Filter()
    deny = json.dumps({"action": "deny", "target": {"ipv4_net": "__net__:value"}})
    with serving(consumer.answer) as address:
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_URL", address)
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_TOKEN", "t0ken")
        command = {"type": "openc2-http", "command": "POST /.well-known/openc2 HTTP/1.1", "content": deny}
        planned(store, incident, command, net="203.0.113.0/24")
        execute(store, incident)
    assert consumer.denied == {"203.0.113.0/24"}


def test_request_goes_to_the_operators_address_whatever_the_command_says(
    store: Store, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(store, "http-api")
    seen = list[tuple[str, bytes]]()
    with serving(lambda path, _, body: (seen.append((path, body)), (200, {}))[1]) as address:
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_URL", address)
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_TOKEN", "t0ken")
        planned(
            store,
            incident,
            {"type": "http-api", "command": "POST //elsewhere.example/x HTTP/1.1", "content": "{}"},
        )
        execute(store, incident)
    assert seen == [("/elsewhere.example/x", b"{}")]


def test_command_that_may_have_run_is_never_run_again(
    store: Store, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(store, "http-api")
    seen = list[str]()

    def die_after_it(path: str, _headers: Any, _body: bytes) -> tuple[int, Any]:
        seen.append(path)
        os.kill(child[0], signal.SIGKILL)
        return 200, {}

    child = list[int]()
    with serving(die_after_it) as address:
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_URL", address)
        monkeypatch.setenv("TOCSIN_CONNECTOR_EDGE_BOX_TOKEN", "t0ken")
        row = planned(store, incident, {"type": "http-api", "command": "POST /once HTTP/1.1"})
        store.engine.dispose()
        reading, writing = os.pipe()
        child.append(os.fork())
        if child[0] == 0:
            os.read(reading, 1)  # until the parent knows whom to end
            try:
                execute(store, incident)
            finally:
                os._exit(0)
        os.write(writing, b"!")
        assert os.waitstatus_to_exitcode(os.waitpid(child[0], 0)[1]) == -signal.SIGKILL
        with pytest.raises(RefusedError, match="may have been done"):
            execute(store, incident)
    assert seen == ["/once"]
    assert row_of(store, row.id).status == "executing"


@pytest.mark.parametrize(
    "value", ["x; halt", "$(halt)", "`halt`", "-rf", "a'b", 'a"b', "a b", "a\nb", "", "a&b", "a%0ab"]
)
def test_value_that_could_mean_more_than_itself_is_refused(value: str) -> None:
    with pytest.raises(InvalidInputError, match="no value that can be put"):
        read_commands('[{"type": "ssh", "command": "block __who__:value"}]', {"who": value}, "step")


@pytest.mark.parametrize("text", ["__ip__:value", "$$__ip__$$:value"])
def test_value_is_put_in_for_its_variable(text: str) -> None:
    given = json.dumps([{"type": "ssh", "command": f"block {text}"}])
    found = read_commands(given, {"ip": "203.0.113.7/32"}, "step")
    assert found == (CacaoCommand(type="ssh", command="block 203.0.113.7/32"),)
