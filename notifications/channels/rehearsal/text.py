"""An SMS provider in the shape of Twilio's API (2010-04-01) that keeps what it receives and sends nothing.

The numbers +15005550001, …04, …09 and so on fail as the provider's own test numbers do.
"""

import base64
import re
import uuid
from collections import Counter
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from models.clock import Clock, system_clock
from notifications.channels.rehearsal.keeping import KeptLines, read_lines
from notifications.targets import REHEARSAL_ACCOUNT, REHEARSAL_TOKEN
from notifications.texts.sms_segments import count_segments

INDEX = "messages.jsonl"
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_MAGIC = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAX_BODY = 1600


@dataclass
class TextFault:
    """A fault to act out `times` times: a status, or (status 0) silence after keeping the message.

    A status may be answered to the asking for messages (`method` GET) instead of the sending of one, or to both ("").
    With `kept`, the message is taken all the same: what a server does that fails after its work.
    """

    status: int
    code: int = 0
    times: int = 1
    to: str = ""  # only for this number
    retry_after: int | None = None
    method: str = "POST"
    kept: bool = False


class TextKeeper:
    """One account's messages, in memory and in a file that outlives the process."""

    def __init__(self, folder: Path, clock: Clock = system_clock) -> None:
        """Read back what earlier runs kept."""
        self.messages: dict[str, dict[str, Any]] = {m["sid"]: m for m in read_lines(folder / INDEX)}
        self._by_number: dict[str, list[dict[str, Any]]] = {}
        for message in self.messages.values():
            self._by_number.setdefault(message["to"], []).append(message)
        self._lines = KeptLines(folder / INDEX)
        self._clock = clock
        self.faults: list[TextFault] = []

    def keep(self, to: str, sender: str, body: str) -> dict[str, Any]:
        """Keep one message and give it as the API shows it."""
        sid, moment = f"SM{uuid.uuid4().hex}", format_datetime(self._clock())
        account, is_service = REHEARSAL_ACCOUNT, sender.startswith("MG")
        message: dict[str, Any] = {
            "sid": sid,
            "account_sid": account,
            "to": to,
            "from": None if is_service else sender,
            "body": body,
            "status": "queued",
            "date_created": moment,
            "date_updated": moment,
            "date_sent": None,
            "direction": "outbound-api",
            "num_segments": str(count_segments(body)),
            "num_media": "0",
            "api_version": "2010-04-01",
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "messaging_service_sid": sender if is_service else None,
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        }
        self._lines.append(message)
        self.messages[sid] = message
        self._by_number.setdefault(to, []).append(message)
        return message

    def listed(self, to: str, sender: str) -> list[dict[str, Any]]:
        """Give messages, newest first, as the API lists them."""
        chosen = self._by_number.get(to, []) if to else list(self.messages.values())
        return [message for message in reversed(chosen) if not sender or message["from"] == sender]

    def fault(self, method: str, to: str = "") -> TextFault | None:
        """Give the fault to act out now, if any."""
        for fault in self.faults:
            if fault.times > 0 and fault.to in ("", to) and fault.method in ("", method):
                fault.times -= 1
                return fault
        return None

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


def _refused(status: int, code: int, message: str, retry_after: int | None = None) -> web.Response:
    body = {
        "code": code,
        "message": message,
        "status": status,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
    }
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response(body, status=status, headers=headers)


def text_application(keeper: TextKeeper) -> web.Application:
    """Build the HTTP application."""
    wanted = base64.b64encode(f"{REHEARSAL_ACCOUNT}:{REHEARSAL_TOKEN}".encode()).decode()
    place = "/2010-04-01/Accounts/{account}/Messages"

    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/2010-04-01/"):
            known = request.match_info.get("account") == REHEARSAL_ACCOUNT
            if not known or request.headers.get("Authorization") != f"Basic {wanted}":
                return _refused(401, 20003, "Authenticate")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def create(request: web.Request) -> web.StreamResponse:
        return await _create(keeper, request)

    async def listing(request: web.Request) -> web.StreamResponse:
        return _listing(keeper, request)

    async def single(request: web.Request) -> web.StreamResponse:
        message = keeper.messages.get(request.match_info["sid"])
        return web.json_response(message) if message else _refused(404, 20404, "Not found")

    async def script(request: web.Request) -> web.StreamResponse:
        keeper.faults.append(TextFault(**await request.json()))
        return web.json_response({})

    application = web.Application(middlewares=[check])
    application.router.add_post(f"{place}.json", create)
    application.router.add_get(f"{place}.json", listing)
    application.router.add_get(f"{place}/{{sid}}.json", single)
    application.router.add_post("/rehearsal/faults", script)
    return application


async def _create(keeper: TextKeeper, request: web.Request) -> web.StreamResponse:
    form = await request.post()
    to, body = str(form.get("To", "")), str(form.get("Body", ""))
    sender = str(form.get("From") or form.get("MessagingServiceSid") or "")
    if form.get(
        "ContentSid"
    ):  # the provider fills its own text; what it was filled with shows what was asked
        body = " ".join(str(form.get(name, "")) for name in ("ContentSid", "ContentVariables"))
    fault = keeper.fault("POST", to)
    if fault is not None and fault.status:
        if fault.kept:
            keeper.keep(to, sender, body)
        return _acted_out(fault)
    if to in _MAGIC:
        return _refused(400, _MAGIC[to], "The number can't be used")
    if not _NUMBER.fullmatch(to):
        return _refused(400, 21211, "The 'To' number is not a valid phone number")
    if not body or len(body) > MAX_BODY:
        return _refused(400, 21602 if not body else 21617, "The body is missing or too long")
    if not sender:
        return _refused(400, 21603, "A 'From' number or messaging service is required")
    message = keeper.keep(to, sender, body)
    if fault is not None and request.transport is not None:
        request.transport.abort()  # kept, but nobody will hear of it
    return web.json_response(message, status=201)


def _acted_out(fault: TextFault) -> web.Response:
    return _refused(fault.status, fault.code, "Rehearsed fault", fault.retry_after)


def _listing(keeper: TextKeeper, request: web.Request) -> web.StreamResponse:
    fault, query = keeper.fault("GET"), request.query
    if fault is not None:
        return _acted_out(fault)
    size = min(max(int(query.get("PageSize", "50")), 1), 1000)
    page = max(int(query.get("Page", "0")), 0)
    found = keeper.listed(query.get("To", ""), query.get("From", ""))
    shown = found[page * size : (page + 1) * size]
    further = (page + 1) * size < len(found)
    following = request.rel_url.update_query(PageSize=str(size), Page=str(page + 1))
    return web.json_response(
        {
            "messages": shown,
            "page": page,
            "page_size": size,
            "uri": str(request.rel_url),
            "first_page_uri": "",
            "previous_page_uri": None,
            "start": page * size,
            "end": page * size + len(shown),
            "next_page_uri": str(following) if further else None,
        }
    )


def received_texts(folder: Path) -> list[dict[str, Any]]:
    """Give the kept messages, in the order of arrival."""
    return list(read_lines(folder / INDEX))


def texts_by_number(folder: Path) -> Counter[str]:
    """Count the messages each number got."""
    return Counter(message["to"] for message in received_texts(folder))
