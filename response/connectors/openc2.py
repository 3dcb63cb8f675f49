"""The OpenC2 connector: commands over HTTPS as OpenC2's own transfer specification lays them out (version 1.1)."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from models.errors import RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back, same
from response.connectors.credentials import Credentials
from response.connectors.http_sending import Sender
from response.connectors.openc2_definition import Command, Openc2Act, Openc2Definition
from response.connectors.parts import filled
from response.connectors.pointers import at_pointer

MEDIA_TYPE: Final = "application/openc2+json;version=1.0"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tocsin:openc2")


class Consumer:
    """One OpenC2 consumer at one address."""

    def __init__(self, name: str, path: str, sender: Sender) -> None:
        """Keep what is needed; no connection is made yet."""
        self._name, self._path, self._sender = name, path, sender

    def ask(self, content: Mapping[str, Any], key: str | None = None) -> Any:
        """Send a command and give the results of its response; the same key gives the same command_id.

        Raises:
            UnavailableError: the consumer does not answer, or is still at it.
            RefusedError: it says no.
        """
        identity = str(uuid.uuid5(_NAMESPACE, key) if key else uuid.uuid4())
        request = {**content, "args": {**content.get("args", {}), "response_requested": "complete"}}
        message = {
            "headers": {"request_id": identity, "from": "tocsin"},
            "body": {"openc2": {"request": {**request, "command_id": identity}}},
        }
        answer = self._sender.send(
            "POST",
            self._path,
            headers={"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE},
            content=json.dumps(message).encode(),
            expect=(HTTPStatus.OK,),
        )
        return self._results(at_pointer(self._sender.json(answer), "/body/openc2/response"))

    def _results(self, response: Any) -> Any:
        status = response.get("status") if isinstance(response, dict) else None
        if status == HTTPStatus.OK:
            return response.get("results", {})
        what = f"The OpenC2 consumer behind {self._name} answered with status {status}."
        if (
            not isinstance(status, int)
            or status < HTTPStatus.OK
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            if status == HTTPStatus.NOT_IMPLEMENTED:
                raise RefusedError(what, expected="a consumer that knows this action and target")
            raise UnavailableError(what, remedy="Try again when it is well.")
        raise RefusedError(what, expected=str(int(HTTPStatus.OK)))


class Openc2Connector:
    """Acts through an OpenC2 consumer."""

    rehearsal = False
    repeatable = True

    def __init__(self, definition: Openc2Definition, address: str, consumer: Consumer) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address, self._consumer = definition, address, consumer

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore."""
        act, values = self._act(capability, target)
        results = self._consumer.ask(act.read_state.content(values))
        kept = {pointer: at_pointer(results, pointer, values) for pointer in act.keep}
        count = at_pointer(results, act.touches, values) if act.touches is not None else None
        return State(kept, json.dumps(results).encode(), count if isinstance(count, int) else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act; the key becomes the command_id."""
        act, values = self._act(capability, target)
        self._consumer.ask(act.execute.content(values), key)
        return {"status": int(HTTPStatus.OK)}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""
        act, values = self._act(capability, target)
        broken, settling = list[str](), False
        for command in act.verify:
            results = self._consumer.ask(command.content(values))
            for check in command.checks:
                found = at_pointer(results, check.pointer, values)
                if not same(found, filled(check.equals, values)):
                    broken.append(f"{command.action} {check.pointer}")
                    settling = settling or any(same(found, each) for each in check.settling)
        return Verdict(not broken, tuple(broken), settling)

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before, and see that it is restored."""
        act, values = self._act(capability, target)
        if act.revert is None:
            raise final(self.definition.connector, capability)
        undo: Command = act.revert
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._consumer.ask(undo.content(values), key),
            self.definition.connector,
            target,
        )

    def _act(self, capability: str, target: str) -> tuple[Openc2Act, dict[str, str]]:
        return self.definition.act(capability), self.definition.values(target)


def openc2_connector(definition: Openc2Definition, settings: Settings) -> Openc2Connector:
    """Open the operator's consumer; its token is `…_TOKEN`."""
    given = Credentials(settings, definition.connector)
    address = given.address(definition.base_url)
    token = given.need("TOKEN", "token") if definition.auth == "bearer" else None

    def authorize() -> dict[str, str]:
        return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    sender = Sender(definition.connector, address, authorize, given.variable)
    return Openc2Connector(definition, address, Consumer(definition.connector, definition.path, sender))
