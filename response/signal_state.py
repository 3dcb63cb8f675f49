"""Whether a kept signal still waits for a person."""

from models.signal import Signal

SET_ASIDE_BY = "set_aside_by"


def is_answered(signal: Signal) -> bool:
    """Tell whether a signal belongs to an incident, or a person said that it is none."""
    return signal.incident_id is not None or SET_ASIDE_BY in signal.named
