"""The day that a notice or a letter bears: that of the organisation's calendar when it was approved or written."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models.database import Store
from models.facts import Facts
from models.incident import Incident
from regulations.zones import zone_of_place
from response.facts import latest_document
from response.organisation import organisation_of


def day_at_home(store: Store, session: Session, incident: Incident) -> date:
    """Give today where the organisation has its main establishment, by the facts or else by its own file.

    It is the day in UTC where neither says a country.
    """
    document = latest_document(session, incident)
    country = Facts.model_validate(document).organisation.country if document else None
    country = country or organisation_of(store.settings.home).organisation.country
    return store.clock().astimezone(ZoneInfo(zone_of_place(country or "") or "UTC")).date()
