"""`tocsin up`: run everything in the foreground until told to stop."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from console.supervisor import running
from models.settings import Settings

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(settings: Settings, say: Callable[[str], None]) -> None:
    """Start everything, say where it is, and stay until SIGINT, SIGTERM or the terminal's end.

    Raises:
        RefusedError: it already runs in this home.
        UnavailableError: a port is taken or a part does not start.
    """
    with _until_told(), running(settings, say):
        say(f"Tocsin runs in {settings.home.resolve()} (process {os.getpid()}).")
        say(f"  signals go to   http://{settings.bind}:{settings.intake_port}")
        say(f"  the engine is   http://127.0.0.1:{settings.prefect_port} ")
        say("                  (log in as tocsin:PASSWORD, from keys/engine.password)")
        say("Ctrl-C stops it; nothing is lost, and the next start goes on where this one ended.")
        threading.Event().wait()
    say("Stopped.")


class _Told(BaseException):
    """Someone asked us to stop."""


@contextlib.contextmanager
def _until_told() -> Iterator[None]:
    """Leave the block at the first signal, also while starting; more signals don't cut the stopping short."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise _Told

    before = {number: signal.signal(number, leave) for number in STOPPING}
    try:
        with contextlib.suppress(_Told):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
