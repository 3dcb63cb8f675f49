"""The monthly report for management: last month's incidents, drills, duties and notices in figures."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from models.database import Store
from models.incident import Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.vocabulary import Language, Role
from response.context import TOCSIN

WORDS = {
    "declared": {"en": "Incidents declared", "zh": "宣布的事件"},
    "closed": {"en": "Incidents closed", "zh": "结案的事件"},
    "still_open": {"en": "Incidents open at the end of the month", "zh": "月末未结案的事件"},
    "drills": {"en": "Drills held", "zh": "开展的演练"},
    "duties_in_time": {"en": "Duties that fell due and were met in time", "zh": "到期且按时履行的义务"},
    "duties_late": {"en": "Duties that fell due and were met late", "zh": "到期但逾期履行的义务"},
    "duties_owed": {"en": "Duties that fell due and are still owed", "zh": "到期仍未履行的义务"},
    "people_told": {"en": "People in campaigns that were finished", "zh": "已完成通知的人数"},
}
TITLE = {"en": "Data breach response, {month}", "zh": "数据泄露应急响应月报 {month}"}


@dataclass(frozen=True)
class MonthFigures:
    """One month (UTC), real incidents only except for `drills`. A duty counts in the month it fell due."""

    declared: int
    closed: int
    still_open: int
    drills: int
    duties_in_time: int
    duties_late: int
    duties_owed: int
    people_told: int


def monthly(store: Store) -> str:
    """Write last month's figures into the home as JSON and, in English and Chinese, Markdown; gives the month.

    Calling it again writes the month again from the records as they are now; the ledger keeps each time.
    """
    start, end = last_month(store.clock())
    with store.reading() as session:
        figures = count_month(session, start, end)
    month = f"{start:%Y-%m}"
    folder = store.settings.home / "reports" / "monthly"
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{month}.json": json.dumps({"month": month, **asdict(figures)}, indent=1) + "\n"}
    files |= {f"{month}.{each.value}.md": in_words(month, figures, each.value) for each in Language}
    digests = {name: _written(folder / name, text) for name, text in files.items()}
    with store.work() as unit:
        body = {"kind": "monthly", "month": month, "sha256": digests}
        unit.record("report:compiled", actor=TOCSIN, role=Role.INCIDENT_LEAD, body=body)
    return month


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """Give the first instants (UTC) of last month and of this one."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (end - timedelta(days=1)).replace(day=1), end


def count_month(session: Session, start: datetime, end: datetime) -> MonthFigures:
    """Count what the records say about one month."""
    incidents = session.exec(select(Incident).where(col(Incident.declared_at) < end)).all()
    real = [each for each in incidents if not each.drill]
    ids = {each.id for each in real}
    due = [
        duty
        for duty in session.exec(
            select(Obligation).where(col(Obligation.due_at) >= start, col(Obligation.due_at) < end)
        )
        if duty.incident_id in ids and duty.status not in {"waived", "fallen_away"}
    ]
    told = session.exec(
        select(Campaign).where(col(Campaign.finished_at) >= start, col(Campaign.finished_at) < end)
    )
    return MonthFigures(
        declared=sum(each.declared_at >= start for each in real),
        closed=_within((each.closed_at for each in real), start, end),
        still_open=sum(each.closed_at is None or each.closed_at >= end for each in real),
        drills=sum(each.drill and each.declared_at >= start for each in incidents),
        duties_in_time=sum(bool(d.met_at and d.due_at and d.met_at <= d.due_at) for d in due),
        duties_late=sum(bool(d.met_at and d.due_at and d.met_at > d.due_at) for d in due),
        duties_owed=sum(d.met_at is None for d in due),
        people_told=sum(each.audience for each in told if each.incident_id in ids),
    )


def in_words(month: str, figures: MonthFigures, language: str) -> str:
    """Write the figures as a Markdown table."""
    lines = [f"# {TITLE[language].format(month=month)}", "", "| | |", "|---|---:|"]
    lines += [f"| {WORDS[name][language]} | {value:,} |" for name, value in asdict(figures).items()]
    return "\n".join(lines) + "\n"


def _within(moments: Iterable[datetime | None], start: datetime, end: datetime) -> int:
    return sum(moment is not None and start <= moment < end for moment in moments)


def _written(path: Path, text: str) -> str:
    content = text.encode()
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
    return sha256(content).hexdigest()
