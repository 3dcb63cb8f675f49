"""What a schedule missed is caught up once when `tocsin up` is back or the machine woke up, however often it was.

Prefect runs late every run that it had planned, five weekly checks one after the other, or none when its database was
lost. So its late runs are dropped before the worker starts, and our own records say what was missed: a drill, a check
of the contact tree, a notification test, a monthly report. What only watches needs no catching up: its next run does.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
import yaml
from sqlmodel import Session, col, func, select

from console.cron import read_cron
from console.deploying import deployment_file
from console.engine import Engine
from models.clock import iso_utc
from models.database import Store
from models.drill import Drill
from models.ledger import LedgerEntry
from models.vocabulary import Role
from response.context import TOCSIN

LOG = structlog.get_logger(__name__)
CAUGHT_UP = "schedule:caught_up"
LONGEST_AHEAD = timedelta(days=731)


@dataclass(frozen=True)
class Schedule:
    """One schedule of prefect.yaml: when it fires and with which parameters."""

    deployment: str
    slug: str
    cron: str
    zone: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Missed:
    """What to catch up once: the moment it was due last, and how often it was missed."""

    schedule: Schedule
    due_at: datetime
    times: int


def catch_up(store: Store, engine: Engine, plan: Path | None = None) -> tuple[Missed, ...]:
    """Drop what the engine would run late, and start once what was missed; gives what was started.

    What the worker was quicker to begin is left to it. Calling it again starts nothing twice.

    Raises:
        UnavailableError: the engine is away.
    """
    now = store.clock()
    dropped = engine.drop_late_runs(now)
    known = {each["name"]: str(each["id"]) for each in engine.deployments()}
    begun = {run.deployment_id for run in engine.under_way()}
    every = missed_schedules(store, read_schedules(plan or deployment_file()), now)
    found = tuple(each for each in every if known[each.schedule.deployment] not in begun)
    for each in found:
        key = f"caught-up:{each.schedule.deployment}:{each.schedule.slug}:{iso_utc(each.due_at)}"
        engine.start_missed(known[each.schedule.deployment], each.schedule.parameters, key)
        _note(store, each)
    if dropped or found:
        LOG.info("caught up", dropped=dropped, started=[each.schedule.deployment for each in found])
    return found


def missed_schedules(store: Store, schedules: Iterable[Schedule], now: datetime) -> tuple[Missed, ...]:
    """Say which schedules fired since they were last followed, and not before this home was there."""
    with store.reading() as session:
        founded = session.exec(select(func.min(LedgerEntry.at))).one()
        caught = _caught_up(session)
        decided = [
            missed(each, max(filter(None, (founded, last_done(session, each), caught.get(_key(each))))), now)
            for each in schedules
            if founded is not None and is_caught_up(each)
        ]
    return tuple(each for each in decided if each is not None)


def next_due(schedule: Schedule, now: datetime) -> datetime | None:
    """Say when a schedule fires next; None for one that does not within two years."""
    return next(read_cron(schedule.cron, schedule.zone).fires_between(now, now + LONGEST_AHEAD), None)


def missed(schedule: Schedule, since: datetime, now: datetime) -> Missed | None:
    """Decide: None when it did not fire after `since`; else one catching up, for however many times."""
    fires = list(read_cron(schedule.cron, schedule.zone).fires_between(since, now))
    return Missed(schedule, fires[-1], len(fires)) if fires else None


def is_caught_up(schedule: Schedule) -> bool:
    """Tell whether missing it leaves something undone; a watch or a time-stamp is made good by its next run."""
    return schedule.deployment in {"drill", "notification-test", "contacts", "monthly-report"}


def last_done(session: Session, schedule: Schedule) -> datetime | None:
    """Say when our records show that it was followed last, by whomever."""
    if "scenario" in schedule.parameters:
        begun = select(func.max(Drill.started_at)).where(Drill.scenario == schedule.parameters["scenario"])
        return session.exec(begun).one()
    if schedule.deployment == "contacts":
        return session.exec(
            select(func.max(LedgerEntry.at)).where(LedgerEntry.tag == "staff:check_asked")
        ).one()
    return next(_monthly_reports(session), None)


def _monthly_reports(session: Session) -> Iterator[datetime]:
    query = select(LedgerEntry.at, LedgerEntry.document).where(LedgerEntry.tag == "report:compiled")
    unbound = query.where(col(LedgerEntry.incident_id).is_(None)).order_by(col(LedgerEntry.seq).desc())
    for at, document in session.exec(unbound):
        if orjson.loads(document)["body"].get("kind") == "monthly":
            yield at


def _caught_up(session: Session) -> dict[str, datetime]:
    """Say when each schedule was caught up last."""
    query = select(LedgerEntry.at, LedgerEntry.document).where(LedgerEntry.tag == CAUGHT_UP)
    entries = session.exec(query.order_by(col(LedgerEntry.seq)))
    return {str(orjson.loads(document)["body"]["schedule"]): at for at, document in entries}


def _key(schedule: Schedule) -> str:
    return f"{schedule.deployment}/{schedule.slug}"


def _note(store: Store, each: Missed) -> None:
    with store.work() as unit:
        body = {"schedule": _key(each.schedule), "due_at": iso_utc(each.due_at), "missed": each.times}
        unit.record(CAUGHT_UP, actor=TOCSIN, role=Role.ADMINISTRATOR, body=body)


def read_schedules(plan: Path) -> tuple[Schedule, ...]:
    """Read the cron schedules that prefect.yaml declares."""
    declared = yaml.safe_load(plan.read_text(encoding="utf-8"))["deployments"]
    return tuple(_schedule(each, told) for each in declared for told in each.get("schedules", ()))


def _schedule(deployment: Mapping[str, Any], told: Mapping[str, Any]) -> Schedule:
    return Schedule(
        deployment=deployment["name"],
        slug=told["slug"],
        cron=told["cron"],
        zone=told.get("timezone", "UTC"),
        parameters={**deployment.get("parameters", {}), **told.get("parameters", {})},
    )
