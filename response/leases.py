"""One executor an incident: a lease with an expiry, since Prefect alone may run a flow twice at once."""

from datetime import timedelta

from sqlmodel import Session, select

from models.database import Store
from models.errors import RefusedError
from models.incident import Lease


class LeaseLostError(RefusedError):
    """Someone else executes this incident now; what this executor was about to do is not done."""


def take(store: Store, incident_id: str, holder: str) -> bool:
    """Take or renew the lease for `lease_seconds`; False when another holder's has not expired."""
    now = store.clock()
    with store.work() as unit:
        lease = _locked(unit.session, incident_id)
        if lease is None:
            lease = Lease(incident_id=incident_id, holder=holder, expires_at=now)
        elif lease.holder != holder and lease.expires_at > now:
            return False
        lease.holder, lease.expires_at = holder, now + timedelta(seconds=store.settings.lease_seconds)
        unit.session.add(lease)
    return True


def renew(store: Store, incident_id: str, holder: str) -> bool:
    """Prolong a lease that is still ours; False when it was lost."""
    now = store.clock()
    with store.work() as unit:
        lease = _locked(unit.session, incident_id)
        if lease is None or lease.holder != holder:
            return False
        lease.expires_at = now + timedelta(seconds=store.settings.lease_seconds)
    return True


def release(store: Store, incident_id: str, holder: str) -> None:
    """Give the lease back, if it is still ours."""
    with store.work() as unit:
        lease = _locked(unit.session, incident_id)
        if lease is not None and lease.holder == holder:
            unit.session.delete(lease)


def is_held(store: Store, session: Session, incident_id: str) -> bool:
    """Tell whether some executor holds a lease that has not expired."""
    lease = session.get(Lease, incident_id)
    return lease is not None and lease.expires_at > store.clock()


def fence(session: Session, incident_id: str, holder: str) -> None:
    """Refuse a write of an executor that lost its lease; call inside the unit of work that writes."""
    lease = _locked(session, incident_id)
    if lease is None or lease.holder != holder:
        raise LeaseLostError("Another executor holds this incident.", where=incident_id)


def _locked(session: Session, incident_id: str) -> Lease | None:
    # FOR UPDATE on PostgreSQL; SQLite's unit of work already holds the only write lock.
    return session.exec(
        select(Lease).where(Lease.incident_id == incident_id).with_for_update(key_share=True)
    ).first()
