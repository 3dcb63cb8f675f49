"""The plan of a notice: whom it concerns, in which words and over which channel, and whether the time is enough."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.clock import Clock, iso_utc
from models.database import Store
from models.incident import Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.vocabulary import CampaignStatus
from notifications.audience import EMAIL, NONE, SMS
from notifications.balance import DEFAULT_MESSAGE
from notifications.forecast import SENDING, Forecast, forecast, rate_of
from notifications.pacing import canary_size, patience
from notifications.plan import PlanLine, people_by_channel, plan_lines
from notifications.texts.notice_text import NoticeDetails, render_part, variant_of
from notifications.texts.sms_segments import count_segments, is_gsm
from response.plan import find_incident
from response.telling.disclosure import individual_duties, notice_details

_WAITS = (CampaignStatus.PREPARED, CampaignStatus.APPROVED, CampaignStatus.SENDING, CampaignStatus.PAUSED)
_READER = {
    "eu": "DE",
    "us": "US-NY",
    "cn": "CN",
    "hk": "HK",
    "sg": "SG",
    "other": "",
}  # a place of each profile


@dataclass(frozen=True)
class PlannedDuty:
    """One duty towards people that the notice serves. `due_at` None: at once, the law names no moment."""

    rule: str
    citation: str
    jurisdiction: str
    due_at: datetime | None
    in_time: bool | None

    @classmethod
    def of(cls, duty: Obligation, last_at: datetime) -> "PlannedDuty":
        """Compare a duty's limit with the moment at which the last message leaves."""
        in_time = None if duty.due_at is None else last_at <= duty.due_at
        return cls(duty.rule, duty.citation, duty.jurisdiction, duty.due_at, in_time)


@dataclass(frozen=True)
class NoticePlan:
    """Everything about one notice before it goes out."""

    incident_id: str
    message: str
    campaign_id: str | None  # the campaign that waits or runs; None when none is prepared
    lines: tuple[PlanLine, ...]
    segments: Mapping[
        tuple[str, str], tuple[int, str]
    ]  # of the SMS, by language and profile: how many, in which code
    duties: tuple[PlannedDuty, ...]
    forecast: Forecast

    @property
    def in_time(self) -> bool:
        """Whether no limit passes before the last message has left."""
        return all(duty.in_time is not False for duty in self.duties)

    @property
    def late(self) -> tuple[PlannedDuty, ...]:
        """The duties whose limit passes before the last message leaves."""
        return tuple(duty for duty in self.duties if duty.in_time is False)

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values; moments are UTC."""
        return {
            "incident": self.incident_id,
            "message": self.message,
            "campaign": self.campaign_id,
            "people": people_by_channel(self.lines),
            "lines": [asdict(line) | self._sms(line) for line in self.lines],
            "duties": [
                asdict(duty) | {"due_at": duty.due_at and iso_utc(duty.due_at)} for duty in self.duties
            ],
            "forecast": self.forecast.to_json(),
            "in_time": self.in_time,
        }

    def _sms(self, line: PlanLine) -> dict[str, Any]:
        if line.channel != SMS:
            return {}
        segments, code = self.segments[line.language, line.profile]
        return {"segments": segments, "code": code}


def notice_plan(
    store: Store,
    incident_id: str,
    message: str = DEFAULT_MESSAGE,
    stated: Mapping[str, float] | None = None,
    *,
    machine: Clock | None = None,
) -> NoticePlan:
    """Plan a notice as things stand now. `stated` gives messages a second by channel, where a person knows better.

    Raises:
        NotFoundError: there is no such incident or message.
    """
    now = (machine or store.clock)()
    with store.reading() as session:
        incident = find_incident(session, incident_id)
        lines = plan_lines(session, incident_id, message)
        rates = {
            channel: rate_of(
                session, store.settings, channel, drill=incident.drill, stated=(stated or {}).get(channel)
            )
            for channel in SENDING
        }
        owed = individual_duties(session, incident_id)
        people = {name: number for name, number in people_by_channel(lines).items() if name != NONE}
        limits = [duty.due_at for duty in owed if duty.due_at]
        canary = canary_size(store.settings, sum(people.values()))
        wait = patience(store.settings, incident.drill) if canary else timedelta(0)
        found = forecast(people, rates, now, min(limits, default=None), wait)
        return NoticePlan(
            incident_id,
            message,
            _campaign(session, incident_id, message),
            lines,
            _segments(store, session, incident, message, lines),
            tuple(PlannedDuty.of(duty, found.last_at) for duty in owed),
            found,
        )


def _campaign(session: Session, incident_id: str, message: str) -> str | None:
    query = select(Campaign.id).where(
        Campaign.incident_id == incident_id, Campaign.message == message, col(Campaign.status).in_(_WAITS)
    )
    return session.exec(query.order_by(col(Campaign.prepared_at).desc())).first()


def _segments(
    store: Store, session: Session, incident: Incident, message: str, lines: tuple[PlanLine, ...]
) -> dict[tuple[str, str], tuple[int, str]]:
    wanted = {(line.language, line.profile) for line in lines if line.channel == SMS}
    if not wanted:
        return {}
    details = notice_details(store, session, incident)
    found = {}
    for language, profile in wanted:
        text = _text(message, details, language, profile, incident.drill)
        found[language, profile] = (count_segments(text), "GSM-7" if is_gsm(text) else "UCS-2")
    return found


def _text(message: str, details: NoticeDetails, language: str, profile: str, drill: bool) -> str:
    variant = variant_of(message, language, _READER[profile], "", named=False)
    return render_part("sms.txt", message, details, variant, drill)


__all__ = ["EMAIL", "SMS", "NoticePlan", "PlannedDuty", "notice_plan"]
