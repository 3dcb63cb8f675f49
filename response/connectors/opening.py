"""Opening a connector by name: what it is made of follows from its kind, and in a drill it acts on nothing real.

The clients of SSH, LDAP, SQL and HTTP take longer to load than most commands run: each is loaded where one is opened.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from models.errors import RefusedError
from models.settings import Settings
from response.connectors.contract import Connector, HandBook
from response.connectors.definition import find_definition
from response.connectors.parts import REHEARSAL

if TYPE_CHECKING:
    from response.connectors.http import HttpConnector


def connector(
    settings: Settings,
    name: str,
    *,
    drill: bool,
    book: HandBook | None = None,
    capability: str = "",
    commands: Sequence[Mapping[str, Any]] = (),
) -> Connector:
    """Open a connector by name. In a drill it acts on the rehearsal systems, whatever is set.

    `book` is where people's records are found; `commands` are those of an imported step.

    Raises:
        NotFoundError, InvalidInputError: there is none of this name, or its file is wrong.
        UnavailableError: its address or a secret is not set.
        RefusedError: commands where none are taken, or of a kind that is not allowed.
    """
    definition: Any = find_definition(name, settings.home)
    if definition.kind == "commands":
        definition = definition.with_commands(capability, commands)
    elif commands:
        raise RefusedError(
            f"The connector {name} runs no commands of playbooks.", expected="one of kind commands"
        )
    if drill:
        return _rehearsing(definition, settings)
    if definition.kind == "manual":
        return _made("manual", definition, book)
    return _made(definition.kind, definition, settings)


def desk(settings: Settings, name: str, *, drill: bool) -> "HttpConnector":
    """Open a connector that takes reports; raises as `connector`, and RefusedError for one of another kind."""
    definition: Any = find_definition(name, settings.home)
    if definition.kind != "http":
        raise RefusedError(f"The connector {name} takes no reports.", expected="one of kind http")
    from response.connectors.http import http_connector  # noqa: PLC0415

    return http_connector(definition, settings, drill=drill)


def _rehearsing(definition: Any, settings: Settings) -> Connector:
    if definition.base_url == REHEARSAL:
        from response.connectors.http import http_connector  # noqa: PLC0415

        return http_connector(definition, settings, drill=True)
    return _made("rehearsed", definition, settings)


def _made(kind: str, *given: Any) -> Connector:
    made: Connector = getattr(import_module(f"response.connectors.{kind}"), f"{kind}_connector")(*given)
    return made
