"""What Prefect's pages show beside a step: progress, values, the duties with their clocks. Numbers and ids only."""

import re
from datetime import datetime
from uuid import UUID

import structlog
from prefect.artifacts import acreate_progress_artifact, acreate_table_artifact, aupdate_progress_artifact
from prefect.exceptions import PrefectException
from sqlmodel import select

from models.clock import iso_utc
from models.database import Store
from models.obligation import Obligation
from response.context import StepOutcome
from response.plan import StepCard

LOG = structlog.get_logger(__name__)
SHOWS_VALUES = {"triage.assess", "notice.deliver"}  # severity and risk; the balance of those told
CHANGES_DUTIES = {"triage.assess", "filing.submit", "notice.deliver", "closure.close"}


async def show(store: Store, incident_id: str, card: StepCard, outcome: StepOutcome) -> None:
    """Publish what a step changed. Pages are a convenience: when the server can't take them, the step still counts."""
    try:
        if outcome.progress is not None:
            await _progress(incident_id, card.key, outcome.progress, f"{card.phase} / {card.name['en']}")
        if not outcome.more and card.action in SHOWS_VALUES:
            await _values(incident_id, card, outcome)
        if not outcome.more and card.action in CHANGES_DUTIES:
            await acreate_table_artifact(
                duties_table(store, incident_id),
                key=_key(incident_id, "duties"),
                description="Duties and their clocks (UTC)",
            )
    except (PrefectException, OSError) as error:
        LOG.warning("artifact not shown", incident=incident_id, step=card.key, fault=type(error).__name__)


def duties_table(store: Store, incident_id: str) -> list[dict[str, str]]:
    """List an incident's duties: rule, status, when due and when met, in the order they fall due."""
    with store.reading() as session:
        rows = session.exec(select(Obligation).where(Obligation.incident_id == incident_id)).all()
    ordered = sorted(rows, key=lambda row: (row.due_at is None, row.due_at, row.id))
    return [
        {"rule": row.rule, "status": row.status, "due": _moment(row.due_at), "met": _moment(row.met_at)}
        for row in ordered
    ]


async def show_delivery(campaign_id: str, outcome: StepOutcome) -> None:
    """Publish how far a campaign beside the plan is."""
    try:
        if outcome.progress is not None:
            await _progress(campaign_id, "delivery", outcome.progress, f"Telling people: {campaign_id}")
    except (PrefectException, OSError) as error:
        LOG.warning("artifact not shown", campaign=campaign_id, fault=type(error).__name__)


async def _progress(about: str, what: str, share: float, description: str) -> None:
    known = _PROGRESS.get((about, what))
    percent = min(100.0, round(share * 100, 1))
    if known is not None:
        await aupdate_progress_artifact(known, percent)
        return
    made = await acreate_progress_artifact(percent, key=_key(about, what), description=description)
    _PROGRESS[about, what] = made


async def _values(incident_id: str, card: StepCard, outcome: StepOutcome) -> None:
    table = [{"what": name, "value": str(value)} for name, value in sorted(outcome.values.items())]
    await acreate_table_artifact(
        table, key=_key(incident_id, f"{card.key}-result"), description=f"{card.phase} / {card.name['en']}"
    )


def _key(incident_id: str, what: str) -> str:
    """Write an artifact's key: Prefect takes lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", f"{incident_id}-{what}".lower()).strip("-")


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else iso_utc(moment)


# One flow process shows one bar a step; a new process makes a new one under the same key.
_PROGRESS: dict[tuple[str, str], UUID] = {}
