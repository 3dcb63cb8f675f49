"""Where the SMS provider posts: reports on messages at /receipts/sms, replies at /receipts/sms/replies.

Both are believed only with the provider's signature over the address it called, which is TOCSIN_PUBLIC_URL and the
path: behind a proxy this process can't see that address itself. Both are answered once they are written or kept.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from models.database import Store
from models.errors import TocsinError
from notifications.targets import REPLIES_PATH, REPORTS_PATH
from response.text_posts import take_kept, take_post

SIGNATURE_HEADER = "X-Twilio-Signature"
MOST_BYTES = 65_536
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
LOOK_AGAIN_SECONDS = 5.0
LOG = structlog.get_logger(__name__)


def sms_callbacks(store: Store) -> APIRouter:
    """Give the routes."""
    router = APIRouter()

    @router.post(REPORTS_PATH, status_code=204)
    async def report(request: Request) -> Response:
        await run_in_threadpool(take_post, store, "report", *await _read(store, request))
        return Response(status_code=204)

    @router.post(REPLIES_PATH)
    async def reply(request: Request) -> Response:
        await run_in_threadpool(take_post, store, "reply", *await _read(store, request))
        return Response(NOTHING_TO_SAY, media_type="text/xml")

    return router


@asynccontextmanager
async def taking_what_was_kept(store: Store) -> AsyncIterator[None]:
    """Try again and again, while the block runs, what was posted and could not be written at once."""
    again = asyncio.create_task(_again_and_again(store))
    try:
        yield
    finally:
        again.cancel()
        with suppress(asyncio.CancelledError):
            await again


async def _again_and_again(store: Store) -> None:
    while True:
        try:
            await run_in_threadpool(take_kept, store)
        except TocsinError as error:
            LOG.warning("text_posts_not_taken", fault=error.what)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _read(store: Store, request: Request) -> tuple[str, Mapping[str, str], str]:
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
