"""Sending one request to a system and reading its answer, with the faults named for whom they concern."""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import httpx
from pydantic import SecretStr

from models.errors import RefusedError, UnavailableError

TIMEOUT_SECONDS: Final = 10.0
MOST_ANSWER_BYTES: Final = 1_000_000
_PASSING: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
_REFUSING: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SPARE_SECONDS: Final = 60.0
Authorize = Callable[[], Mapping[str, str]]


class Sender:
    """Sends requests to one system; `variable` names the settings that a remedy speaks of."""

    def __init__(self, name: str, address: str, authorize: Authorize, variable: Callable[[str], str]) -> None:
        """Keep what is needed; no connection is made yet."""
        self._name, self._address, self._authorize, self._variable = name, address, authorize, variable

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        content: bytes | None = None,
        expect: tuple[int, ...],
    ) -> httpx.Response:
        """Send one request and refuse an answer that was not expected.

        Raises:
            UnavailableError: no answer, or one that may change by itself.
            RefusedError: the system says no.
        """
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_trust()) as client:
                answer = client.request(
                    method,
                    self._address + path,
                    headers={**headers, **self._authorize()},
                    json=body,
                    content=content,
                )
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"The system behind {self._name} does not answer ({type(error).__name__}).",
                where=self._address,
                remedy=f"Check that it runs, or set {self._variable('URL')}.",
            ) from None
        self._check(answer, expect)
        return answer

    def json(self, answer: httpx.Response) -> Any:
        """Read an answer as JSON."""
        try:
            return json.loads(answer.content)
        except ValueError:
            raise UnavailableError(
                f"The system behind {self._name} answered something that is not JSON.", where=self._address
            ) from None

    def _check(self, answer: httpx.Response, expected: tuple[int, ...]) -> None:
        code = answer.status_code
        if code in expected and len(answer.content) <= MOST_ANSWER_BYTES:
            return
        what = f"The system behind {self._name} answered {code}."
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _PASSING:
            raise UnavailableError(what, where=self._address, remedy="Try again when it is well.")
        remedy = f"Give a token that may do this in {self._variable('TOKEN')}." if code in _REFUSING else ""
        wanted = " or ".join(str(code) for code in expected)
        raise RefusedError(what, where=self._address, expected=wanted, remedy=remedy)


class TokenExchange:
    """Gets tokens for a client's id and secret (RFC 6749, section 4.4) and keeps one until it is nearly spent."""

    def __init__(self, url: str, client: SecretStr, secret: SecretStr, scope: str | None) -> None:
        """Keep what is needed; no connection is made yet."""
        self._url, self._client, self._secret, self._scope = url, client, secret, scope
        self._header: Mapping[str, str] = {}
        self._good_until = 0.0

    def __call__(self) -> Mapping[str, str]:
        """Give the header, exchanged anew when the last token is nearly spent; raises httpx.HTTPError."""
        if time.monotonic() >= self._good_until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._client.get_secret_value(),
                "client_secret": self._secret.get_secret_value(),
                **({"scope": self._scope} if self._scope else {}),
            }
            with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_trust()) as client:
                answer = client.post(self._url, data=form)
            answer.raise_for_status()
            given = answer.json()
            if "access_token" not in given:
                raise httpx.DecodingError("no token in the answer", request=answer.request)
            self._good_until = time.monotonic() + float(given.get("expires_in", 0)) - _SPARE_SECONDS
            self._header = {"Authorization": f"Bearer {given['access_token']}"}
        return self._header


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return (
        ssl.create_default_context()
    )  # reading the certificates takes longer than most calls: once a process
