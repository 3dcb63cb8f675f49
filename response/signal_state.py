"""Whether a kept signal still waits for a person."""

from sqlmodel import Session, col, select

from models.signal import Signal

SET_ASIDE_BY = "set_aside_by"  # in `Signal.named`: who said that it is no incident
CALLS = "calls"  # in `Signal.named`: people are called until somebody looked at it


def is_answered(signal: Signal) -> bool:
    """Tell whether a signal belongs to an incident, or a person said that it is none."""
    return signal.incident_id is not None or SET_ASIDE_BY in signal.named


def waiting_signals(session: Session) -> list[Signal]:
    """List the signals that no rule declared and no person has answered, the oldest first."""
    rows = session.exec(
        select(Signal).where(col(Signal.incident_id).is_(None)).order_by(col(Signal.received_at))
    )
    return [row for row in rows if not is_answered(row)]


def calling_signals(session: Session) -> list[str]:
    """Name those that people are called about; looked up often, so nothing sealed is read."""
    real = (col(Signal.incident_id).is_(None), col(Signal.drill).is_(False))
    rows = session.exec(select(Signal.id, Signal.named).where(*real).order_by(col(Signal.received_at)))
    return [own_id for own_id, named in rows if CALLS in named and SET_ASIDE_BY not in named]
