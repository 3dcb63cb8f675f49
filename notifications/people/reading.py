"""Reading people in this process, or in one of its own where two processors are quicker than one.

Run as a program, this module is that process: it takes a job and who is known on standard input, and gives messages
on standard output, each a length and a pickle. The incident's key goes over the pipe and is stored nowhere.
"""

import contextlib
import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import IO, Any, Protocol, cast

from models.errors import TocsinError, UnavailableError
from notifications.people.intake import Intake, Job, StoredPerson
from notifications.people.one_ahead import one_ahead
from notifications.people.parcel import Message, Opening
from notifications.people.source import Source

_LENGTH = Struct("<Q")
PIPE_BYTES = 1 << 20  # where the system lets us choose: a parcel has four times as much


class Reading(Protocol):
    """A source being read: `open` it, let it `learn` who is known, then take the `messages`."""

    def open(self, job: Job) -> Opening:
        """Open the job's source; raises what `Intake` raises."""

    def learn(self, stored: Sequence[StoredPerson]) -> None:
        """Take the next people that earlier imports stored."""

    def messages(self) -> Iterator[Message]:
        """Read to the end."""


class ReadingHere:
    """An intake in this process."""

    def open(self, job: Job) -> Opening:
        """Open the source."""
        self._intake = Intake(job)
        return self._intake.opening

    def learn(self, stored: Sequence[StoredPerson]) -> None:
        """Take the next people that earlier imports stored."""
        self._intake.learn(stored)

    def messages(self) -> Iterator[Message]:
        """Read to the end."""
        return self._intake.messages()


class ReadingAlone:
    """An intake in a process of its own, which ends with this object."""

    def __init__(self, name: str) -> None:
        """Start it; while it starts, the caller finds out what it is to do with the source called `name`."""
        # -P: what lies in the current folder is no module of ours.
        command = [sys.executable, "-P", "-m", __name__]
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a fault there could quote a row
            pipesize=PIPE_BYTES,
            # One thread reads ahead of the one that seals; more would wait for each other.
            env=os.environ | {"PYTHONPATH": path, "POLARS_MAX_THREADS": "1"},
        )
        self._in = cast("IO[bytes]", self._process.stdin)
        self._out = cast("IO[bytes]", self._process.stdout)
        self._name = name

    def open(self, job: Job) -> Opening:
        """Open the source there.

        Raises:
            InvalidInputError: what `Intake` raises.
            UnavailableError: the process ended before it was done.
        """
        self._send(job)
        return cast("Opening", self._next())

    def learn(self, stored: Sequence[StoredPerson]) -> None:
        """Take the next people that earlier imports stored."""
        self._send(list(stored))

    def messages(self) -> Iterator[Message]:
        """Read to the end."""
        self._send(None)
        yield from one_ahead(cast("Iterator[Message]", iter(self._next, None)))

    def close(self) -> None:
        """End the process, done or not."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._out, self._in):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _send(self, message: object) -> None:
        try:
            write(self._in, message)
            self._in.flush()
        except BrokenPipeError:
            self._next()  # says why, when it can
            raise self._ended() from None

    def _next(self) -> Message | None:
        try:
            message = read(self._out)
        except EOFError:
            raise self._ended() from None
        if isinstance(message, TocsinError):
            raise message
        found: Message | None = message
        return found

    def _ended(self) -> UnavailableError:
        return UnavailableError(
            "The process that reads the people ended before it was done; nothing was stored.",
            where=self._name,
            remedy="Look whether the machine ran out of memory, then start the import again.",
        )


def write(pipe: IO[bytes], message: object) -> None:
    """Send one message."""
    whole = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(whole)))
    pipe.write(whole)


def read(pipe: IO[bytes]) -> Any:
    """Receive one message of the process at the other end, which is ours.

    Raises:
        EOFError: it ended.
    """
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(*_LENGTH.unpack(length)))  # noqa: S301 - see above


@contextlib.contextmanager
def reading(source: Source) -> Iterator[Reading]:
    """Make ready to read a source, in a process of its own when that pays."""
    if not source.alone:
        yield ReadingHere()
        return
    with contextlib.closing(ReadingAlone(source.name)) as alone:
        yield alone


def main() -> None:
    """Do one job."""
    gc.disable()  # what is read holds no cycles, and there is much of it
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may write among the messages
    source = sys.stdin.buffer
    try:
        intake = Intake(read(source))
        write(pipe, intake.opening)
        pipe.flush()
        while (stored := read(source)) is not None:
            intake.learn(stored)
        for message in intake.messages(ahead=True):
            write(pipe, message)
            pipe.flush()
        write(pipe, None)
    except TocsinError as error:
        write(pipe, error)
    except (BrokenPipeError, EOFError):
        return  # nobody waits for it any more
    with contextlib.suppress(BrokenPipeError):
        pipe.close()


if __name__ == "__main__":
    main()
