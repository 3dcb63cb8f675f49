"""Starting, waking and reviving the response to an incident from the console.

What is asked for here is stored before: when the engine is away, the sweep of `tocsin up` takes it up later.
"""

from console.deploying import deploy_all
from console.engine import Engine, EngineRefusedError
from models.errors import UnavailableError
from models.home import open_home
from models.incident import Incident
from models.settings import Settings
from response.plan import find_incident

__all__ = ["deliver", "deploy_all", "revive", "start_drill", "start_response", "wake"]


def start_response(settings: Settings, incident_id: str) -> bool:
    """Start (or wake, or revive) the response to an incident; False when the engine is away.

    Nothing is lost then: the incident is stored, and the sweep of `tocsin up` starts it.
    """
    store = open_home(settings)
    try:
        with store.reading() as session:
            incident = find_incident(session, incident_id)
        with Engine(settings) as engine:
            run_id = _started(engine, incident)
        with store.work() as unit:
            row = find_incident(unit.session, incident_id)
            row.flow_run_id = run_id
            unit.session.add(row)
    except (UnavailableError, EngineRefusedError):
        return False
    finally:
        store.engine.dispose()
    return True


def _started(engine: Engine, incident: Incident) -> str:
    """Make sure that a run is on its way, whatever became of the one before."""
    known = incident.flow_run_id
    state = engine.states([known]).get(known) if known else None
    if state is None:
        return engine.start(incident)
    if state.kind == "PAUSED":
        engine.wake(state.run_id)
    elif state.ended:
        engine.revive(state.run_id, state.kind)
    return state.run_id


def start_drill(settings: Settings, scenario: str) -> str:
    """Start a drill on the running engine; gives the id of its run.

    Raises:
        UnavailableError: the engine is away.
    """
    with Engine(settings) as engine:
        return engine.start_drill(scenario)


def deliver(settings: Settings, campaign_id: str) -> bool:
    """Start the delivery of a campaign beside a plan; False when the engine is away (`tocsin up` starts it later)."""
    try:
        with Engine(settings) as engine:
            engine.deliver(campaign_id)
    except (UnavailableError, EngineRefusedError):
        return False
    return True


def wake(settings: Settings, incident_id: str) -> bool:
    """Have a parked response look at its answers; False when the engine is away (the sweep wakes it later)."""
    store = open_home(settings)
    try:
        with store.reading() as session:
            run_id = find_incident(session, incident_id).flow_run_id
        with Engine(settings) as engine:
            if run_id is None:
                return engine.healthy()
            engine.wake(run_id)
    except UnavailableError:
        return False
    except EngineRefusedError:
        return True  # it answers; what it has lost, the sweep makes anew
    finally:
        store.engine.dispose()
    return True


def revive(settings: Settings, incident_id: str) -> bool:
    """Have a response that was given up tried again: a person looked at it. False when there is no run to revive.

    Raises:
        UnavailableError: the engine is away.
    """
    store = open_home(settings)
    try:
        with store.work() as unit:
            row = find_incident(unit.session, incident_id)
            row.revivals = 0
            unit.session.add(row)
        with Engine(settings) as engine:
            state = engine.states([row.flow_run_id]).get(row.flow_run_id) if row.flow_run_id else None
            return state is not None and state.ended and engine.revive(state.run_id, state.kind)
    finally:
        store.engine.dispose()
