"""The SSH connector: runs the commands of a definition on a machine whose key is pinned."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import asyncssh
from pydantic import SecretStr

from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back
from response.connectors.credentials import Credentials, without_secrets
from response.connectors.ssh_definition import Command, SshAct, SshDefinition

TIMEOUT_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 10.0


class Shell:
    """One account on one machine. The server must show the pinned key; no file of this machine's user is read."""

    def __init__(self, name: str, address: str, host_key: str, private_key: SecretStr) -> None:
        """Read the keys; no connection is made yet.

        Raises:
            InvalidInputError: the address or one of the keys can't be read.
        """
        parts = urlsplit(address)
        if not parts.hostname or not parts.username:
            raise InvalidInputError(
                "This is not an SSH address.", where=name, expected="ssh://user@host or ssh://user@host:port"
            )
        self.name, self.shown = name, without_secrets(address)
        self._host, self._port, self._user = parts.hostname, parts.port or 22, parts.username
        try:
            self._pinned = asyncssh.import_public_key(host_key)
            self._key = asyncssh.import_private_key(private_key.get_secret_value())
        except (asyncssh.KeyImportError, ValueError):
            raise InvalidInputError(
                f"A key of the connector {name} can't be read.",
                expected="the host key as one line of known_hosts without its names, the private key in PEM",
            ) from None

    def run(self, lines: Sequence[tuple[str, tuple[int, ...]]]) -> list[str]:
        """Run command lines one after the other and give what each wrote; stops at the first that fails.

        Raises:
            UnavailableError: the machine does not answer in time.
            RefusedError: it is another machine, lets nobody in, or a command ended with an unexpected code.
        """
        with self._naming_faults(), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(self._converse(lines))

    async def _converse(self, lines: Sequence[tuple[str, tuple[int, ...]]]) -> list[str]:
        outputs = []
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            asyncssh.connect(
                self._host,
                self._port,
                username=self._user,
                known_hosts=([self._pinned], [], []),
                client_keys=[self._key],
                agent_path=None,
                config=None,
                connect_timeout=CONNECT_SECONDS,
                login_timeout=CONNECT_SECONDS,
            ) as connection,
        ):
            for number, (line, expected) in enumerate(lines, 1):
                done = await connection.run(line, encoding="utf-8", errors="replace")
                if done.exit_status not in expected:
                    raise RefusedError(
                        f"Command {number} of {len(lines)} ended with {done.exit_status}.",
                        where=f"{self.name} at {self.shown}",
                        expected=" or ".join(str(code) for code in expected),
                    )
                outputs.append(str(done.stdout))
        return outputs

    @contextmanager
    def _naming_faults(self) -> Iterator[None]:
        try:
            yield
        except asyncssh.HostKeyNotVerifiable:
            raise RefusedError(
                "The machine does not show the pinned key: nothing was sent.",
                where=self.shown,
                remedy="Find out why before anything else. If it was rebuilt, pin its new key.",
            ) from None
        except asyncssh.PermissionDenied:
            raise RefusedError(
                "The machine does not let us in.", where=self.shown, remedy="Give the key it knows."
            ) from None
        except (OSError, asyncssh.Error, TimeoutError) as error:
            raise UnavailableError(
                f"The machine behind {self.name} does not answer ({type(error).__name__}).", where=self.shown
            ) from None


class SshConnector:
    """Acts on a machine by the commands of its definition."""

    rehearsal = False
    repeatable = True

    def __init__(self, definition: SshDefinition, shell: Shell) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address, self._shell = definition, shell.shown, shell

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read the state that undoing would restore; refuses an output that is not understood."""
        act, values = self._act(capability, target)
        output = self._run([act.read_state], values)[0]
        found = act.read_state.found(output)
        missing = sorted(name for name, value in found.items() if value is None)
        if missing:
            raise RefusedError(
                f"The machine says nothing of {', '.join(missing)}.",
                where=f"{self.definition.connector} {target}",
            )
        count = found.pop(act.touches, None) if act.touches else None
        return State(found, output.encode(), int(count) if count is not None and count.isdigit() else None)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Run the commands; each is harmless when run again."""
        del key
        act, values = self._act(capability, target)
        return {"commands": len(self._run(act.execute, values))}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""
        act, values = self._act(capability, target)
        broken = []
        for look, output in zip(act.verify, self._run(act.verify, values), strict=True):
            found = look.found(output)
            broken += [name for name, wanted in look.equals.items() if found[name] != wanted]
        return Verdict(not broken, tuple(broken))

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the state before, and see that it is restored."""
        del key
        act, values = self._act(capability, target)
        if not act.revert:
            raise final(self.definition.connector, capability)
        known = {**values, **act.before({name: str(value) for name, value in before.items()})}
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._undo(act.revert, known),
            self.definition.connector,
            target,
        )

    def _act(self, capability: str, target: str) -> tuple[SshAct, dict[str, str]]:
        return self.definition.act(capability), self.definition.values(target)

    def _undo(self, commands: Sequence[Command], values: Mapping[str, str]) -> None:
        self._run(commands, values)

    def _run(self, commands: Sequence[Command], values: Mapping[str, str]) -> list[str]:
        return self._shell.run([(command.line(values), command.expect) for command in commands])


def shell_of(name: str, address: str, host_key: str | None, given: Credentials) -> Shell:
    """Open a machine with the key pinned by the definition or by `TOCSIN_CONNECTOR_<NAME>_HOST_KEY`."""
    pinned = host_key or given.need("HOST_KEY", "pinned host key").get_secret_value()
    return Shell(name, address, pinned, given.need("KEY", "private key"))


def ssh_connector(definition: SshDefinition, settings: Settings) -> SshConnector:
    """Open machines by the operator's address and key."""
    given = Credentials(settings, definition.connector)
    address = given.address(definition.base_url)
    return SshConnector(definition, shell_of(definition.connector, address, definition.host_key, given))
