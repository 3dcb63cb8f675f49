"""Reading a long ledger with several processes: each takes every n-th block and sends back what it found.

Plain child processes of this interpreter rather than a pool: a pool imports the caller's main module anew,
which a flow, a test or a script may not bear.
"""

import pickle
import subprocess
import sys
from collections.abc import Generator
from typing import IO, Any, NamedTuple

from models.database import make_engine
from models.errors import UnavailableError
from models.ledger_scan import BLOCK, Block, scan_block
from models.signed_note import NoteVerifier


class Task(NamedTuple):
    """What all workers are told: where the ledger is, whose it is and how far it goes."""

    url: str
    origin: str
    public: bytes
    top: int


def scan_in_processes(task: Task, count: int) -> Generator[Block]:
    """Give every block in order, scanned by `count` processes.

    Raises:
        UnavailableError: one of them ended early.
    """
    # The task goes through the pipe, not the command line: the URL may hold a password.
    command = [sys.executable, "-c", "from models.ledger_workers import work; work()"]
    workers = [_start(command, (task, number, count)) for number in range(count)]
    try:
        for turn in range(task.top // BLOCK + 1):
            yield _receive(workers[turn % count].stdout)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def _start(command: list[str], told: tuple[Task, int, int]) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    assert worker.stdin is not None  # noqa: S101 - a pipe was asked for
    pickle.dump(told, worker.stdin)
    worker.stdin.close()
    worker.stdin = None
    return worker


def _receive(pipe: IO[bytes] | None) -> Block:
    try:
        assert pipe is not None  # noqa: S101 - a pipe was asked for
        block: Block = pickle.load(pipe)  # noqa: S301 - from our own child
    except EOFError:
        raise UnavailableError(
            "A process that reads the ledger ended early.", remedy="Look for its words above, then try again."
        ) from None
    return block


def work() -> None:
    """Scan the blocks of one worker: read the task from standard input, write blocks to standard output."""
    told: Any = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    task, number, count = Task(*told[0]), told[1], told[2]
    verifier = NoteVerifier(task.origin, task.public)
    with make_engine(task.url).connect() as connection:
        for start in range(number * BLOCK, task.top + 1, count * BLOCK):
            pickle.dump(scan_block(connection, verifier, start, task.top), sys.stdout.buffer)
            sys.stdout.buffer.flush()
