"""Where the SMS provider posts: reports on messages at /receipts/sms, replies at /receipts/sms/replies.

Both are believed only with the provider's signature over the address it called, which is TOCSIN_PUBLIC_URL and the
path: behind a proxy this process can't see that address itself.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool

from models.database import Store
from models.errors import TocsinError
from notifications.targets import REPLIES_PATH, REPORTS_PATH
from notifications.text_receipts import UNMATCHED, take_text_status
from response.disclosure import call_people
from response.text_replies import take_text_reply

SIGNATURE_HEADER = "X-Twilio-Signature"
MOST_BYTES = 65_536
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
# A report may overtake the record of its own message, which is written a window at a time.
LOOK_AGAIN_SECONDS = (5.0, 30.0, 120.0)
LOG = structlog.get_logger(__name__)


def sms_callbacks(store: Store) -> APIRouter:
    """Give the routes."""
    router = APIRouter()

    @router.post(REPORTS_PATH, status_code=204)
    async def report(request: Request, later: BackgroundTasks) -> Response:
        posted = await _read(store, request)
        if await run_in_threadpool(_take, store, *posted) == UNMATCHED:
            later.add_task(_take_later, store, posted)
        return Response(status_code=204, background=later)

    @router.post(REPLIES_PATH)
    async def reply(request: Request) -> Response:
        await run_in_threadpool(take_text_reply, store, *await _read(store, request))
        return Response(NOTHING_TO_SAY, media_type="text/xml")

    return router


Posted = tuple[str, Mapping[str, str], str]


async def _read(store: Store, request: Request) -> Posted:
    """Give address, form and signature of a post; a body that is too long is read as an empty form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            body.clear()
            break
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{store.settings.address_for_staff}{request.url.path}{query}"
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return url, form, request.headers.get(SIGNATURE_HEADER, "")


def _take(store: Store, url: str, form: Mapping[str, str], signature: str) -> str:
    return take_text_status(store, url, form, signature, when_stopped=call_people).kind


async def _take_later(store: Store, posted: Posted) -> None:
    for seconds in LOOK_AGAIN_SECONDS:
        await asyncio.sleep(seconds)
        try:
            if await run_in_threadpool(_take, store, *posted) != UNMATCHED:
                return
        except TocsinError as error:
            LOG.warning("sms_report_not_taken", error=type(error).__name__)
