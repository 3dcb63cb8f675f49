"""What the worker starts for a flow run: Prefect's engine, in a process that ends with the worker.

A run whose worker died goes on in a new process; two at once would only fight for the incident's lease. Where a
warm process waits (`flows.warm`), it is asked to do the work, which saves the imports; else they are done here.
"""

import ctypes
import json
import os
import runpy
import signal
import socket
import struct
import sys

SET_PARENT_DEATH_SIGNAL = 1
WARM_NAME = "TOCSIN_WARM_NAME"
ASK_SECONDS = 5.0
_HEADER = struct.Struct("!I")
_STATUS = struct.Struct("!i")
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of the other end (SO_PEERCRED)


def main() -> None:
    """Run the flow run named in the environment and end with its exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() == 1:
            sys.exit(0)
        line = _ask_warm()
        if line is not None:
            _end_like(_await_end(line))
    run_engine()


def run_engine() -> None:
    """Run Prefect's engine here, as `python -m prefect.engine` does."""
    sys.argv = [sys.argv[0]]
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


def same_user(line: socket.socket) -> bool:
    """Tell whether this user is at the other end: what is handed over includes secrets, and is run."""
    seen = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(seen)[1] == os.getuid())


def _ask_warm() -> socket.socket | None:
    """Hand this process's streams, folder and environment to the warm process; None when there is none."""
    name = os.environ.get(WARM_NAME)
    if not name:
        return None
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(ASK_SECONDS)
    try:
        line.connect("\0" + name)
        if not same_user(line):
            return None
        asked = json.dumps({"environment": dict(os.environ), "folder": str(os.getcwd())}).encode()  # noqa: PTH109
        socket.send_fds(line, [_HEADER.pack(len(asked))], [0, 1, 2])
        line.sendall(asked)
        child = _STATUS.unpack(line.recv(_STATUS.size))[0]
    except (OSError, struct.error):
        line.close()
        return None
    line.settimeout(None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sign, _frame: os.kill(child, sign))
    return line


def _await_end(line: socket.socket) -> int:
    """Wait for the flow's process; gives its exit code, negative for a signal."""
    told = line.recv(_STATUS.size)
    return int(_STATUS.unpack(told)[0]) if len(told) == _STATUS.size else 1


def _end_like(code: int) -> None:
    """End as the flow's process did, so that the worker reports the same."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
