"""How many of those whom a law wants told were told; each person counts under the rules of their own place and data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session

from models.errors import NotFoundError
from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, CHANNELS, DELIVERY, SUBJECT
from notifications.balance import DEFAULT_MESSAGE
from regulations.persons import PersonDuty
from response.telling.people_duties import people_duties

TOLD = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
UNREACHED = (
    DeliveryStatus.NO_ADDRESS,
    DeliveryStatus.BOUNCED,
    DeliveryStatus.REJECTED,
    DeliveryStatus.SUPPRESSED,
)
Kind = tuple[str, str, str]  # place, relation, categories as the register writes them


@dataclass(frozen=True)
class LawCoverage:
    """One rule that wants people told: how many it concerns, and where they stand."""

    rule: str
    citation: str
    jurisdiction: str
    certain: bool  # False while the facts leave open whether the rule applies
    people: int
    told: int
    unreached: int  # no address, or none that works: they need a letter or a public notice

    @property
    def waiting(self) -> int:
        """People neither told nor out of reach yet."""
        return self.people - self.told - self.unreached

    @property
    def share(self) -> float:
        """The share told, 0 to 1."""
        return self.told / self.people if self.people else 1.0

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values, the share in percent."""
        return {
            "rule": self.rule,
            "citation": self.citation,
            "jurisdiction": self.jurisdiction,
            "certain": self.certain,
            "people": self.people,
            "told": self.told,
            "unreached": self.unreached,
            "waiting": self.waiting,
            "percent": round(100 * self.share, 2),
        }


def law_coverage(
    session: Session, incident_id: str, at: datetime, message: str = DEFAULT_MESSAGE
) -> tuple[LawCoverage, ...]:
    """Count, for each rule that wants people told, how many were; least covered first. Nothing known, no rules."""
    try:
        groups = people_duties(session, incident_id, at)
    except NotFoundError:
        return ()
    standing = _standing(session, incident_id, message)
    return _added_up((standing.get(group.kind, {}), group.duties or ()) for group in groups)


def _standing(session: Session, incident_id: str, message: str) -> dict[Kind, Counter[str]]:
    """Count where people stand, by those who are alike before the law."""
    row, person = DELIVERY.c, SUBJECT.c
    campaigns = select(CAMPAIGN.c.id).where(
        CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message
    )
    current = and_(
        row.campaign_id.in_(campaigns),
        row.channel.in_(CHANNELS),
        row.person == person.number,
        row.current,
    )
    counted = (
        select(person.place, person.relation, person.categories, row.status, func.count())
        .join_from(SUBJECT, DELIVERY, current, isouter=True)
        .where(person.incident_id == incident_id)
        .group_by(person.place, person.relation, person.categories, row.status)
    )
    found: dict[Kind, Counter[str]] = {}
    for place, relation, categories, status, number in session.execute(counted):
        found.setdefault((place, relation, categories), Counter())[status or "not_planned"] += number
    return found


def _added_up(
    owed: Iterable[tuple[Mapping[str, int], Iterable[PersonDuty]]],
) -> tuple[LawCoverage, ...]:
    people: dict[str, Counter[str]] = {}
    duties: dict[str, PersonDuty] = {}
    for counts, owing in owed:
        # Stages of one rule are one duty to tell.
        for rule, duty in {duty.rule: duty for duty in owing}.items():
            people.setdefault(rule, Counter()).update(counts)
            duties[rule] = duty
    found = [
        LawCoverage(
            *(rule, duties[rule].citation, duties[rule].jurisdiction, duties[rule].status != "depends"),
            people=sum(counts.values()),
            told=sum(counts[status] for status in TOLD),
            unreached=sum(counts[status] for status in UNREACHED),
        )
        for rule, counts in people.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.share, -each.people, each.rule)))
