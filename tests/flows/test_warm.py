"""The warm process: a run started through it looks and ends as one started cold, and is never left behind."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import _parents, until

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform != "linux", reason="the warm process needs Linux"),
]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a warm process; gives the environment of those who may ask it."""
    environment = {
        **os.environ,
        "TOCSIN_WARM_NAME": f"tocsin-test-{uuid.uuid4().hex}",
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
    }
    process = subprocess.Popen([sys.executable, "-m", "flows.warm"], env=environment)
    until(
        lambda: environment["TOCSIN_WARM_NAME"] in Path("/proc/net/unix").read_text(), 60, "the warm process"
    )
    yield {**environment, "WARM_PID": str(process.pid)}
    process.kill()
    process.wait()


def children(pid: int) -> list[int]:
    return [child for child, parent in _parents() if parent == pid]


def ask(environment: dict[str, str], folder: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.execute"],
        env={**environment, **more},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_run_through_the_warm_process_says_and_ends_as_a_cold_one(
    warm: dict[str, str], tmp_path: Path
) -> None:
    wrong = {"PREFECT__FLOW_RUN_ID": "no-run"}
    through = ask(warm, tmp_path, **wrong)
    cold = ask(warm, tmp_path, **wrong, TOCSIN_WARM_NAME="")
    said, cold_said = through.communicate(timeout=240)[0], cold.communicate(timeout=240)[0]
    assert (through.returncode, cold.returncode) == (1, 1)
    assert "Invalid flow run id" in said
    assert "Invalid flow run id" in cold_said


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_run_ends_with_the_process_that_the_worker_knows(
    warm: dict[str, str], tmp_path: Path, sign: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an engine that never answers
        api = f"http://127.0.0.1:{silent.getsockname()[1]}/api"
        asked = ask(warm, tmp_path, PREFECT__FLOW_RUN_ID=str(uuid.uuid4()), PREFECT_API_URL=api)
        until(lambda: children(int(warm["WARM_PID"])), 30, "the run's process")
        asked.send_signal(sign)
        assert asked.wait(240) == -sign
        until(lambda: not children(int(warm["WARM_PID"])), 60, "the run's process to end")


def test_run_starts_cold_where_no_warm_process_answers(warm: dict[str, str], tmp_path: Path) -> None:
    asked = ask(warm, tmp_path, PREFECT__FLOW_RUN_ID="no-run", TOCSIN_WARM_NAME="tocsin-nobody-here")
    assert "Invalid flow run id" in asked.communicate(timeout=240)[0]
