"""The first half of the journal: people are claimed, a window of them by one row, before anything is sent to them."""

from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update
from sqlalchemy import bindparam as given

from notifications.audience import DELIVERY, LANE, SUBJECT
from notifications.balance import WINDOW
from notifications.outbox.journal import (
    CLAIMED,
    DEFERRED,
    OURS,
    QUEUED,
    ROW,
    WAITING,
    Claim,
    ClaimedPerson,
    Lease,
)
from notifications.outbox.prepared import Prepared

People = tuple[ClaimedPerson, ...]
_person = partial(tuple.__new__, ClaimedPerson)  # as ClaimedPerson._make does, in a fifth of the time

_LISTED = ROW.person.in_(given("of_people", expanding=True))
_LANE = and_(LANE.c.campaign_id == given("of_campaign"), LANE.c.channel == given("of_channel"))
_CURSOR = Prepared(select(LANE.c.cursor).where(_LANE, LANE.c.unclaimed > 0).with_for_update())
_ADVANCE = Prepared(
    update(LANE).where(_LANE).values(cursor=given("end"), unclaimed=LANE.c.unclaimed - given("taken"))
)
_RUN_DRY = Prepared(update(LANE).where(_LANE).values(unclaimed=0))
_DUE = Prepared(
    select(ROW.person)
    .where(OURS, ROW.due_at <= given("now"), or_(ROW.status == QUEUED, ROW.status == DEFERRED))
    .order_by(ROW.due_at)
    .limit(given("size"))
    .with_for_update(skip_locked=True)
)
_TAKE_DUE = update(DELIVERY).where(OURS, _LISTED).values(status=CLAIMED, due_at=None)
_SAME_PERSON = and_(SUBJECT.c.incident_id == given("of_incident"), SUBJECT.c.number == ROW.person)
_PEOPLE = (
    select(ROW.person, ROW.attempts, *(SUBJECT.c[name] for name in ClaimedPerson._fields[2:]))
    .join_from(DELIVERY, SUBJECT, _SAME_PERSON)
    .where(OURS)
    .order_by(ROW.person)
)
_NEXT = _PEOPLE.where(WAITING, ROW.person > given("cursor")).limit(given("size"))
_DUE_PEOPLE = _PEOPLE.where(_LISTED, ROW.status == CLAIMED)
_FIELDS = tuple(column.name for column in WINDOW.c if column.name != "id")


def _as_one(people: Select[Any]) -> Select[Any]:
    """Gather the rows in one: SQLite's driver hands the interpreter to other threads at each row it reads."""
    found = people.subquery().c
    sealed = func.hex(found.sealed)
    columns = (sealed if name == "sealed" else found[name] for name in ClaimedPerson._fields)
    return select(func.json_group_array(func.json_array(*columns)))


_NEXT_ROWS, _NEXT_AS_ONE = Prepared(_NEXT), Prepared(_as_one(_NEXT))
_OPEN = Prepared(insert(WINDOW).values({name: given(f"of_{name}") for name in _FIELDS}))


def claim(
    connection: Connection,
    incident_id: str,
    campaign_id: str,
    channel: str,
    size: int,
    lease: Lease,
    due_first: bool = True,
) -> Claim | None:
    """Claim up to `size` people inside the caller's transaction; None when nobody is waiting now.

    Retries and fallbacks that are due go first; unless `due_first`, only when nobody else is left.
    """
    ours = {"of_campaign": campaign_id, "of_channel": channel, "of_incident": incident_id}
    due = _claim_due(connection, ours, size, lease.now) if due_first else ()
    people = due or _advance_lane(connection, ours, size)
    if not people and not due_first:
        due = people = _claim_due(connection, ours, size, lease.now)
    if not people:
        return None
    window = _open_window(connection, ours, people, not due, lease)
    return Claim(window, campaign_id, channel, not due, people)


def _open_window(
    connection: Connection, ours: dict[str, str], people: People, from_lane: bool, lease: Lease
) -> int:
    values = {
        "of_campaign_id": ours["of_campaign"],
        "of_channel": ours["of_channel"],
        "of_first": people[0].person if from_lane else 0,
        "of_last": people[-1].person if from_lane else 0,
        "of_people": None if from_lane else [found.person for found in people],
        "of_size": len(people),
        "of_unrecorded": len(people),
        "of_worker": lease.worker,
        "of_rehearsed": lease.rehearsed,
        "of_claimed_at": lease.now,
        "of_lease_until": lease.now + lease.term,
        "of_open": True,
        "of_expired": False,
    }
    opened = _OPEN.run(connection, values)
    return int(opened.lastrowid if connection.dialect.name == "sqlite" else opened.fetchone()[0])


def _claim_due(connection: Connection, ours: dict[str, str], size: int, now: datetime) -> People:
    due = [person for (person,) in _DUE.run(connection, ours | {"now": now, "size": size}).fetchall()]
    if not due:
        return ()
    connection.execute(_TAKE_DUE, ours | {"of_people": due})
    return tuple(map(_person, connection.execute(_DUE_PEOPLE, ours | {"of_people": due})))


def _advance_lane(connection: Connection, ours: dict[str, str], size: int) -> People:
    at = _CURSOR.run(connection, ours).fetchone()
    if at is None:
        return ()
    people = _next_people(connection, ours | {"cursor": at[0], "size": size})
    if people:
        _ADVANCE.run(connection, ours | {"end": people[-1].person, "taken": len(people)})
    else:
        _RUN_DRY.run(connection, ours)
    return people


def _next_people(connection: Connection, values: dict[str, Any]) -> People:
    if connection.dialect.name != "sqlite":
        return tuple(map(_person, _NEXT_ROWS.run(connection, values).fetchall()))
    rows = orjson.loads(_NEXT_AS_ONE.run(connection, values).fetchone()[0])
    for row in rows:
        row[2] = bytes.fromhex(row[2]) or None
    return tuple(map(_person, rows))
