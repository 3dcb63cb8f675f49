"""Identifiers and words of CACAO 2.0 (OASIS committee specification 01, 2023), as far as plans need them."""

import re
import uuid
from typing import Final

SPEC_VERSION: Final = "cacao-2.0"
_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
IDENTIFIER: Final = re.compile(rf"[a-z][a-z0-9-]+[a-z0-9]--{_UUID}")
TIMESTAMP: Final = re.compile(
    r"\d{4}-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?Z"
)
VARIABLE: Final = re.compile(r"__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__")
STEP_TYPES: Final = (
    "start",
    "end",
    "action",
    "playbook-action",
    "parallel",
    "if-condition",
    "while-condition",
    "switch-condition",
)
COMMANDS: Final = ("manual", "http-api", "ssh", "bash", "openc2-http", "powershell", "caldera-cmd", "elastic",
                   "jupyter", "kestrel", "sigma", "yara")  # fmt: skip

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tocsin:playbook")


def identifier(kind: str, *parts: str) -> str:
    """Make an identifier that is always the same for the same thing (UUID version 5, RFC 9562)."""
    return f"{kind}--{uuid.uuid5(_NAMESPACE, ':'.join((kind, *parts)))}"


EXTENSION: Final = identifier("extension-definition", "tocsin/playbook/1")
MAKER: Final = identifier("identity", "tocsin")


def variable_name(name: str) -> str:
    """Write a variable or fact as CACAO does: `facts.breach.vector` becomes `__facts-breach-vector__`."""
    return f"__{name.replace('.', '-')}__"
