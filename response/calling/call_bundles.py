"""Bundles: alarms of one kind that wait for one person go out as one message, so that many are still read.

Questions, reminders and checks stay single: an answer, and a link that works once, belong to one of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from models.call import Call
from models.vocabulary import CallKind

AT_ONCE = 20


class _Alike(NamedTuple):
    """What calls that go out together have in common."""

    incident_id: str | None
    staff_id: str
    channel: str
    about: str
    drill: bool


def take_bundles(session: Session, due: SelectOfScalar[Call]) -> list[list[Call]]:
    """Lock the first calls that are due, each alarm with all those that go out with it; most urgent first."""
    first = session.exec(due.limit(AT_ONCE).with_for_update(skip_locked=True, key_share=True)).all()
    bundles: dict[_Alike, list[Call]] = {_alike(call): [] for call in first if call.kind == CallKind.ALARM}
    for call in _alarms_about(session, due, {alike.about for alike in bundles}):
        if (alike := _alike(call)) in bundles:
            bundles[alike].append(call)
    singles = [[call] for call in first if call.kind != CallKind.ALARM]
    return [*singles, *(sorted(bundle, key=_urgency) for bundle in bundles.values())]


def _alarms_about(session: Session, due: SelectOfScalar[Call], about: set[str]) -> Sequence[Call]:
    if not about:
        return ()
    alike = due.where(col(Call.kind) == CallKind.ALARM, col(Call.about).in_(about))
    return session.exec(alike.with_for_update(skip_locked=True, key_share=True)).all()


def _alike(call: Call) -> _Alike:
    return _Alike(call.incident_id, call.staff_id, call.channel, call.about, call.drill)


def _urgency(call: Call) -> tuple[str, int]:
    """Order by when it falls or fell due, where that is known, else by when it was queued."""
    return str(call.detail.get("due_at") or call.detail.get("due_on") or ""), call.id or 0
