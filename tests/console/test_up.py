"""`tocsin up`: clear refusals, children that are kept up and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.children import Child, ChildPlan
from console.engine import Engine
from console.home_lock import locked_home
from console.launch import start_response, wake
from console.parts import parts_of, ports_of
from console.ports import Port, check_free
from console.surroundings import engine_address, engine_environment, tocsin_environment
from models.errors import RefusedError, UnavailableError
from models.home import init_home, open_home
from models.settings import Settings
from tests.support.engine import until
from tests.support.ports import spare_port
from tests.support.stage import declare_staged

HOLDER = """
import pathlib, sys, time
from console.home_lock import locked_home
with locked_home(pathlib.Path(sys.argv[1])):
    print(1, flush=True)
    time.sleep(600)
"""
SLEEP = ("-c", "import time; time.sleep(600)")


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", prefect_port=spare_port())
    init_home(settings)
    return settings


@pytest.fixture
def child(tmp_path: Path) -> Child:
    made = Child(ChildPlan("sleeper", SLEEP, os.environ, grace=2.0), tmp_path)
    yield made
    made.ask_to_end()
    made.end()


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def refuse_to_wait(seconds: float) -> None:
    raise AssertionError(f"waited for {seconds} s where nobody answers")


def test_port_that_is_taken_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(UnavailableError) as refusal:
            check_free([Port("127.0.0.1", number, "TOCSIN_INTAKE_PORT", "intake")])
    assert str(refusal.value) == (
        f"TOCSIN_INTAKE_PORT: Port {number} on 127.0.0.1, wanted for the intake, is taken by another program. "
        "Choose another with TOCSIN_INTAKE_PORT=<port>, or end the program that listens there."
    )


def test_port_given_twice_is_named_with_both_settings() -> None:
    number = spare_port()
    with pytest.raises(UnavailableError, match=r"TOCSIN_B: .* is also set as TOCSIN_A"):
        check_free([Port("127.0.0.1", number, "TOCSIN_A", "a"), Port("127.0.0.1", number, "TOCSIN_B", "b")])


def test_ports_are_free_by_default_and_all_different(home: Settings) -> None:
    ports = ports_of(home, parts_of(home))
    assert len({port.number for port in ports}) == len(ports) == 5


def test_rehearsal_endpoints_stand_in_only_for_what_is_not_configured() -> None:
    real = Settings(smtp_url="smtp://relay.example", twilio_account_sid="AC1")
    always = ["server", "worker", "warm", "intake", "containment"]
    assert [part.name for part in parts_of(real)] == [*always, "receiving"]
    assert "rehearsal" in [part.name for part in parts_of(Settings(smtp_url="smtp://relay.example"))]


def test_second_up_in_a_home_is_refused_with_the_first_one_s_process(home: Settings) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home.home)], stdout=subprocess.PIPE)
    holder.stdout.readline()
    running = f"already runs in this home, as process {holder.pid}"
    with pytest.raises(RefusedError, match=running), locked_home(home.home):
        pass
    holder.kill()
    holder.wait()
    with locked_home(home.home):
        assert (home.home / "up.lock").read_text() == f"{os.getpid()}\n"


def test_child_that_dies_is_started_again_with_growing_pauses(child: Child) -> None:
    child.start()
    pauses = []
    for _ in range(3):
        child.process.kill()
        child.process.wait()
        assert not child.keep_up()
        pauses.append(child.pause)
        child.not_before = time.monotonic()  # the pause is over
        child.started -= 0.001
        assert child.keep_up()
    assert (pauses, child.starts, alive(child.pid)) == ([1.0, 2.0, 4.0], 4, True)


def test_child_that_does_not_listen_is_killed_past_its_grace(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    child = Child(ChildPlan("deaf", ("-c", deaf), os.environ, grace=0.2), tmp_path)
    child.start()
    until(lambda: child.log.read_text() == "1\n", 20)
    child.ask_to_end()
    child.end()
    assert child.process.returncode == -signal.SIGKILL


def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys, time\nfrom console.children import Child, ChildPlan\n"
        "child = Child(ChildPlan('s', ('-c', 'print(1, flush=True); import time; time.sleep(600)'), os.environ),"
        " pathlib.Path(sys.argv[1]))\n"
        "child.start()\nprint(child.pid, flush=True)\ntime.sleep(600)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    orphan = int(supervisor.stdout.readline())
    until(lambda: (tmp_path / "s.log").read_text() == "1\n", 20)
    supervisor.kill()
    supervisor.wait()
    until(lambda: not alive(orphan), 10, "the child to end")


def test_engine_s_password_is_made_once_and_kept_private(home: Settings) -> None:
    first = engine_address(home)
    assert engine_address(home) == first
    assert (home.keys / "engine.password").stat().st_mode & 0o077 == 0


def test_environment_of_children_carries_settings_and_tells_nobody_outside(home: Settings) -> None:
    environment = engine_environment(home)
    assert environment["TOCSIN_HOME"] == str(home.home.resolve())
    assert environment["TOCSIN_PREFECT_PORT"] == str(home.prefect_port)
    assert (environment["PREFECT_SERVER_ANALYTICS_ENABLED"], environment["DO_NOT_TRACK"]) == ("false", "1")
    assert environment["PREFECT_SERVER_UI_V2_ENABLED"] == "false"
    assert "PREFECT_API_AUTH_STRING" not in tocsin_environment(home)


def test_launch_says_no_at_once_when_the_engine_is_away_and_keeps_the_incident(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", refuse_to_wait)
    store = open_home(home)
    incident_id = declare_staged(store, "INC-2026-0001")
    assert (start_response(home, incident_id), wake(home, incident_id)) == (False, False)
    with Engine(home) as engine, pytest.raises(UnavailableError, match="Run `tocsin up`"):
        engine.deployments()
    store.engine.dispose()
