"""A process that has everything imported and forks a flow process when asked: starting one costs no imports.

Importing Prefect and the plan's actions takes seconds of processor time, at each start and each wake. This process
does it once. `flows.execute`, which the worker starts for a run, asks it over a socket; when it does not answer,
`flows.execute` does the same work itself. Linux only; only this user is answered.

A run's process ends when the process that asked ends, or when this one does: no run is ever left behind.
"""

import ctypes
import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
from typing import Any

import prefect.flow_engine
import prefect.runtime

from flows import contacts, deadlines, delivery, drill, reporting, respond
from flows.execute import SET_PARENT_DEATH_SIGNAL, WARM_NAME, run_engine, same_user

# Imported to be there after a fork, before anything is asked.
READY = (prefect.flow_engine, prefect.runtime, contacts, deadlines, delivery, drill, reporting, respond)
HEADER = struct.Struct("!I")
STATUS = struct.Struct("!i")
ASK_SECONDS = 5.0


def main() -> None:
    """Answer until told to stop."""
    if threading.active_count() > 1:
        sys.exit("An import started a thread, which forking would lose.")
    name = os.environ[WARM_NAME]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind("\0" + name)
    listener.listen(16)
    events = selectors.DefaultSelector()
    events.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in events.select():
            if key.fileobj is listener:
                _answer(listener, events)
            else:
                _tell_end(key, events)


def _answer(listener: socket.socket, events: selectors.BaseSelector) -> None:
    """Fork a process for the one who asks."""
    line, _ = listener.accept()
    line.settimeout(ASK_SECONDS)
    try:
        if not same_user(line):
            line.close()
            return
        header, streams, _, _ = socket.recv_fds(line, HEADER.size, 3)
        asked = json.loads(_exactly(line, HEADER.unpack(header)[0]))
    except (OSError, ValueError, struct.error):
        line.close()
        return
    pid = os.fork()
    if pid == 0:
        events.close()
        listener.close()
        _become(asked, streams, line)
    for stream in streams:
        os.close(stream)
    events.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))


def _become(asked: dict[str, Any], streams: list[int], line: socket.socket) -> None:
    """Take on the streams, folder and environment of who asked, and run the flow; never returns."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    line.settimeout(None)
    line.sendall(STATUS.pack(os.getpid()))
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    run_engine()
    sys.exit(0)


def _end_with(line: socket.socket) -> None:
    """End at once when the process that asked is gone."""
    line.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _tell_end(key: selectors.SelectorKey, events: selectors.BaseSelector) -> None:
    """Tell who asked how the process ended."""
    pid, line = key.data
    events.unregister(key.fileobj)
    os.close(key.fd)
    _, status = os.waitpid(pid, 0)
    with line:
        try:
            line.sendall(STATUS.pack(os.waitstatus_to_exitcode(status)))
        except OSError:
            return


def _exactly(line: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = line.recv(size - len(content))
        if not part:
            raise OSError("the one who asked is gone")
        content += part
    return content


if __name__ == "__main__":
    main()
