"""The second half of the journal: what became of claimed people is written, as many as are known at a commit."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, String, func, update
from sqlalchemy import bindparam as given

from notifications.audience import DELIVERY
from notifications.balance import WINDOW
from notifications.outbox.journal import (
    CLAIMED,
    OURS,
    QUEUED,
    ROW,
    SENT,
    UNKNOWN,
    WAITING,
    Claim,
    Record,
    open_fallback,
)
from notifications.outbox.prepared import Prepared

# A row may be written only while it is still in the state in which the window left it.
_HELD: dict[str, ColumnElement[bool]] = {
    QUEUED: WAITING,
    CLAIMED: ROW.status == CLAIMED,
    UNKNOWN: ROW.status == UNKNOWN,
}
_COUNT_DOWN = Prepared(
    update(WINDOW)
    .where(WINDOW.c.id == given("of_window"), WINDOW.c.open)
    .values(unrecorded=WINDOW.c.unrecorded - given("done"), open=WINDOW.c.unrecorded > given("done"))
)
_WRITE_SENT = Prepared(
    update(DELIVERY)
    .where(OURS, WAITING, ROW.person.between(given("first"), given("last")))
    .values(status=SENT, attempts=ROW.attempts + 1, changed_at=given("at"))
)
_WRITE = {
    state: update(DELIVERY)
    .where(OURS, ROW.person == given("of_person"), held)
    .values(attempts=ROW.attempts + given("tries"))
    for state, held in _HELD.items()
}


def record(
    connection: Connection,
    claimed: Claim,
    told: Collection[int],
    records: Sequence[Record],
    now: datetime,
    at: datetime,
) -> bool:
    """Write what became of some people of a window inside the caller's transaction; the last of them close it.

    Of those who were `told` there is no more to say. `now` is the machine's clock, `at` the moment the records shall
    show. False when the window had been given up in the meantime: then only rows still `unknown` were written.
    """
    done = len(told) + len(records)
    in_time = bool(_COUNT_DOWN.run(connection, {"of_window": claimed.window, "done": done}).rowcount)
    held = UNKNOWN if not in_time else QUEUED if claimed.from_lane else CLAIMED
    if held == QUEUED:
        _write_sent(connection, claimed, told, at)
    else:
        records = [*records, *(Record(person, SENT) for person in told)]
    if records:
        _write(connection, claimed, records, held, now, at)
    return in_time


def _write_sent(connection: Connection, claimed: Claim, told: Collection[int], at: datetime) -> None:
    ours = {"of_campaign": claimed.campaign_id, "of_channel": claimed.channel, "at": at}
    for first, last in stretches_of(set(told), [found.person for found in claimed.people]):
        _WRITE_SENT.run(connection, ours | {"first": first, "last": last})


def stretches_of(chosen: set[int], people: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give the first and last of each stretch of a window's people who are all chosen: one statement writes it."""
    first = last = None
    for person in people:
        if person in chosen:
            first, last = person if first is None else first, person
        elif first is not None and last is not None:
            yield first, last
            first = None
    if first is not None and last is not None:
        yield first, last


def _write(
    connection: Connection, claimed: Claim, records: Sequence[Record], held: str, now: datetime, at: datetime
) -> None:
    """Write the rows one for one; whoever goes on to the phone, only when the e-mail's row was really ours."""
    written = [found for found in records if not found.fallback]
    if connection.dialect.name == "postgresql":
        written = _write_receipts(connection, claimed, written, held, at)
    if written:
        connection.execute(_WRITE[held], [_values(claimed, found, at) for found in written])
    for found in records:
        if found.fallback and connection.execute(_WRITE[held], _values(claimed, found, at)).rowcount:
            open_fallback(connection, claimed.campaign_id, found.person, now)


# PostgreSQL takes a whole window of receipts in one statement, for a fraction of what it costs one by one.
_RECEIPTS = (
    func.unnest(given("people", type_=ARRAY(Integer)), given("references", type_=ARRAY(String)))
    .table_valued("person", "reference", name="receipts")
    .render_derived()
)
_WRITE_RECEIPTS = {
    state: update(DELIVERY)
    .where(OURS, ROW.person == _RECEIPTS.c.person, held)
    .values(
        status=SENT,
        reference=_RECEIPTS.c.reference,
        attempts=ROW.attempts + 1,
        changed_at=given("at"),
        **dict.fromkeys(("reason", "code", "due_at")),
    )
    for state, held in _HELD.items()
}


def _write_receipts(
    connection: Connection, claimed: Claim, records: Sequence[Record], held: str, at: datetime
) -> list[Record]:
    """Write those who were told, with the provider's ids; gives the others."""
    told = [found for found in records if found.is_receipt]
    if told:
        values = {
            "of_campaign": claimed.campaign_id,
            "of_channel": claimed.channel,
            "people": [found.person for found in told],
            "references": [found.reference for found in told],
            "at": at,
        }
        connection.execute(_WRITE_RECEIPTS[held], values)
    return [found for found in records if not found.is_receipt]


def _values(claimed: Claim, found: Record, at: datetime) -> dict[str, Any]:
    return {
        "of_campaign": claimed.campaign_id,
        "of_channel": claimed.channel,
        "of_person": found.person,
        "tries": 1 if found.tried else 0,
        "status": found.status,
        "reason": found.reason,
        "code": found.code,
        "reference": found.reference,
        "due_at": found.due_at,
        "changed_at": at,
        "current": not found.fallback,
    }
