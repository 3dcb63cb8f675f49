"""Reading a long ledger with several processes: each takes every n-th block and sends back what it found.

Plain child processes of this interpreter rather than a pool: a pool imports the caller's main module anew,
which a flow, a test or a script may not bear.
"""

import contextlib
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from typing import IO, Any, NamedTuple

from models.errors import UnavailableError
from models.ledger_scan import BLOCK, Block, scan_block
from models.signed_note import NoteVerifier

# Blocks that the first process reads while the others start.
HEAD_START = 32


class Task(NamedTuple):
    """What all are told: where the ledger is (a file of SQLite, else a server's URL), whose, how far it goes."""

    place: str
    is_file: bool
    origin: str
    public: bytes
    top: int


class Shares(NamedTuple):
    """Who reads which block: the first ones the process that is there already, then each in turn."""

    processes: int
    head_start: int

    def of(self, turn: int) -> int:
        """Give the number of the process that reads block `turn`."""
        return 0 if turn < self.head_start else turn % self.processes


def scan_together(raw: Any, task: Task, count: int) -> Generator[Block]:
    """Give every block in order: this process scans its share over `raw`, `count` - 1 others theirs.

    Raises:
        UnavailableError: one of them ended early.
    """
    # The task goes through the pipe, not the command line: the URL may hold a password.
    command = [sys.executable, "-c", "from models.ledger_workers import work; work()"]
    shares = Shares(count, HEAD_START)
    workers = {number: _start(command, (task, number, shares)) for number in range(1, count)}
    verifier = NoteVerifier(task.origin, task.public)
    try:
        for turn in range(task.top // BLOCK + 1):
            number = shares.of(turn)
            if number:
                yield _receive(workers[number].stdout)
            else:
                yield scan_block(raw, verifier, turn * BLOCK, task.top)
    finally:
        for worker in workers.values():
            worker.kill()
            worker.communicate()


def _start(command: list[str], told: tuple[Task, int, Shares]) -> subprocess.Popen[bytes]:
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
    task, number, shares = Task(*told[0]), told[1], Shares(*told[2])
    verifier = NoteVerifier(task.origin, task.public)
    with contextlib.closing(_connect(task)) as raw:
        for turn in range(task.top // BLOCK + 1):
            if shares.of(turn) == number:
                pickle.dump(scan_block(raw, verifier, turn * BLOCK, task.top), sys.stdout.buffer)
                sys.stdout.buffer.flush()


def _connect(task: Task) -> Any:
    if task.is_file:
        return sqlite3.connect(task.place)
    import psycopg  # noqa: PLC0415 - a tenth of a second that SQLite need not wait for

    return psycopg.connect(task.place)
