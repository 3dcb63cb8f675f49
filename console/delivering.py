"""Runs on the engine for campaigns that no plan's step delivers: begun when approved, and again when one died.

Several runs of one campaign would tell nobody twice, since the journal lets each message be claimed once; so a run
that only looks dead may be replaced.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from console.engine import RunState
from models.database import Store
from models.errors import TocsinError
from response.telling.unattended import campaigns_left_to_us, stop_unattended

LOG = structlog.get_logger(__name__)
DIED = ("FAILED", "CRASHED", "CANCELLED")


class DeliveryEngine(Protocol):
    """What is asked of the engine here."""

    def deliveries(self, campaign_id: str) -> list[RunState]: ...  # noqa: D102 - as the engine says it
    def deliver(self, campaign_id: str, attempt: int = 0) -> str: ...  # noqa: D102
    def declare_crashed(self, run_id: str) -> bool: ...  # noqa: D102


class Deliveries:
    """One home's campaigns beside its plans, each kept delivered by a run."""

    def __init__(
        self, store: Store, engine: DeliveryEngine, worker_since: Callable[[], datetime | None]
    ) -> None:
        """Prepare; `worker_since` says when this machine's worker started: what it ran before is dead."""
        self._store, self._engine, self._worker_since = store, engine, worker_since

    def once(self) -> Counter[str]:
        """Look at every such campaign once; counts what was done. One campaign's fault keeps no other waiting."""
        done: Counter[str] = Counter()
        with self._store.reading() as session:
            left = campaigns_left_to_us(session)
        for campaign_id in left:
            try:
                done[self._mend(campaign_id)] += 1
            except TocsinError as error:
                LOG.warning("delivery met trouble", campaign=campaign_id, fault=error.what)
                done["trouble"] += 1
        return done

    def _mend(self, campaign_id: str) -> str:
        runs = self._engine.deliveries(campaign_id)
        alive = [run for run in runs if not run.ended and not self._orphaned(run)]
        if alive:
            return "runs"
        died = _died_in_a_row(runs)
        if died > self._store.settings.revive_limit:
            stop_unattended(
                self._store, campaign_id, f"Its delivery ended {died} times; logs/worker.log says why."
            )
            return "stopped"
        if died and self._store.clock() - runs[0].since < timedelta(seconds=min(60.0, 2.0**died)):
            return "waits"
        run_id = self._engine.deliver(campaign_id, len(runs))
        LOG.info("delivery run", campaign=campaign_id, run=run_id)
        return "started"

    def _orphaned(self, run: RunState) -> bool:
        since = self._worker_since()
        gone = since is not None and run.since < since and run.kind in ("RUNNING", "PENDING")
        return gone and self._engine.declare_crashed(run.run_id)


def _died_in_a_row(runs: list[RunState]) -> int:
    """Count the last runs that ended badly, newest first."""
    return next((at for at, run in enumerate(runs) if run.kind not in DIED), len(runs))
