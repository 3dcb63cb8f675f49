"""Opening a connector by name: what it is made of follows from its kind, and in a drill it acts on nothing real."""

from typing import Any

from models.errors import InvalidInputError, RefusedError
from models.settings import Settings
from response.connectors.commands_definition import CacaoCommand, CommandsDefinition
from response.connectors.contract import Connector
from response.connectors.definition import find_definition
from response.connectors.http import HttpConnector, http_connector
from response.connectors.http_definition import HttpDefinition
from response.connectors.ldap_definition import LdapDefinition
from response.connectors.manual import HandBook, ManualConnector
from response.connectors.manual_definition import ManualDefinition
from response.connectors.openc2_definition import Openc2Definition
from response.connectors.parts import REHEARSAL, Definition
from response.connectors.rehearsed import RehearsedConnector
from response.connectors.sql_definition import SqlDefinition
from response.connectors.ssh_definition import SshDefinition
from response.connectors.webhook_definition import WebhookDefinition


def connector(
    settings: Settings,
    name: str,
    *,
    drill: bool,
    book: HandBook | None = None,
    capability: str = "",
    commands: tuple[CacaoCommand, ...] = (),
) -> Connector:
    """Open a connector by name. In a drill it acts on the rehearsal systems, whatever is set.

    `book` is where people's records are found; `commands` are those of an imported step.

    Raises:
        NotFoundError, InvalidInputError: there is none of this name, or its file is wrong.
        UnavailableError: its address or a secret is not set.
        RefusedError: commands where none are taken, or of a kind that is not allowed.
    """
    definition = find_definition(name, settings.home)
    if isinstance(definition, CommandsDefinition):
        definition = definition.with_commands(capability, commands)
    elif commands:
        raise RefusedError(
            f"The connector {name} runs no commands of playbooks.", expected="one of kind commands"
        )
    if drill and definition.base_url != REHEARSAL:
        return RehearsedConnector(definition, settings)
    return _of_its_kind(definition, settings, book, drill=drill)


def desk(settings: Settings, name: str, *, drill: bool) -> HttpConnector:
    """Open a connector that takes reports; raises as `connector`, and RefusedError for one of another kind."""
    definition = find_definition(name, settings.home)
    if not isinstance(definition, HttpDefinition):
        raise RefusedError(f"The connector {name} takes no reports.", expected="one of kind http")
    return http_connector(definition, settings, drill=drill)


def _of_its_kind(
    definition: Definition[Any], settings: Settings, book: HandBook | None, *, drill: bool
) -> Connector:
    # The clients of SSH, LDAP and SQL are loaded where one is opened: most commands open none.
    if isinstance(definition, HttpDefinition):
        return http_connector(definition, settings, drill=drill)
    if isinstance(definition, ManualDefinition) and book is not None:
        return ManualConnector(definition, book)
    if isinstance(definition, SshDefinition):
        from response.connectors.ssh import ssh_connector  # noqa: PLC0415

        return ssh_connector(definition, settings)
    if isinstance(definition, LdapDefinition):
        from response.connectors.ldap import ldap_connector  # noqa: PLC0415

        return ldap_connector(definition, settings)
    if isinstance(definition, SqlDefinition):
        from response.connectors.sql import sql_connector  # noqa: PLC0415

        return sql_connector(definition, settings)
    return _by_messages(definition, settings)


def _by_messages(definition: Definition[Any], settings: Settings) -> Connector:
    if isinstance(definition, Openc2Definition):
        from response.connectors.openc2 import openc2_connector  # noqa: PLC0415

        return openc2_connector(definition, settings)
    if isinstance(definition, WebhookDefinition):
        from response.connectors.webhook import webhook_connector  # noqa: PLC0415

        return webhook_connector(definition, settings)
    if isinstance(definition, CommandsDefinition):
        from response.connectors.commands import commands_connector  # noqa: PLC0415

        return commands_connector(definition, settings)
    raise InvalidInputError(f"Nothing can be done with the connector {definition.connector} here.")
