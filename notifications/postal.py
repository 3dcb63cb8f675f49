"""The last rung but one: a file for the post room of everybody whom neither e-mail nor SMS could reach.

The bank's own number leads to the postal address, which is not imported: a response holds no more than it needs.
Whoever is in the file counts as told once somebody records that the letters were handed over.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, insert, select, update
from sqlmodel import Session

from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, DELIVERY, POST, SUBJECT
from notifications.balance import DEFAULT_MESSAGE
from notifications.people.csv_reading import formula_safe
from notifications.sealed_person import Contact, open_contact, sealer_of

COLUMNS = ("person", "reference", "name", "place", "language", "reason")
A_STATEMENT = 500
_UNREACHED = tuple(
    status.value
    for status in (
        DeliveryStatus.NO_ADDRESS,
        DeliveryStatus.BOUNCED,
        DeliveryStatus.REJECTED,
        DeliveryStatus.SUPPRESSED,
        DeliveryStatus.UNKNOWN,
    )
)


@dataclass(frozen=True)
class Unreached:
    """Somebody to write a letter to; opened for as long as the file is written."""

    campaign_id: str
    person: int
    place: str
    language: str
    categories: str
    reason: str
    contact: Contact
    addressee: str = ""


def unreached_people(
    store: Store, session: Session, incident_id: str, message: str = DEFAULT_MESSAGE
) -> Iterator[Unreached]:
    """Give everybody whom no message reached and no letter was tried for, by number.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: its people were erased.
    """
    row, subject = DELIVERY.c, SUBJECT.c
    sealer = sealer_of(store, session, incident_id)
    joined = and_(subject.incident_id == incident_id, subject.number == row.person)
    chosen = (
        select(row.campaign_id, row.person, row.status, row.reason)
        .add_columns(subject.place, subject.language, subject.categories, subject.sealed, subject.addressee)
        .join_from(DELIVERY, SUBJECT, joined)
        .join(CAMPAIGN, CAMPAIGN.c.id == row.campaign_id)
        .where(CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message)
        .where(row.current, row.channel != POST, row.status.in_(_UNREACHED), subject.sealed.is_not(None))
        .order_by(row.person)
    )
    found = session.execute(chosen.execution_options(yield_per=A_STATEMENT))
    for campaign_id, person, status, reason, place, language, categories, sealed, addressee in found:
        contact = open_contact(sealer, incident_id, person, sealed)
        told = (campaign_id, person, place, language, categories, reason or status, contact, addressee)
        yield Unreached(*told)


def postal_file(store: Store, incident_id: str) -> Path:
    """Say where the file of an incident lies."""
    return store.settings.home / "mend" / f"{incident_id}-post.csv"


def write_postal_file(
    store: Store, incident_id: str, message: str = DEFAULT_MESSAGE, *, actor: str = "tocsin"
) -> tuple[Path, int]:
    """Write the file, readable by its owner only, and note in the ledger how many people it names.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: its people were erased.
    """
    path = postal_file(store, incident_id)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    with store.work() as unit:
        count = 0
        with open_private(draft) as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for each in unreached_people(store, unit.session, incident_id, message):
                told = (
                    each.person,
                    each.contact.reference,
                    each.contact.name,
                    each.place,
                    each.language,
                    each.reason,
                )
                writer.writerow([formula_safe(str(cell)) for cell in told])
                count += 1
        _record(unit, incident_id, "notice:post_written", actor, {"message": message, "people": count})
    return draft.rename(path), count


def open_private(path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Open a text file that only its owner may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8-sig", newline="")


def mark_posted(
    unit: Work, incident_id: str, at: datetime, *, message: str = DEFAULT_MESSAGE, actor: str, role: str
) -> int:
    """Record that the letters to the people of the last file were handed to the post; gives how many.

    Somebody who was reached in the meantime is left as they stand.

    Raises:
        NotFoundError: no file was written, or it is gone.
    """
    people = _people_of_file(postal_file(unit.store, incident_id))
    done = 0
    for start in range(0, len(people), A_STATEMENT):
        done += _move_to_post(unit, incident_id, message, people[start : start + A_STATEMENT], at)
    _record(unit, incident_id, "notice:posted", actor, {"message": message, "people": done}, role)
    return done


def _people_of_file(path: Path) -> list[int]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [int(row["person"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError):
        raise NotFoundError(
            "There is no file of letters to post.",
            where=str(path),
            remedy="Write it with `tocsin notice post`.",
        ) from None


def _move_to_post(unit: Work, incident_id: str, message: str, people: Sequence[int], at: datetime) -> int:
    row = DELIVERY.c
    campaigns = select(CAMPAIGN.c.id).where(
        CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message
    )
    unreached = and_(
        row.campaign_id.in_(campaigns),
        row.person.in_(people),
        row.channel != POST,
        row.current,
        row.status.in_(_UNREACHED),
    )
    found = unit.session.execute(select(row.campaign_id, row.person).where(unreached)).all()
    if not found:
        return 0
    unit.session.execute(update(DELIVERY).where(unreached).values(current=False, due_at=None))
    sent = {
        "channel": POST,
        "status": DeliveryStatus.SENT.value,
        "current": True,
        "attempts": 1,
        "changed_at": at,
    }
    rows = [{"campaign_id": campaign_id, "person": person, **sent} for campaign_id, person in found]
    unit.session.execute(insert(DELIVERY), rows)
    return len(rows)


def mark_returned(
    unit: Work, incident_id: str, people: Sequence[int], at: datetime, *, actor: str, role: str
) -> int:
    """Record letters that the post brought back; gives how many of these people had one under way.

    Raises:
        RefusedError: nobody of them was written to.
    """
    row = DELIVERY.c
    campaigns = select(CAMPAIGN.c.id).where(CAMPAIGN.c.incident_id == incident_id)
    mine = and_(row.campaign_id.in_(campaigns), row.channel == POST, row.person.in_(people))
    back = update(DELIVERY).where(mine, row.status == DeliveryStatus.SENT.value)
    values = {"status": DeliveryStatus.BOUNCED.value, "reason": "letter_returned", "changed_at": at}
    done = int(unit.session.execute(back.values(**values)).rowcount)  # type: ignore[attr-defined]
    if not done:
        raise RefusedError("No letter to these people is under way.", where=incident_id)
    _record(unit, incident_id, "notice:returned", actor, {"people": done}, role)
    return done


def _record(
    unit: Work, incident_id: str, tag: str, actor: str, body: dict[str, object], role: str = "communications"
) -> None:
    drill = unit.session.get_one(Incident, incident_id).drill
    unit.record(tag, actor=actor, role=role, incident_id=incident_id, drill=drill, body=body)
