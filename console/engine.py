"""Prefect's API as Tocsin uses it: start, wake and revive runs, read where they stand.

Plain HTTP: importing Prefect takes longer than the call. The engine's opinion of a run is never the record.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from console.surroundings import POOL, engine_address
from models.clock import read_moment
from models.errors import TocsinError, UnavailableError
from models.incident import Incident
from models.settings import Settings
from response.naming import run_name

BUSY = (429, 503)  # Prefect's server on SQLite answers 503 while the file is locked
PATIENCE_SECONDS = 5.0
RUNS_A_PAGE = 200  # Prefect's largest page
RESPOND = "respond/respond"
DRILL = "drill/drill"
DELIVERY = "delivery/delivery"


@dataclass(frozen=True)
class RunState:
    """Where a flow run stands, as Prefect tells it: its opinion, not the record."""

    run_id: str
    kind: str  # SCHEDULED PENDING RUNNING PAUSED COMPLETED FAILED CRASHED CANCELLED CANCELLING
    name: str
    since: datetime
    deployment_id: str | None

    @property
    def ended(self) -> bool:
        """Tell whether nothing more happens unless someone revives it."""
        return self.kind in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class EngineRefusedError(TocsinError):
    """The engine answered that it can't do this."""

    def __init__(self, status: int, call: str) -> None:
        """Keep the HTTP status and which call it was."""
        self.status = status
        super().__init__(
            f"The engine refused with HTTP {status}.", where=call, remedy="See logs/server.log in the home."
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling."""
        return EngineRefusedError, (self.status, self.where)


class Engine:
    """A connection to the engine's API; use as a context."""

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        """Prepare; `patience` is how many seconds a busy engine is asked again."""
        address = engine_address(settings)
        self._patience = patience
        self._http = httpx.Client(
            base_url=address.url,
            auth=(address.user, address.password),
            timeout=httpx.Timeout(20.0, connect=2.0),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Open the connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    def healthy(self) -> bool:
        """Tell whether the engine takes requests."""
        try:
            return self._http.get("/health").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def start(self, incident: Incident, attempt: int = 0) -> str:
        """Start the response to an incident, once per attempt; gives the id of its run."""
        deployment = self._call("GET", f"/deployments/name/{RESPOND}")
        made = self._call(
            "POST",
            f"/deployments/{deployment['id']}/create_flow_run",
            {
                "name": run_name(incident.id, incident.playbook),
                "parameters": {"incident_id": incident.id},
                "tags": [f"incident:{incident.id}", *(["drill"] if incident.drill else [])],
                "idempotency_key": f"respond:{incident.id}:{attempt}",
                "state": {"type": "SCHEDULED"},
            },
        )
        return str(made["id"])

    def start_drill(self, scenario: str) -> str:
        """Start a drill of one scenario now; gives the id of its run."""
        deployment = self._call("GET", f"/deployments/name/{DRILL}")
        wanted = {"parameters": {"scenario": scenario}, "state": {"type": "SCHEDULED"}}
        return str(self._call("POST", f"/deployments/{deployment['id']}/create_flow_run", wanted)["id"])

    def deliver(self, campaign_id: str, attempt: int = 0) -> str:
        """Start the delivery of a campaign, once per attempt; gives the id of its run."""
        deployment = self._call("GET", f"/deployments/name/{DELIVERY}")
        wanted = {
            "parameters": {"campaign_id": campaign_id},
            "tags": [_tag_of(campaign_id)],
            "idempotency_key": f"deliver:{campaign_id}:{attempt}",
            "state": {"type": "SCHEDULED"},
        }
        return str(self._call("POST", f"/deployments/{deployment['id']}/create_flow_run", wanted)["id"])

    def deliveries(self, campaign_id: str) -> list[RunState]:
        """List the runs that deliver or delivered a campaign, the newest first."""
        wanted = {
            "flow_runs": {"tags": {"all_": [_tag_of(campaign_id)]}},
            "deployments": {"name": {"any_": [DELIVERY.partition("/")[2]]}},
            "sort": "EXPECTED_START_TIME_DESC",
            "limit": RUNS_A_PAGE,
        }
        return [_run_state(run) for run in self._call("POST", "/flow_runs/filter", wanted)]

    def start_missed(self, deployment_id: str, parameters: Mapping[str, str], key: str) -> str:
        """Start what a schedule missed, once per key; gives the id of its run."""
        wanted = {"parameters": dict(parameters), "idempotency_key": key, "tags": ["caught-up"]}
        path = f"/deployments/{deployment_id}/create_flow_run"
        return str(self._call("POST", path, wanted | {"state": {"type": "SCHEDULED"}})["id"])

    def drop_late_runs(self, now: datetime) -> int:
        """Delete the runs that schedules planned for a moment that has passed; gives how many."""
        late = {
            "state": {"type": {"any_": ["SCHEDULED"]}},
            "next_scheduled_start_time": {"before_": now.isoformat()},
        }
        found = self._call("POST", "/flow_runs/filter", {"flow_runs": late, "limit": RUNS_A_PAGE})
        planned = [run["id"] for run in found if run["auto_scheduled"]]
        for run_id in planned:
            self._call("DELETE", f"/flow_runs/{run_id}")
        return len(planned) + (self.drop_late_runs(now) if len(found) == RUNS_A_PAGE and planned else 0)

    def wake(self, run_id: str) -> bool:
        """Resume a parked run; False when it is not parked (it may be on its way there: the sweep looks again)."""
        answer = self._call("POST", f"/flow_runs/{run_id}/resume", {})
        return bool(answer["status"] == "ACCEPT")

    def revive(self, run_id: str, kind: str) -> bool:
        """Run a dead run again; one that still counts as alive is first declared crashed."""
        if kind in {"RUNNING", "PENDING"}:
            self._set_state(
                run_id, {"type": "CRASHED", "name": "Crashed", "message": "No executor holds it."}
            )
        return self._set_state(run_id, {"type": "SCHEDULED", "name": "AwaitingRetry"})

    def declare_crashed(self, run_id: str) -> bool:
        """Say that nobody executes a run any more."""
        return self._set_state(
            run_id, {"type": "CRASHED", "name": "Crashed", "message": "Its process ended."}
        )

    def states(self, run_ids: Iterable[str]) -> dict[str, RunState]:
        """Read where these runs stand; one that the engine does not know is left out."""
        wanted = sorted(set(run_ids))
        found: dict[str, RunState] = {}
        for start in range(0, len(wanted), RUNS_A_PAGE):
            page = {"flow_runs": {"id": {"any_": wanted[start : start + RUNS_A_PAGE]}}, "limit": RUNS_A_PAGE}
            for run in self._call("POST", "/flow_runs/filter", page):
                found[run["id"]] = _run_state(run)
        return found

    def under_way(self) -> list[RunState]:
        """List the runs that count as executing now."""
        kinds = {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}}, "limit": RUNS_A_PAGE}
        return [_run_state(run) for run in self._call("POST", "/flow_runs/filter", kinds)]

    def deployments(self) -> list[dict[str, Any]]:
        """List the deployments as the engine knows them."""
        listed: list[dict[str, Any]] = self._call("POST", "/deployments/filter", {})
        return listed

    def worker_seen_since(self, moment: datetime) -> bool:
        """Tell whether a worker of our pool has reported since then."""
        workers = self._call("POST", f"/work_pools/{POOL}/workers/filter", {})
        seen = [worker["last_heartbeat_time"] for worker in workers if worker["last_heartbeat_time"]]
        return any(read_moment(each) >= moment for each in seen)

    def make_pool(self, job_template: Mapping[str, Any], limit: int) -> None:
        """Make the pool whose worker runs flows as processes, or bring it up to date."""
        pool = {"base_job_template": job_template, "concurrency_limit": limit}
        try:
            self._call("POST", "/work_pools/", {"name": POOL, "type": "process", **pool})
        except EngineRefusedError as error:
            if error.status != httpx.codes.CONFLICT:
                raise
            self._call("PATCH", f"/work_pools/{POOL}", pool)

    def drop_schedule(self, deployment_id: str, schedule_id: str) -> None:
        """Remove a schedule that prefect.yaml no longer has; deploying alone would leave it active."""
        self._call("DELETE", f"/deployments/{deployment_id}/schedules/{schedule_id}")

    def _set_state(self, run_id: str, state: Mapping[str, str]) -> bool:
        answer = self._call("POST", f"/flow_runs/{run_id}/set_state", {"state": state, "force": False})
        return bool(answer["status"] == "ACCEPT")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the engine, again while it is busy.

        Raises:
            UnavailableError: it does not answer, or stays busy.
            EngineRefusedError: it answers that this can't be done.
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.HTTPError as error:
                raise _away(type(error).__name__) from None
            if answer.status_code not in BUSY:
                break
            if time.monotonic() > until:
                raise _away(f"HTTP {answer.status_code}")
            time.sleep(0.1)
        if answer.is_error:
            raise EngineRefusedError(answer.status_code, f"{method} {path}")
        return answer.json() if answer.content else None


def _tag_of(campaign_id: str) -> str:
    return f"campaign:{campaign_id}"


def _run_state(run: Mapping[str, Any]) -> RunState:
    state = run["state"]
    return RunState(
        run_id=run["id"],
        kind=state["type"],
        name=state["name"],
        since=read_moment(state["timestamp"]),
        deployment_id=run.get("deployment_id"),
    )


def _away(detail: str) -> UnavailableError:
    return UnavailableError(
        f"The engine does not answer ({detail}).",
        where="Prefect server",
        remedy="Run `tocsin up`; what is stored is taken up as soon as it runs.",
    )
