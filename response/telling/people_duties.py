"""Which duties each affected person's own place, data and relation give rise to; never who the person is.

People who are alike before the law are counted by the database and judged once, however many they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.clock import iso_utc
from models.errors import NotFoundError
from models.facts import Facts
from models.facts_words import DataCategory, Relation
from models.notice import Campaign, Delivery
from models.people import DataSubject
from regulations.persons import PersonDuty, PersonGroup, group_duties
from response.facts import latest_facts
from response.plan import find_incident


@dataclass(frozen=True)
class PeopleLikeThis:
    """How many people are alike before the law, and what is owed to each; no place, no answer: `duties` None."""

    place: str | None
    relation: str | None
    categories: tuple[str, ...]
    people: int
    duties: tuple[PersonDuty, ...] | None
    kind: tuple[str, str, str] = ("", "", "")  # place, relation and categories as the register writes them

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; moments are UTC."""
        duties = None if self.duties is None else [duty_json(duty) for duty in self.duties]
        return {
            "place": self.place,
            "relation": self.relation,
            "categories": list(self.categories),
            "people": self.people,
            "duties": duties,
            "unknowns": ["place"] if duties is None else [],
        }


def duty_json(duty: PersonDuty) -> dict[str, Any]:
    """Return one duty towards a person as plain JSON values; moments are UTC."""
    moments = {name: getattr(duty, name) for name in ("due_at", "starts_at")}
    plain = {name: at and iso_utc(at) for name, at in moments.items()}
    return duty._asdict() | plain | {"unknowns": list(duty.unknowns)}


def people_duties(session: Session, incident_id: str, at: datetime) -> tuple[PeopleLikeThis, ...]:
    """Give what is owed to the people of each distinct place, relation and exposed data, as law stands at `at`.

    Raises:
        NotFoundError: no such incident, or nothing is known of it yet.
    """
    incident = find_incident(session, incident_id)
    kinds = (DataSubject.place, DataSubject.relation, DataSubject.categories)
    query = (
        select(*kinds, func.count())
        .where(DataSubject.incident_id == incident_id)
        .group_by(*(col(kind) for kind in kinds))
        .order_by(*(col(kind) for kind in kinds))
    )
    return _judged(latest_facts(session, incident), session.exec(query).all(), at)


def _judged(
    facts: Facts, counted: Iterable[tuple[str, str, str, int]], at: datetime
) -> tuple[PeopleLikeThis, ...]:
    rows = [((place, relation, words), people) for place, relation, words, people in counted]
    groups = [_group(*kind) for kind, _ in rows]
    owed = group_duties(facts, [group for group in groups if group.place], at)
    return tuple(
        PeopleLikeThis(
            group.place or None, group.relation, _exposed(facts, group), people, owed.get(group), kind
        )
        for group, (kind, people) in zip(groups, rows, strict=True)
    )


def _exposed(facts: Facts, group: PersonGroup) -> tuple[str, ...]:
    return tuple(sorted((facts.data.categories or ()) if group.categories is None else group.categories))


def _group(place: str, relation: str, categories: str) -> PersonGroup:
    """Read a row of the register; what it leaves empty is not known, and the incident's is taken for theirs."""
    named = categories.split(",")
    known: list[DataCategory] = [word for word in get_args(DataCategory) if word in named]
    standing: list[Relation] = [word for word in get_args(Relation) if word == relation]
    return PersonGroup(place, standing[0] if standing else None, frozenset(known) if categories else None)


def person_record(session: Session, incident_id: str, number: int, at: datetime) -> dict[str, Any]:
    """Give one person's record by number: place, language, relation, data, the rules that fired, deliveries.

    Raises:
        NotFoundError: no such incident or person, or nothing is known of the incident yet.
    """
    incident = find_incident(session, incident_id)
    person = session.get(DataSubject, (incident_id, number))
    if person is None:
        raise NotFoundError(
            f"There is no person {number} in {incident_id}.",
            remedy="`tocsin people count` says how many are.",
        )
    alike = (person.place, person.relation, person.categories, 1)
    [judged] = _judged(latest_facts(session, incident), [alike], at)
    plain = {key: value for key, value in judged.to_json().items() if key != "people"}
    known = {"number": number, "language": person.language, "erased": person.sealed is None}
    return known | plain | {"deliveries": _deliveries(session, incident_id, number)}


def _deliveries(session: Session, incident_id: str, number: int) -> list[dict[str, Any]]:
    query = (
        select(Delivery, Campaign.message)
        .join(Campaign, col(Campaign.id) == col(Delivery.campaign_id))
        .where(Campaign.incident_id == incident_id, Delivery.person == number)
        .order_by(col(Delivery.campaign_id), col(Delivery.channel))
    )
    return [
        {
            "campaign": row.campaign_id,
            "message": message,
            "channel": row.channel,
            "status": row.status,
            "current": row.current,
            "changed_at": row.changed_at,
            "reason": row.reason,
        }
        for row, message in session.exec(query)
    ]
