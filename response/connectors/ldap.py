"""The LDAP connector: changes accounts in OpenLDAP, Active Directory and their like, and restores what stood before."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import ldap3
from ldap3.core import exceptions as faults
from ldap3.utils.conv import escape_filter_chars
from pydantic import SecretStr

from models.errors import RefusedError, UnavailableError
from models.settings import Settings
from response.connectors.contract import Plan, State, Verdict, final, put_back
from response.connectors.credentials import Credentials, is_loopback, without_secrets
from response.connectors.ldap_definition import LdapAct, LdapDefinition
from response.connectors.parts import UNSET, filled

TIMEOUT_SECONDS: Final = 10
MOST_GROUPS: Final = 1000
_PASSING: Final = (
    faults.LDAPBusyResult,
    faults.LDAPUnavailableResult,
    faults.LDAPTimeLimitExceededResult,
    faults.LDAPCommunicationError,
    # Somebody changed the value between our reading and our writing: reading again mends it.
    faults.LDAPNoSuchAttributeResult,
)


@dataclass(frozen=True)
class Account:
    """One entry as it stands: its name in the directory, its attributes as text, the groups that name it."""

    dn: str
    attributes: Mapping[str, list[str]]
    groups: tuple[str, ...]


class LdapConnector:
    """Acts on the accounts of one directory."""

    rehearsal = False
    repeatable = True

    def __init__(
        self, definition: LdapDefinition, address: str, base: str, user: SecretStr, password: SecretStr
    ) -> None:
        """Keep what is needed; no connection is made yet."""
        self.definition, self.address = definition, without_secrets(address)
        self._base, self._user, self._password = base, user, password
        parts = urlsplit(address)
        self._upgrade = parts.scheme == "ldap" and not is_loopback(parts.hostname or "")
        self._server = ldap3.Server(
            address,
            connect_timeout=TIMEOUT_SECONDS,
            get_info=ldap3.NONE,
            tls=ldap3.Tls(validate=ssl.CERT_REQUIRED, sni=parts.hostname),
        )

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what would be done; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read what undoing would restore: the attributes and bits this act changes, the groups it leaves."""
        act = self._act(capability, target)
        with self._session() as session:
            account = self._account(session, act, target)
        whole = {"attributes": dict(account.attributes), "groups": list(account.groups)}
        return State(_kept(act, account), json.dumps(whole, sort_keys=True).encode(), 1 + len(account.groups))

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Change what does not stand yet as it should."""
        del key
        act = self._act(capability, target)
        with self._session() as session:
            account = self._account(session, act, target)
            wanted = {name: list(values) for name, values in act.set.items()}
            self._change(session, account, wanted, dict(act.set_bits), act)
            for group in account.groups:
                _member(session, group, act, _named(act, account, target), ldap3.MODIFY_DELETE)
        return {"groups": len(account.groups)}

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the act holds."""
        act = self._act(capability, target)
        with self._session() as session:
            account = self._account(session, act, target)
        broken = [n for n, wanted in act.set.items() if sorted(account.attributes[n]) != sorted(wanted)]
        broken += [name for name, bits in act.set_bits.items() if _number(account, name) & bits != bits]
        return Verdict(not broken and not account.groups, (*broken, *(["groups"] if account.groups else [])))

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore what stood before, and see that it is restored."""
        del key
        act = self._act(capability, target)
        if act.undo is None:
            raise final(self.definition.connector, capability)
        put_back(
            lambda: self.read_state(capability, target),
            before,
            lambda: self._undo(act, target, before),
            self.definition.connector,
            target,
        )

    def _undo(self, act: LdapAct, target: str, before: Mapping[str, Any]) -> None:
        with self._session() as session:
            account = self._account(session, act, target)
            self._change(session, account, before["attributes"], before["bits"], act)
            for group in sorted(set(before["groups"]) - set(account.groups)):
                _member(session, group, act, _named(act, account, target), ldap3.MODIFY_ADD)

    def _change(
        self,
        session: ldap3.Connection,
        account: Account,
        wanted: Mapping[str, list[str]],
        bits: Mapping[str, int],
        act: LdapAct,
    ) -> None:
        changes: dict[str, list[tuple[str, list[str]]]] = {
            name: [(ldap3.MODIFY_REPLACE, values)]
            for name, values in wanted.items()
            if sorted(account.attributes[name]) != sorted(values)
        }
        for name, mask in act.set_bits.items():
            now = _number(account, name)
            new = now & ~mask | bits[name]
            if new != now:
                # The old value is named, so that a change by somebody else in between is not overwritten.
                changes[name] = [(ldap3.MODIFY_DELETE, [str(now)]), (ldap3.MODIFY_ADD, [str(new)])]
        if changes:
            session.modify(account.dn, changes)

    def _act(self, capability: str, target: str) -> LdapAct:
        self.definition.values(target)
        return self.definition.act(capability)

    def _account(self, session: ldap3.Connection, act: LdapAct, target: str) -> Account:
        names = [*act.set, *act.set_bits]
        wanted = filled(self.definition.find, {"target": escape_filter_chars(target)})
        found = _entries(session, self._base, wanted, names or ["1.1"], 2)
        if len(found) != 1:
            raise RefusedError(
                f"The directory knows {'no' if not found else 'more than one'} such account.",
                where=f"{self.definition.connector} {target}",
                expected="exactly one",
                remedy="Look at its spelling and at the branch that is searched.",
            )
        dn, raw = found[0]
        attributes = {name: [value.decode() for value in raw.get(name, [])] for name in names}
        account = Account(dn, attributes, ())
        if act.leave_groups is None:
            return account
        member = escape_filter_chars(_named(act, account, target))
        wanted = f"(&{act.leave_groups.filter}({act.leave_groups.attribute}={member}))"
        groups = _entries(session, self._base, wanted, ["1.1"], MOST_GROUPS)
        return Account(dn, attributes, tuple(sorted(group for group, _ in groups)))

    @contextmanager
    def _session(self) -> Iterator[ldap3.Connection]:
        session = ldap3.Connection(
            self._server,
            self._user.get_secret_value(),
            self._password.get_secret_value(),
            raise_exceptions=True,
            receive_timeout=TIMEOUT_SECONDS,
        )
        try:
            session.open()
            if self._upgrade:
                session.start_tls()
            session.bind()
            yield session
        except _PASSING as error:
            raise UnavailableError(
                f"The directory behind {self.definition.connector} does not answer ({type(error).__name__}).",
                where=self.address,
            ) from None
        except faults.LDAPException as error:
            raise RefusedError(
                f"The directory refuses ({type(error).__name__}).",
                where=f"{self.definition.connector} at {self.address}",
                expected="an account that may do this",
            ) from None
        finally:
            session.unbind()


def _entries(
    session: ldap3.Connection, base: str, wanted: str, names: list[str], most: int
) -> list[tuple[str, Mapping[str, list[bytes]]]]:
    session.search(base, wanted, ldap3.SUBTREE, attributes=names, size_limit=most)
    entries = [each for each in session.response if each["type"] == "searchResEntry"]
    return [(each["dn"], each["raw_attributes"]) for each in entries]


def _kept(act: LdapAct, account: Account) -> dict[str, Any]:
    return {
        "attributes": {name: sorted(account.attributes[name]) for name in act.set},
        "bits": {name: _number(account, name) & mask for name, mask in act.set_bits.items()},
        "groups": list(account.groups),
    }


def _number(account: Account, name: str) -> int:
    values = account.attributes[name]
    return int(values[0]) if values else 0


def _named(act: LdapAct, account: Account, target: str) -> str:
    return account.dn if act.leave_groups is not None and act.leave_groups.by == "dn" else target


def _member(session: ldap3.Connection, group: str, act: LdapAct, member: str, change: str) -> None:
    assert act.leave_groups is not None  # noqa: S101 - groups are only found for acts that leave some
    session.modify(group, {act.leave_groups.attribute: [(change, [member])]})


def ldap_connector(definition: LdapDefinition, settings: Settings) -> LdapConnector:
    """Open the operator's directory; the account is `…_USER` (a distinguished name) and `…_PASSWORD`."""
    given = Credentials(settings, definition.connector)
    address = given.address(definition.base_url)
    base = given.text("BASE") or definition.base
    if base == UNSET:
        given.need("BASE", "branch to search")
    user, password = given.need("USER", "account"), given.need("PASSWORD", "password")
    return LdapConnector(definition, address, base, user, password)
