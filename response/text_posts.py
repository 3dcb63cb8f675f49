"""What the SMS provider posts, reports and replies: written where it belongs, or kept until it can be.

The provider is answered only when one of both is committed; it asks once, and a report or a STOP must not be lost.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlmodel import col, select

from models.clock import Clock, system_clock
from models.database import Store, Work
from models.notice import TextPost
from notifications.channels.callbacks import (
    TextReply,
    TextReport,
    read_text_reply,
    read_text_report,
)
from notifications.channels.contract import Outcome
from notifications.targets import text_target
from notifications.text_receipts import UNMATCHED, write_report
from response.hearing.text_replies import write_reply
from response.telling.disclosure import call_people

Kind = Literal["report", "reply"]
Became = Literal["written", "kept", "seen", "on_its_way"]
# A report may overtake the record of its own message, which is written a window at a time.
WAITS = (5, 30, 120, 600, 3600)  # seconds before each further try; the last again and again
GIVE_UP_AFTER = timedelta(days=3)  # on a report on a message of which we know nothing
MOST_AT_ONCE = 200
LOG = structlog.get_logger(__name__)


def take_post(
    store: Store,
    kind: Kind,
    url: str,
    form: Mapping[str, str],
    signature: str,
    *,
    machine: Clock = system_clock,
) -> Became:
    """Take one post; when this returns, it is written or kept. The same post again changes nothing.

    `url` is the whole address the provider called, since its signature covers it.

    Raises:
        RefusedError: the signature is not the provider's; nothing was changed.
        UnavailableError: the database is away; nothing was kept, and the provider must not be told otherwise.
    """
    read = read_text_report if kind == "report" else read_text_reply
    post = read(text_target(store.settings, drill=False).token, url, form, signature)
    if isinstance(post, TextReport) and post.outcome is None:
        return "on_its_way"
    now = machine()
    try:
        with store.work() as unit:
            if unit.session.get(TextPost, _digest(store, post)) is not None:
                return "seen"
            if _written(unit, post, now):
                _remember(unit, post, now)
                return "written"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with writing it, it must be kept
        LOG.warning("text_post_not_written", kind=kind, error=type(error).__name__)
    _keep(store, post, now)
    return "kept"


def take_kept(store: Store, *, machine: Clock = system_clock) -> int:
    """Try what was kept and is due once more; gives how many were written."""
    now = machine()
    due = select(TextPost.digest).where(col(TextPost.due_at) <= now).order_by(col(TextPost.due_at))
    with store.reading() as session:
        digests = session.exec(due.limit(MOST_AT_ONCE)).all()
    return sum(_try_again(store, digest, now) for digest in digests)


def _try_again(store: Store, digest: bytes, now: datetime) -> bool:
    try:
        with store.work() as unit:
            row = unit.session.get(TextPost, digest, with_for_update={"key_share": True})
            if row is None or row.sealed is None:
                return False  # another process was quicker
            post = _opened(store, row)
            if done := _written(unit, post, now):
                unit.session.delete(row)
                unit.session.flush()
                _remember(unit, post, now)
            else:
                _put_off(unit, row, now)
            return done
    except Exception as error:  # noqa: BLE001 - one that can't be written keeps no other from its turn
        LOG.warning("text_post_not_written", error=type(error).__name__)
    with store.work() as unit:
        row = unit.session.get(TextPost, digest)
        if row is not None and row.sealed is not None:
            _put_off(unit, row, now)
    return False


def _written(unit: Work, post: TextReport | TextReply, now: datetime) -> bool:
    """Write a post where it belongs; False when it is a report on a message that is not known (yet)."""
    if isinstance(post, TextReply):
        write_reply(unit, post)
        return True
    return write_report(unit, post, now=now, when_stopped=call_people).kind != UNMATCHED


def _remember(unit: Work, post: TextReport | TextReply, now: datetime) -> None:
    # A report again changes nothing by itself; a STOP again, after a START, would.
    if isinstance(post, TextReply):
        digest = _digest(unit.store, post)
        unit.session.add(TextPost(digest=digest, kind="reply", received_at=now))


def _keep(store: Store, post: TextReport | TextReply, now: datetime) -> None:
    digest = _digest(store, post)
    sealed = store.organisation_key.sealer.seal(json.dumps(asdict(post)).encode(), _place(digest))
    kind = "reply" if isinstance(post, TextReply) else "report"
    with store.work() as unit:
        if unit.session.get(TextPost, digest) is None:
            due = now + timedelta(seconds=WAITS[0])
            row = TextPost(digest=digest, kind=kind, sealed=sealed, received_at=now, due_at=due)
            unit.session.add(row)


def _put_off(unit: Work, row: TextPost, now: datetime) -> None:
    if row.kind == "report" and now - row.received_at > GIVE_UP_AFTER:
        LOG.warning("text_report_given_up")
        unit.session.delete(row)
        return
    row.tries += 1
    row.due_at = now + timedelta(seconds=WAITS[min(row.tries, len(WAITS) - 1)])
    unit.session.add(row)


def _opened(store: Store, row: TextPost) -> TextReport | TextReply:
    assert row.sealed is not None  # noqa: S101 - the caller looked
    kept = json.loads(store.organisation_key.sealer.open(row.sealed, _place(row.digest)))
    if row.kind == "reply":
        return TextReply(**kept)
    return TextReport(**(kept | {"outcome": Outcome(kept["outcome"])}))


def _digest(store: Store, post: TextReport | TextReply) -> bytes:
    """Give what a post is known by: the message's id, and of a report also what became of it."""
    if isinstance(post, TextReply):
        told = post.reference or json.dumps(asdict(post))
        return store.organisation_key.sealer.lookup(f"text/reply/{told}")
    return store.organisation_key.sealer.lookup(f"text/report/{post.reference}/{post.outcome}/{post.code}")


def _place(digest: bytes) -> str:
    return f"text-post/{digest.hex()}"
