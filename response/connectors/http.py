"""The HTTP connector: carries out what a definition file describes, against a real system or the rehearsal one."""

import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from dotenv import dotenv_values
from pydantic import SecretStr

from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.settings import Settings
from playbooks.durations import parse_duration
from response.connectors.contract import Plan, State, Verdict
from response.connectors.definition import REHEARSAL, Act, Call, Definition, find_definition
from response.connectors.pointers import at_pointer, restored, same

TIMEOUT_SECONDS: Final = 10.0
MOST_ANSWER_BYTES: Final = 1_000_000
PASSING: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
ABSENT: Final = {"absent": True}


class HttpConnector:
    """One connector at one address with its token."""

    def __init__(
        self, definition: Definition, address: str, token: SecretStr | None, *, rehearsal: bool = False
    ) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address, self._token, self.rehearsal = definition, address, token, rehearsal

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        act = self._act(capability, target)
        end = act.undo or act.irreversible
        return Plan(
            connector=self.definition.connector,
            capability=capability,
            target=target,
            address=self.address,
            calls=(_shown(act.execute, target),),
            effect=_texts(act.effect, target),
            undo=_texts(end, target),
            reversible=act.revert is not None,
            most_touched=act.most_touched,
            expires_at=now + parse_duration(act.expires_after) if act.expires_after else None,
        )

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore."""
        act = self._act(capability, target)
        answer = self._send(act.read_state, target, allowed=act.read_state.absent)
        if answer.status_code in act.read_state.absent:
            return State(dict(ABSENT), answer.content)
        document = self._json(answer)
        kept = {pointer: at_pointer(document, pointer) for pointer in act.keep}
        count = at_pointer(document, act.touches) if act.touches is not None else None
        return State(kept, answer.content, count if isinstance(count, int) else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act; `key` makes a repeat of the same act harmless."""
        answer = self._send(self._act(capability, target).execute, target, key=key)
        return {"status": answer.status_code}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds: every check of every call."""
        broken = []
        for call in self._act(capability, target).verify:
            document = self._json(self._send(call, target))
            failing = (
                each for each in call.checks if not same(at_pointer(document, each.pointer), each.equals)
            )
            broken += [f"{call.path} {check.pointer}" for check in failing]
        return Verdict(not broken, tuple(broken))

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before, and see that it is restored."""
        act = self._act(capability, target)
        call = act.revert_absent if before == ABSENT else act.revert
        if call is None:
            raise RefusedError(
                "This act can't be undone.",
                where=f"{self.definition.connector} {capability}",
                remedy="Accept it with a reason instead.",
            )
        self._send(call, target, key=key, body=restored(before) if call.body_before else call.body)
        if not same(self.read_state(capability, target).kept, dict(before)):
            raise UnavailableError(
                f"{self.definition.connector} took the undoing, but the state before is not back.",
                where=target,
                remedy="Look at the system, then undo again.",
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
        body = _with_document(_filled(submission.call.body, target), document)
        answer = self._json(self._send(submission.call, target, key=key, body=body))
        receipt = at_pointer(answer, submission.receipt)
        if not isinstance(receipt, str | int) or not str(receipt).strip():
            raise UnavailableError(
                f"The desk behind {self.definition.connector} gave no receipt.",
                where=self.address,
                expected=f"a number at {submission.receipt}",
            )
        return str(receipt).strip()

    def _act(self, capability: str, target: str) -> Act:
        act = self.definition.act(capability)
        if not re.fullmatch(self.definition.target.pattern, target):
            raise InvalidInputError(
                f"{target[:60]!r} can't be acted on by {self.definition.connector}.",
                expected=self.definition.target.what.en,
            )
        return act

    def _send(
        self,
        call: Call,
        target: str,
        *,
        key: str | None = None,
        body: Any = None,
        allowed: tuple[int, ...] = (),
    ) -> httpx.Response:
        content = body if body is not None else _filled(call.body, target)
        headers = dict(self.definition.headers)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        if key is not None:
            headers["Idempotency-Key"] = quote(key, safe="/#")
        with self._naming_faults(), _client() as client:
            url = self.address + call.path.replace("{target}", quote(target, safe=""))
            answer = client.request(call.method, url, headers=headers, json=content)
        self._check(answer, (*call.expect, *allowed))
        return answer

    @contextmanager
    def _naming_faults(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"The system behind {self.definition.connector} does not answer ({type(error).__name__}).",
                where=self.address,
                remedy=f"Check that it runs, or set {_variable(self.definition.connector, 'URL')}.",
            ) from None

    def _check(self, answer: httpx.Response, expected: tuple[int, ...]) -> None:
        code = answer.status_code
        if code in expected and len(answer.content) <= MOST_ANSWER_BYTES:
            return
        what = f"The system behind {self.definition.connector} answered {code}."
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code in {
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.REQUEST_TIMEOUT,
        }:
            raise UnavailableError(what, where=self.address, remedy="Try again when it is well.")
        remedy = ""
        if code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            remedy = f"Give a token that may do this in {_variable(self.definition.connector, 'TOKEN')}."
        wanted = " or ".join(str(code) for code in expected)
        raise RefusedError(what, where=self.address, expected=wanted, remedy=remedy)

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return json.loads(answer.content)
        except ValueError:
            raise UnavailableError(
                f"The system behind {self.definition.connector} answered something that is not JSON.",
                where=self.address,
            ) from None


def connector(settings: Settings, name: str, *, drill: bool) -> HttpConnector:
    """Open a connector by name. In a drill it acts on the rehearsal systems, whatever is set.

    The address is `TOCSIN_CONNECTOR_<NAME>_URL`, else the definition's; the token `…_TOKEN`, else the file
    `<home>/keys/connectors/<name>.token`.
    """
    definition = find_definition(name, settings.home)
    given = {**dotenv_values(settings.home / "tocsin.env"), **os.environ}
    address = REHEARSAL if drill else given.get(_variable(name, "URL")) or definition.base_url
    if address == REHEARSAL:
        loopback = f"http://127.0.0.1:{settings.rehearsal_containment_port}"
        return HttpConnector(definition, loopback, SecretStr(REHEARSAL), rehearsal=True)
    token = given.get(_variable(name, "TOKEN")) or _token_file(
        settings.home / "keys" / "connectors" / f"{name}.token"
    )
    if definition.auth == "bearer" and not token:
        raise UnavailableError(
            f"The connector {name} has no token.", where=address, remedy=f"Set {_variable(name, 'TOKEN')}."
        )
    return HttpConnector(definition, address.rstrip("/"), SecretStr(token) if token else None)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return (
        ssl.create_default_context()
    )  # reading the certificates takes longer than most calls: once a process


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, verify=_trust())


def _variable(name: str, what: str) -> str:
    return f"TOCSIN_CONNECTOR_{name.upper().replace('-', '_')}_{what}"


def _token_file(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _texts(text: Any, target: str) -> dict[str, str]:
    return {"en": text.en.replace("{target}", target), "zh": text.zh.replace("{target}", target)}


def _shown(call: Call, target: str) -> str:
    body = (
        ""
        if call.body is None
        else f" {json.dumps(_filled(call.body, target), ensure_ascii=False, sort_keys=True)}"
    )
    return f"{call.method} {call.path.replace('{target}', quote(target, safe=''))}{body}"


def _filled(value: Any, target: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, target) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, target) for each in value]
    return value.replace("{target}", target) if isinstance(value, str) else value


def _with_document(value: Any, document: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_document(each, document) for name, each in value.items()}
    return document if value == "{document}" else value
