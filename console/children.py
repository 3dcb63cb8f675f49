"""One child process of `tocsin up`: started under the guard, logged, restarted with growing pauses, ended in time."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from models.clock import system_clock

LOG = structlog.get_logger(__name__)
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 30.0  # a child that lived this long is taken for sound again
LARGEST_LOG = 10 * 2**20


@dataclass(frozen=True)
class ChildPlan:
    """What to run: `arguments` follow the Python interpreter; `grace` is how many seconds it gets to end."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    port: int | None = None
    grace: float = 4.0


@dataclass
class Child:
    """A child as it runs now."""

    plan: ChildPlan
    logs: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    pause: float = SHORTEST_PAUSE
    not_before: float = 0.0
    started: float = field(default=0.0)
    started_at: datetime | None = None

    @property
    def log(self) -> Path:
        """Give the file that holds what the child says."""
        return self.logs / f"{self.plan.name}.log"

    @property
    def pid(self) -> int | None:
        """Give the process id while it runs."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C in a terminal reaches only the supervisor."""
        _turn_over(self.log)
        command = [
            sys.executable,
            "-m",
            "console.guard",
            str(os.getpid()),
            sys.executable,
            *self.plan.arguments,
        ]
        started_at = system_clock()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                env=dict(self.plan.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.logs.parent,
            )
        self.starts += 1
        self.started, self.started_at = time.monotonic(), started_at

    def keep_up(self) -> bool:
        """Start it again if it ended and its pause is over; tells whether it did."""
        if self.pid is not None:
            return False
        now = time.monotonic()
        if self.not_before <= self.started:  # it has just been found dead
            self.pause = SHORTEST_PAUSE if now - self.started > STEADY_SECONDS else self.pause * 2
            self.pause = min(self.pause, LONGEST_PAUSE)
            self.not_before = now + self.pause
            code = self.process.returncode if self.process else None
            LOG.warning("child ended", child=self.plan.name, code=code, again_in_seconds=self.pause)
            return False
        if now < self.not_before:
            return False
        self.start()
        return True

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.pid is not None and self.process is not None:
            self.process.terminate()

    def end(self) -> None:
        """Wait for it to end; past its grace it, and whatever it started, is killed."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.plan.grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _turn_over(log: Path) -> None:
    """Keep one older log, so that logs can't fill the disk."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
