"""People are called while a signal waits that may be urgent: at once, and again each hour until somebody answers."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.call import Call
from models.database import Store, Work
from response.calling.calls import SIGNALS_WAIT, call_about_signals
from response.signal_state import calling_signals

EVERY = timedelta(hours=1)  # however many signals come


def call_where_due(unit: Work) -> bool:
    """Call those who may declare an incident, unless nothing waits or they were called within the hour."""
    waiting = calling_signals(unit.session)
    if not waiting or _called_since(unit.session, unit.clock() - EVERY):
        return False
    call_about_signals(unit, waiting)
    return True


def remind_of_signals(store: Store) -> bool:
    """Call again when signals still wait; a look that finds nothing takes no write lock."""
    with store.reading() as session:
        if _called_since(session, store.clock() - EVERY) or not calling_signals(session):
            return False
    with store.work() as unit:
        return call_where_due(unit)


def _called_since(session: Session, moment: datetime) -> bool:
    said = select(Call).where(Call.about == SIGNALS_WAIT, col(Call.queued_at) > moment)
    return session.exec(said.limit(1)).first() is not None
