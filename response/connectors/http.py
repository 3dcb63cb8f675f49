"""The HTTP connector: carries out what a definition file describes, against a real system or the rehearsal one."""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from models.errors import RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back
from response.connectors.credentials import Credentials
from response.connectors.http_definition import Call, ClientCredentials, HttpDefinition
from response.connectors.http_sending import Authorize, Sender, TokenExchange
from response.connectors.parts import REHEARSAL, UNSET, filled
from response.connectors.pointers import at_pointer, restored, same

ABSENT: Final = {"absent": True}


class HttpConnector:
    """One REST API at one address with its token."""

    repeatable = True

    def __init__(
        self, definition: HttpDefinition, address: str, sender: Sender, *, rehearsal: bool = False
    ) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address, self.rehearsal = definition, address, rehearsal
        self._sender = sender

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore."""
        act, values = self.definition.act(capability), self.definition.values(target)
        answer = self._send(act.read_state, values, allowed=act.read_state.absent)
        if answer.status_code in act.read_state.absent:
            return State(dict(ABSENT), answer.content)
        document = self._sender.json(answer)
        kept = {pointer: at_pointer(document, pointer, values) for pointer in act.keep}
        count = at_pointer(document, act.touches, values) if act.touches is not None else None
        return State(kept, answer.content, count if isinstance(count, int) else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act; `key` goes along as the Idempotency-Key."""
        act, values = self.definition.act(capability), self.definition.values(target)
        return {"status": self._send(act.execute, values, key=key).status_code}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds: every check of every call."""
        act, values = self.definition.act(capability), self.definition.values(target)
        broken, settling = list[str](), False
        for call in act.verify:
            answer = self._send(call, values, allowed=act.read_state.absent)
            # Where there is nothing to look at, nothing holds.
            absent = answer.status_code not in call.expect
            document = None if absent else self._sender.json(answer)
            for check in call.checks:
                found = at_pointer(document, check.pointer, values)
                if not same(found, filled(check.equals, values)):
                    broken.append(f"{call.path} {check.pointer}")
                    settling = settling or any(same(found, each) for each in check.settling)
        return Verdict(not broken, tuple(broken), settling)

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before, and see that it is restored."""
        act, values = self.definition.act(capability), self.definition.values(target)
        call = act.revert_absent if before == ABSENT else act.revert
        if call is None:
            raise final(self.definition.connector, capability)
        body = restored(before) if call.body_before else None
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._undo(call, values, key, body),
            self.definition.connector,
            target,
        )

    def submit(self, target: str, document: Any, key: str) -> str:
        """Hand a report to an authority's desk and give its receipt number; `key` makes a repeat harmless.

        Raises:
            UnavailableError: no answer, or one without a receipt: whether the desk has it is not known.
            RefusedError: the desk says no, or this connector takes no reports.
        """
        submission = self.definition.submission
        if submission is None:
            raise RefusedError(
                f"The connector {self.definition.connector} takes no reports.",
                expected="a connector with a submission",
                remedy="Name another one under authorities in organisation.yaml.",
            )
        values = {"target": target}
        body = _with_document(filled(submission.call.body, values), document)
        answer = self._sender.json(self._send(submission.call, values, key=key, body=body))
        receipt = at_pointer(answer, submission.receipt)
        if not isinstance(receipt, str | int) or not str(receipt).strip():
            raise UnavailableError(
                f"The desk behind {self.definition.connector} gave no receipt.",
                where=self.address,
                expected=f"a number at {submission.receipt}",
            )
        return str(receipt).strip()

    def _undo(self, call: Call, values: Mapping[str, str], key: str, body: Any) -> None:
        self._send(call, values, key=key, body=body)

    def _send(
        self,
        call: Call,
        values: Mapping[str, str],
        *,
        key: str | None = None,
        body: Any = None,
        allowed: tuple[int, ...] = (),
    ) -> httpx.Response:
        headers = {"Idempotency-Key": quote(key, safe="/#")} if key is not None else {}
        return self._sender.send(
            call.method,
            call.path_for(values),
            headers={**self.definition.headers, **headers},
            body=body if body is not None else filled(call.body, values),
            expect=(*call.expect, *allowed),
        )


def http_connector(definition: HttpDefinition, settings: Settings, *, drill: bool = False) -> HttpConnector:
    """Open a REST API. In a drill, or while no real address is set, it is the rehearsal systems.

    The address is `TOCSIN_CONNECTOR_<NAME>_URL`, else the definition's; the token `…_TOKEN`, else the file
    `<home>/keys/connectors/<name>.token`.
    """
    given = Credentials(settings, definition.connector)
    address = REHEARSAL if drill else given.address(definition.base_url)
    sender = partial(Sender, definition.connector, variable=given.variable)
    if address == REHEARSAL:
        loopback = f"http://127.0.0.1:{settings.rehearsal_containment_port}"
        header = {"Authorization": f"Bearer {REHEARSAL}"}
        return HttpConnector(
            definition, loopback, sender(address=loopback, authorize=lambda: header), rehearsal=True
        )
    return HttpConnector(
        definition, address, sender(address=address, authorize=_authorize(definition, given, address))
    )


def _authorize(definition: HttpDefinition, given: Credentials, address: str) -> Authorize:
    auth = definition.auth
    if isinstance(auth, ClientCredentials):
        url = given.text("TOKEN_URL") or auth.token_url
        if url == UNSET:
            given.need("TOKEN_URL", "address to get tokens from")
        full = address + url if url.startswith("/") else url
        client, secret = given.need("CLIENT_ID", "client id"), given.need("CLIENT_SECRET", "client secret")
        return TokenExchange(full, client, secret, auth.scope)
    if auth == "none":
        return dict
    token = given.need("TOKEN", "token")
    return lambda: {"Authorization": _header(auth, token)}


def _header(auth: str, token: SecretStr) -> str:
    secret = token.get_secret_value()
    if auth == "basic":
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    return f"{'SSWS' if auth == 'ssws' else 'Bearer'} {secret}"


def _with_document(value: Any, document: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_document(each, document) for name, each in value.items()}
    return document if value == "{document}" else value
