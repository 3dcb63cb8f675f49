"""Running asynchronous work from plain functions."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from models.loopback_only import is_fenced

Result = TypeVar("Result")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    if is_fenced():  # the loop in C connects without Python's hearing of it
        return asyncio.run(work)
    try:
        import uvloop  # noqa: PLC0415 - not on every system: it halves the cost of sending where it is
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end, also where this thread already runs a loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(work)
    results: list[Result] = []
    failures: list[BaseException] = []

    def aside() -> None:
        try:
            results.append(_run(work))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failures.append(error)

    thread = threading.Thread(target=aside)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]
