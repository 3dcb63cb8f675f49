"""The last rung: a file for the post room of everybody whom neither e-mail nor SMS could reach.

The bank's own number leads to the postal address, which is not imported: a response holds no more than it needs.
"""

import csv
import os
from pathlib import Path

from sqlalchemy import and_, select

from models.database import Store
from models.incident import Incident
from models.vocabulary import DeliveryStatus
from notifications.audience import CAMPAIGN, DELIVERY, SUBJECT
from notifications.balance import DEFAULT_MESSAGE
from notifications.csv_reading import formula_safe
from notifications.sealed_person import open_contact, sealer_of

COLUMNS = ("person", "reference", "name", "place", "language", "reason")
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


def write_postal_file(
    store: Store, incident_id: str, message: str = DEFAULT_MESSAGE, *, actor: str = "tocsin"
) -> tuple[Path, int]:
    """Write the file, readable by its owner only, and note in the ledger how many people it names.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: its people were erased.
    """
    row, subject = DELIVERY.c, SUBJECT.c
    joined = and_(subject.incident_id == incident_id, subject.number == row.person)
    chosen = (
        select(row.person, row.status, row.reason, subject.place, subject.language, subject.sealed)
        .join_from(DELIVERY, SUBJECT, joined)
        .join(CAMPAIGN, CAMPAIGN.c.id == row.campaign_id)
        .where(CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message)
        .where(row.current, row.status.in_(_UNREACHED), subject.sealed.is_not(None))
        .order_by(row.person)
    )
    path = store.settings.home / "mend" / f"{incident_id}-post.csv"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    with store.work() as unit:
        sealer = sealer_of(store, unit.session, incident_id)
        count = 0
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for person, status, reason, place, language, sealed in unit.session.execute(chosen):
                contact = open_contact(sealer, incident_id, person, sealed)
                told = (person, contact.reference, contact.name, place, language, reason or status)
                writer.writerow([formula_safe(str(cell)) for cell in told])
                count += 1
        drill = unit.session.get_one(Incident, incident_id).drill
        body = {"message": message, "people": count}
        unit.record(
            "notice:posted",
            actor=actor,
            role="communications",
            incident_id=incident_id,
            drill=drill,
            body=body,
        )
    return draft.rename(path), count
