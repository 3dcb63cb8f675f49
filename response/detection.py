"""Detection: signals are kept as received, recognised, deduplicated, and joined to an incident or declared as one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.database import Store, Work
from models.errors import InvalidInputError, UnavailableError
from models.incident import Incident
from models.signal import Signal
from models.vocabulary import Role
from response.context import TOCSIN, StepContext, StepOutcome
from response.facts import latest_document, record_facts
from response.first_facts import first_facts
from response.incidents import Declarer, declare, locked_series, next_number, open_incidents
from response.signal_calls import call_where_due
from response.signal_state import CALLS
from response.signals.reading import SignalReading, read_signal, split_signals
from response.signals.rules import Answer, Origin, join_window, judge, playbook_for

TELLERS = (
    "detector", "customer", "employee", "press", "police", "attacker", "processor", "authority", "researcher",
    "unknown",
)  # fmt: skip
ATTEMPTS = 4
Taken = tuple[Signal, Incident | None]


@dataclass(frozen=True)
class Arrival:
    """How a signal came, and what is decided about it beforehand; `playbook` overrides the rules' choice."""

    origin: Origin
    drill: bool = False
    scenario: str | None = None
    playbook: str | None = None
    mail_id: str | None = None


def take_signal(
    store: Store,
    payload: bytes,
    form: str | None,
    told_by: str,
    drill: bool = False,
    scenario: str | None = None,
    playbook: str | None = None,
) -> Taken:
    """Take one signal in: kept, and joined to an open incident, declared as a new one, or asked about.

    The same signal a second time gives what the first time gave. `playbook` overrides the rules' choice.

    Raises:
        InvalidInputError: empty, too big, broken, a batch, not of the named form, or told by nobody known.
        NotFoundError: there is no such playbook. Nothing was stored in either case.
    """
    if len(split_signals(payload)) > 1:
        raise InvalidInputError("This is a batch of signals.", remedy="Hand it in as a batch, or one by one.")
    return take_arrived(store, payload, form, Arrival(Origin(told_by), drill, scenario, playbook))


def take_signals(
    store: Store,
    payload: bytes,
    form: str | None,
    told_by: str,
    drill: bool = False,
    scenario: str | None = None,
) -> tuple[Taken, ...]:
    """Take in one signal or a batch; a batch with a wrong item is refused before anything is kept."""
    parts = split_signals(payload)
    for part in parts:
        read_signal(part, form)
    arrival = Arrival(Origin(told_by), drill, scenario)
    return tuple(take_arrived(store, part, form, arrival) for part in parts)


def take_arrived(store: Store, payload: bytes, form: str | None, arrival: Arrival) -> Taken:
    """Take one signal in, however it came; raises as `take_signal` does."""
    if arrival.origin.told_by not in TELLERS:
        raise InvalidInputError(
            f"Nobody tells as {arrival.origin.told_by[:40]!r}.", expected=" or ".join(TELLERS)
        )
    reading = read_signal(payload, form)
    for _ in range(ATTEMPTS):
        try:
            return _take(store, payload, reading, arrival)
        except IntegrityError:
            continue  # on PostgreSQL another process took the same signal or number first: look again
    raise UnavailableError("The signal could not be kept: too many at once.", remedy="Send it again.")


def _take(store: Store, payload: bytes, reading: SignalReading, arrival: Arrival) -> Taken:
    with store.work() as unit:
        # One at a time, so that two signals about one system can't declare two incidents.
        locked_series(unit.session, "SIG")
        key = f"drill/{reading.dedup_key}" if arrival.drill else reading.dedup_key
        known = unit.session.exec(select(Signal).where(Signal.dedup_key == key)).first()
        if known is not None:
            return known, unit.session.get(Incident, known.incident_id) if known.incident_id else None
        signal = _kept(unit, payload, reading, key, arrival)
        answer = judge(reading, arrival.origin)
        if answer.call:
            signal.named = {**signal.named, CALLS: True}
        incident = None
        if answer.verdict == "declare" or arrival.playbook is not None:
            incident = _fitting(unit.session, signal, arrival.drill, unit.clock())
            if incident is None:
                incident = _declared(unit, reading, arrival, answer)
            signal.incident_id = incident.id
        unit.session.add(signal)
        unit.session.flush()
        _note(unit, signal, answer)
        if incident is None and answer.call and not signal.drill:
            call_where_due(unit)
    return signal, incident


def _declared(unit: Work, reading: SignalReading, arrival: Arrival, answer: Answer) -> Incident:
    name = arrival.playbook or playbook_for(reading.facts.get("breach.vector"))
    by = Declarer(arrival.origin.told_by, Role.RESPONDER, answer.because)
    return declare(unit, reading.title, by, playbook=name, drill=arrival.drill, scenario=arrival.scenario)


def _kept(unit: Work, payload: bytes, reading: SignalReading, key: str, arrival: Arrival) -> Signal:
    signal_id = f"SIG-{next_number(unit.session, 'SIG'):06d}"
    named = {"form": reading.form, "severity": reading.severity, "state": reading.state}
    if reading.target is not None:
        named |= {"target": reading.target, "target_kind": reading.target_kind}
    return Signal(
        id=signal_id,
        form=reading.form,
        dedup_key=key,
        received_at=unit.clock(),
        told_by=arrival.origin.told_by,
        title=reading.title,
        named={name: value for name, value in named.items() if value is not None},
        payload=unit.store.organisation_key.sealer.seal(payload, f"signal/{signal_id}"),
        payload_sha256=hashlib.sha256(payload).hexdigest(),
        drill=arrival.drill,
        came_in=arrival.mail_id,
    )


def _fitting(session: Session, signal: Signal, drill: bool, now: datetime) -> Incident | None:
    """Find the open incident, declared recently enough, in which a signal named the same system."""
    target = signal.named.get("target")
    if target is None:
        return None
    for incident in open_incidents(session, drill):
        if now - incident.declared_at <= join_window():
            said = session.exec(select(Signal).where(Signal.incident_id == incident.id))
            if any(other.named.get("target") == target for other in said):
                return incident
    return None


def _note(unit: Work, signal: Signal, answer: Answer) -> None:
    unit.record(
        "signal:received",
        actor=signal.told_by,
        role=Role.RESPONDER,
        incident_id=signal.incident_id,
        drill=signal.drill,
        body={
            "signal": signal.id,
            "form": signal.form,
            "sha256": signal.payload_sha256,
            "answer": answer.verdict,
            "because": answer.because,
        },
    )


def record_detection(unit: Work, context: StepContext) -> StepOutcome:
    """Write the first version of the facts from what signals and the organisation's file say; step detection.record.

    What none of them says stays unknown; `aware_at` waits for a person. Facts that exist are left alone.
    """
    incident = context.incident
    if latest_document(unit.session, incident):
        return StepOutcome(values={"facts_version": incident.facts_version})
    facts = first_facts(unit, incident)
    version = record_facts(unit, incident, facts, TOCSIN, Role.RESPONDER)
    return StepOutcome(values={"facts_version": version})
