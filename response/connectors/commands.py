"""The connector that runs commands of imported CACAO playbooks: http-api, ssh, openc2-http, and bash where allowed.

A command tells nothing of the state it changes: it can't be looked at or undone, so it is never run a second time.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.commands_definition import CacaoCommand, CommandAct, CommandsDefinition
from response.connectors.contract import Plan, State, Verdict, final
from response.connectors.credentials import Credentials, without_secrets
from response.connectors.http_sending import Sender
from response.connectors.openc2 import Consumer

BASH_SECONDS: Final = 60
_REQUEST: Final = re.compile(r"(GET|PUT|POST|PATCH|DELETE) (/?[^\s#]*)(?: HTTP/?[0-9.]+)?")
_GOOD: Final = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
_STANDARD_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Run = Callable[[CacaoCommand, str], None]


class CommandsConnector:
    """Runs the commands of one step at one agent."""

    rehearsal = False
    repeatable = False

    def __init__(self, definition: CommandsDefinition, address: str, runners: Mapping[str, Run]) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address, self._runners = definition, without_secrets(address), runners

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Say that nothing is known of the state before: no command tells it."""
        self._act(capability, target)
        return State({"known": False}, b"{}")

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Run the commands in order; stops at the first that fails."""
        act = self._act(capability, target)
        for number, command in enumerate(act.commands):
            self._runners[command.type](command, f"{key}/{number}")
        return {"commands": len(act.commands)}

    def verify(self, capability: str, target: str) -> Verdict:
        """Say that nobody can tell from here."""
        self._act(capability, target)
        return Verdict(holds=False, broken=("a command can't be looked at: a person has to",))

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Refuse: an imported playbook says nothing of undoing."""
        del before, key
        self._act(capability, target)
        raise final(self.definition.connector, capability)

    def _act(self, capability: str, target: str) -> CommandAct:
        self.definition.values(target)
        return self.definition.act(capability)


def commands_connector(definition: CommandsDefinition, settings: Settings) -> CommandsConnector:
    """Open an agent; each kind of command finds its secret as the connector of that kind does."""
    given = Credentials(settings, definition.connector)
    address = given.address(definition.base_url)
    return CommandsConnector(
        definition,
        address,
        {
            "http-api": lambda command, key: _http(_sender(definition, address, given), command, key),
            "openc2-http": lambda command, key: _openc2(_sender(definition, address, given), command, key),
            "ssh": lambda command, _: _ssh(definition, address, given, command),
            "bash": lambda command, _: _bash(definition.connector, settings, command),
        },
    )


def _sender(definition: CommandsDefinition, address: str, given: Credentials) -> Sender:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise UnavailableError(
            f"The connector {definition.connector} has no web address.",
            expected="https://…",
            remedy=f"Set {given.variable('URL')}.",
        )
    token = given.need("TOKEN", "token") if definition.auth == "bearer" else None
    header = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else dict[str, str]()
    return Sender(definition.connector, address, lambda: header, given.variable)


def _request(command: CacaoCommand) -> tuple[str, str]:
    match = _REQUEST.fullmatch(command.command.strip())
    if match is None:
        raise InvalidInputError(
            "The command is no request.", where=command.command[:80], expected="METHOD /path HTTP/1.1"
        )
    # A path, whatever it says: the address is the operator's, never the playbook's.
    return match[1], "/" + match[2].lstrip("/")


def _http(sender: Sender, command: CacaoCommand, key: str) -> None:
    method, path = _request(command)
    headers = {name: ", ".join(each) for name, each in command.headers.items()}
    content = command.content.encode() if command.content is not None else None
    sender.send(method, path, headers={**headers, "Idempotency-Key": key}, content=content, expect=_GOOD)


def _openc2(sender: Sender, command: CacaoCommand, key: str) -> None:
    try:
        content = json.loads(command.content or "")
    except ValueError:
        raise InvalidInputError("The OpenC2 content is not JSON.", where=command.command[:80]) from None
    body = content.get("body", {}) if isinstance(content, dict) else {}
    # The whole message of the transfer specification, or the bare command of the language specification.
    request = body.get("openc2", {}).get("request") if isinstance(body, dict) and body else content
    if not isinstance(request, dict) or "action" not in request or "target" not in request:
        raise InvalidInputError("The OpenC2 content has no command.", where=command.command[:80])
    Consumer("the imported plan", _request(command)[1], sender).ask(request, key)


def _ssh(definition: CommandsDefinition, address: str, given: Credentials, command: CacaoCommand) -> None:
    from response.connectors.ssh import shell_of  # noqa: PLC0415 - loading it takes longer than most commands

    shell = shell_of(definition.connector, address, definition.host_key, given)
    shell.run([(command.command, (0,))])


def _bash(name: str, settings: Settings, command: CacaoCommand) -> None:
    if not settings.allow_bash:
        raise RefusedError(
            "Commands of imported playbooks are not run on this machine.",
            where=name,
            remedy="Run it by hand, or set TOCSIN_ALLOW_BASH=true if every imported playbook is trusted.",
        )
    try:
        # Nothing of our environment goes along: it holds our secrets.
        done = subprocess.run(  # noqa: S603 - an operator allowed it, a person approved this command
            ["/bin/bash", "--noprofile", "--norc", "-c", command.command],
            env={"PATH": _STANDARD_PATH, "LANG": os.environ.get("LANG", "C.UTF-8")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=BASH_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"The command did not end ({type(error).__name__}).", where=name) from None
    if done.returncode != 0:
        raise RefusedError(f"The command ended with {done.returncode}.", where=name, expected="0")
