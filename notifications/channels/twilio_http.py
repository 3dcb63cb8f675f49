"""The Twilio SDK's transport: its requests over kept lines, to another base address where one is set."""

import base64
from functools import lru_cache
from urllib.parse import quote_plus

from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from models.clock import system_clock
from notifications.channels.hold import read_retry_after
from notifications.channels.http_lines import Lines
from notifications.channels.twilio_answers import TOO_MANY

PROVIDER = "https://api.twilio.com"
MOST_KEPT, LONGEST_NUMBER = 4096, 40


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]
    """Carries what the SDK asks; logs nothing, since numbers and texts are in it."""

    def __init__(self, base_url: str, connections: int) -> None:
        """Open nothing yet; must be made inside a running loop.

        Raises:
            InvalidInputError: the address can't be used.
        """
        super().__init__(logger=None, is_async=True, timeout=None)
        self._lines = Lines(base_url or PROVIDER, connections)
        self.retry_after: float | None = None  # seconds, as the last 429 asked

    async def request(  # type: ignore[no-untyped-def]  # noqa: ANN201, PLR0913, PLR0917 - the SDK's own signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
        allow_redirects: bool = False,
    ):
        """Make one request for the SDK; `ConnectionError` and `TimeoutError` as of Lines."""
        del timeout, allow_redirects
        path = self._lines.path + url.removeprefix(PROVIDER) + (f"?{_form(params)}" if params else "")
        body = _form(data).encode() if data else b""
        named = {"Host": self._lines.host, **(headers or {})}
        if auth:
            named["Authorization"] = _basic(*auth)
        if method != "GET":
            named["Content-Length"] = str(len(body))
        reply = await self._lines.ask(_head(method, path, named) + body)
        if reply.status == TOO_MANY:
            self.retry_after = read_retry_after(reply.headers.get("retry-after"), system_clock())
        return Response(reply.status, reply.body.decode("utf-8", "replace"), reply.headers)

    async def close(self) -> None:
        """Close the kept connections."""
        await self._lines.close()


def _head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
        raise ValueError("A header of the request holds a line break.")
    return head.encode("latin-1") + b"\r\n\r\n"


@lru_cache(maxsize=8)
def _basic(account: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()


def _form(fields: dict[str, object]) -> str:
    """Write a form as a browser does; a list is its name once for each item."""
    each = ((name, value if isinstance(value, list) else [value]) for name, value in fields.items())
    return "&".join(f"{_quoted_text(name)}={_quoted(str(item))}" for name, items in each for item in items)


def _quoted(text: str) -> str:
    # Texts are few and long; numbers are many, short and personal, and are not kept.
    return _quoted_text(text) if len(text) > LONGEST_NUMBER else quote_plus(text)


@lru_cache(maxsize=MOST_KEPT)
def _quoted_text(text: str) -> str:
    return quote_plus(text)
