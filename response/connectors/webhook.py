"""The webhook connector: one signed post for each of look, act, check and undo.

The body is `{"schema": "tocsin/act/1", "do": …, "key": …, "connector": …, "capability": …, "target": …}`, for `undo`
with `before`. `X-Tocsin-Signature: t=<seconds since 1970>,v1=<hex>` is HMAC-SHA256 of `<t>.<body>` with the shared
secret, as detectors sign what they send us. The program answers `look` with `{"state": {…}, "touches": n}`, `check`
with `{"holds": true, "broken": […], "settling": false}`, and does one `key` once.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from pydantic import SecretStr

from models.errors import UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back
from response.connectors.credentials import Credentials
from response.connectors.http_sending import Sender
from response.connectors.webhook_definition import WebhookDefinition

SCHEMA: Final = "tocsin/act/1"
TAKEN: Final = (HTTPStatus.OK, HTTPStatus.ACCEPTED)


def signature(secret: SecretStr, body: bytes, moment: int) -> str:
    """Sign a body sent at a moment (seconds since 1970), so that it can be neither altered nor sent again later."""
    text = f"{moment}.".encode() + body
    digest = hmac.new(secret.get_secret_value().encode(), text, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class WebhookConnector:
    """Acts through a program of the organisation's own."""

    rehearsal = False
    repeatable = True

    def __init__(
        self,
        definition: WebhookDefinition,
        address: str,
        sender: Sender,
        secret: SecretStr,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        """Keep what is needed; no connection is made yet. `seconds` tells the time since 1970."""
        self.definition, self.address = definition, address
        self._sender, self._secret, self._seconds = sender, secret, seconds

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Ask for the state that undoing would restore."""
        answer = self._post("look", capability, target)
        state = answer.get("state")
        if not isinstance(state, dict):
            raise self._strange("a state")
        touches = answer.get("touches")
        return State(state, json.dumps(answer).encode(), touches if isinstance(touches, int) else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Have it done; the key names the act."""
        self._post("act", capability, target, key=key)
        return {"taken": True}

    def verify(self, capability: str, target: str) -> Verdict:
        """Ask whether the act holds."""
        answer = self._post("check", capability, target)
        if not isinstance(answer.get("holds"), bool):
            raise self._strange("holds")
        broken = answer.get("broken")
        said = tuple(str(each)[:100] for each in broken) if isinstance(broken, list) else ()
        return Verdict(answer["holds"], said, answer.get("settling") is True)

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Have the state before restored, and see that it is."""
        if self.definition.act(capability).undo is None:
            raise final(self.definition.connector, capability)
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._undo(capability, target, key, before),
            self.definition.connector,
            target,
        )

    def _undo(self, capability: str, target: str, key: str, before: Mapping[str, Any]) -> None:
        self._post("undo", capability, target, key=key, before=dict(before))

    def _post(self, what: str, capability: str, target: str, **more: Any) -> dict[str, Any]:
        self.definition.act(capability)
        self.definition.values(target)
        named = {"connector": self.definition.connector, "capability": capability, "target": target}
        body = json.dumps({"schema": SCHEMA, "do": what, **named, **more}, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Tocsin-Signature": signature(self._secret, body, int(self._seconds())),
        }
        answer = self._sender.send("POST", "", headers=headers, content=body, expect=TAKEN)
        document = self._sender.json(answer)
        if not isinstance(document, dict):
            raise self._strange("an object")
        return document

    def _strange(self, expected: str) -> UnavailableError:
        return UnavailableError(
            f"The program behind {self.definition.connector} gave a strange answer.",
            where=self.address,
            expected=expected,
        )


def webhook_connector(definition: WebhookDefinition, settings: Settings) -> WebhookConnector:
    """Open the operator's program; the shared secret is `…_SECRET`."""
    given = Credentials(settings, definition.connector)
    address = given.address(definition.base_url)
    sender = Sender(definition.connector, address, dict, given.variable)
    return WebhookConnector(definition, address, sender, given.need("SECRET", "shared secret"))
