"""Finding and reading connector files: the organisation's own in `<home>/connectors`, before those that ship."""

from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from models.errors import InvalidInputError, NotFoundError
from playbooks.document import read_document, refusal
from response.connectors.parts import Definition

KINDS: Final = {
    "http": "HttpDefinition",
    "ssh": "SshDefinition",
    "ldap": "LdapDefinition",
    "sql": "SqlDefinition",
    "openc2": "Openc2Definition",
    "webhook": "WebhookDefinition",
    "manual": "ManualDefinition",
    "commands": "CommandsDefinition",
}


def read_definition(text: str, where: str) -> Definition[Any]:
    """Read a connector file; raises InvalidInputError with file and line."""
    document = read_document(text, where)
    kind = document.data.get("kind", "http") if isinstance(document.data, dict) else "http"
    if not isinstance(kind, str) or kind not in KINDS:
        line = document.line_of(("kind",))
        raise refusal(f"There is no kind of connector {str(kind)[:40]!r}.", where, line, " or ".join(KINDS))
    try:
        return _model(kind).model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        said = ".".join(str(part) for part in path) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise refusal(f"{said}: {message}.", where, document.line_of(path)) from None


def find_definition(name: str, home: Path) -> Definition[Any]:
    """Find a connector: the organisation's own file in `<home>/connectors` before the shipped one.

    Raises:
        NotFoundError: there is none of this name.
        InvalidInputError: the file is wrong.
    """
    own = home / "connectors" / f"{name}.yaml"
    if name.replace("-", "").isalnum() and own.is_file():
        found = read_definition(own.read_text(encoding="utf-8"), str(own))
        if found.connector != name:
            raise InvalidInputError(f"The file defines {found.connector}.", where=str(own), expected=name)
        return found
    if name not in shipped():
        raise NotFoundError(
            f"There is no connector {name[:60]!r}.", expected=f"one of {', '.join(shipped())}"
        )
    return _shipped(name)


def known(home: Path) -> tuple[str, ...]:
    """Name the connectors of a home: its own and those that ship."""
    own = (path.stem for path in (home / "connectors").glob("*.yaml"))
    return tuple(sorted({*own, *shipped()}))


def acts_at_hand(home: Path) -> dict[str, tuple[str, ...]]:
    """Name what each connector of a home can do; one that runs imported commands can `run`."""
    found = (find_definition(name, home) for name in known(home))
    return {
        each.connector: tuple(each.capabilities) if each.kind != "commands" else ("run",) for each in found
    }


def shipped() -> tuple[str, ...]:
    """Name the connectors that ship with Tocsin."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml")
        )
    )


def connector_schema() -> dict[str, Any]:
    """Give the JSON Schema of connector files, one variant for each kind, for editors."""
    variants, shared = [], dict[str, Any]()
    for kind in KINDS:
        schema = _model(kind).model_json_schema(ref_template=f"#/$defs/{kind}-{{model}}")
        shared |= {f"{kind}-{name}": part for name, part in schema.pop("$defs", {}).items()}
        variants.append({**schema, "title": f"{kind} connector"})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "anyOf": variants, "$defs": shared}


def _model(kind: str) -> type[Definition[Any]]:
    """Load the model of a kind: most commands need one of them at most."""
    found: type[Definition[Any]] = getattr(
        import_module(f"response.connectors.{kind}_definition"), KINDS[kind]
    )
    return found


@lru_cache(maxsize=64)
def _shipped(name: str) -> Definition[Any]:
    return read_definition(_folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def _folder() -> Any:
    return resources.files("response.connectors").joinpath("definitions")
