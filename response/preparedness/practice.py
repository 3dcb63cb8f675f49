"""Ready by practice: drills, exercises the law asks for, restores that were tried, and how fast notices really go."""

from datetime import timedelta

from sqlmodel import Session, col, select

from models.database import Store
from models.drill import Drill
from models.ledger import LedgerEntry
from notifications.forecast import SENDING, measured_rate
from reports.exercises_held import RESTORE_TESTED, exercise_standings
from response.organisation import organisation_of
from response.preparedness.part import Part

DRILLED_WITHIN = timedelta(days=92)
RESTORED_WITHIN = timedelta(days=31)
REFERENCE_PEOPLE, REFERENCE_HOURS = 1_000_000, 24.0
REHEARSED_SHARE = 0.3  # what a rate is worth that only a rehearsal server on this machine was asked for


def last_drill(store: Store, session: Session) -> Part:
    """Count the last drill by its points, for a quarter."""
    drills = select(Drill).where(Drill.status == "done").order_by(col(Drill.started_at).desc())
    drill = session.exec(drills.limit(1)).first()
    if drill is None or drill.score is None:
        return Part("last drill", 20, 0.0, "no drill was carried to its end", "tocsin drill run open-bucket")
    points, age = int(drill.score["points"]), store.clock() - drill.started_at
    fresh = age <= DRILLED_WITHIN
    finding = f"{drill.incident_id}: {points} points, {age.days} days ago"
    return Part(
        "last drill", 20, 20 * points / 100 if fresh else 0.0, finding, "" if fresh else "drill again"
    )


def restore_test(store: Store, session: Session) -> Part:
    """Count whether a backup was restored lately."""
    tests = (
        select(LedgerEntry.at).where(LedgerEntry.tag == RESTORE_TESTED).order_by(col(LedgerEntry.seq).desc())
    )
    last = session.exec(tests.limit(1)).first()
    fresh = last is not None and store.clock() - last <= RESTORED_WITHIN
    finding = f"last one {(store.clock() - last).days} days ago" if last else "no backup was ever tried"
    return Part("restore test", 15, 15.0 * fresh, finding, "" if fresh else "tocsin backup FILE --check")


def exercise_duties(store: Store, session: Session) -> Part:
    """Count the duties to exercise the plan for which there is a proof that still holds."""
    known = organisation_of(store.settings.home).organisation
    standings = exercise_standings(session, known, store.clock())
    kept = [each for each in standings if each.state in {"met", "due_soon"}]
    missing = [each.duty.id for each in standings if each not in kept]
    share = len(kept) / len(standings) if standings else 1.0
    finding = f"{len(kept)} of {len(standings)} duties to exercise the plan have a proof that still holds"
    mend = f"tocsin drill duties shows how: {', '.join(missing)}" if missing else ""
    return Part("exercise duties", 10, 10 * share, finding, mend)


def sending_rate(_store: Store, session: Session) -> Part:
    """Count how fast a million messages would leave; in full only where the real relay and provider were asked."""
    real, rehearsed = _slowest(session, rehearsed=False), _slowest(session, rehearsed=True)
    rate = real or rehearsed
    if rate is None:
        mend = "run a drill that tells people"
        return Part("time to the last notice", 10, 0.0, "no rate was measured yet", mend)
    hours = REFERENCE_PEOPLE / rate / 3600
    good = hours <= REFERENCE_HOURS
    finding = f"a million messages would take {hours:.1f} hours at the slowest rate measured "
    finding += "with the real relay or provider" if real else "with rehearsal servers on this machine only"
    share = (1.0 if real else REHEARSED_SHARE) if good else 0.0
    return Part("time to the last notice", 10, 10 * share, finding, _faster(good, real is not None))


def _slowest(session: Session, *, rehearsed: bool) -> float | None:
    rates = [measured_rate(session, channel, rehearsed=rehearsed) for channel in SENDING]
    return min((rate for rate in rates if rate), default=None)


def _faster(good: bool, real: bool) -> str:
    if not good:
        return f"at most {REFERENCE_HOURS:.0f} hours: a faster relay, provider or second account"
    return "" if real else "a rate counts in full once notices went by the bank's own relay or provider"
