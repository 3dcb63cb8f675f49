"""Conditions in both tongues: ours, and CACAO's `__name__:value = 'x'` in the manner of STIX patterns."""

import re
from typing import Final

from playbooks.cacao.words import variable_name
from playbooks.condition import names_in

_NAME: Final = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_][A-Za-z0-9_.]*")
_THEIRS: Final = re.compile(r"__([a-zA-Z_][a-zA-Z0-9_-]{0,199}?)__(?::value)?")
_QUOTED: Final = re.compile(r"('[^']*'|\"[^\"]*\")")
_WORDS: Final = (
    (re.compile(r"\bAND\b"), "and"),
    (re.compile(r"\bOR\b"), "or"),
    (re.compile(r"\bNOT\b"), "not"),
    (re.compile(r"\bIN\b"), "in"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "=="),
    (re.compile(r"<>"), "!="),
)


def to_cacao(condition: str) -> str:
    """Write our condition with CACAO's variables."""
    names = set(names_in(condition))

    def written(match: re.Match[str]) -> str:
        return f"{variable_name(match[0])}:value" if match[0] in names else match[0]

    return _NAME.sub(written, condition)


def from_cacao(condition: str) -> str:
    """Read a condition of theirs into ours; the result may still be refused by `parse_condition`."""
    parts = _QUOTED.split(condition)
    for index in range(0, len(parts), 2):
        text = _THEIRS.sub(lambda match: local_name(match[1]), parts[index])
        for theirs, ours in _WORDS:
            text = theirs.sub(ours, text)
        parts[index] = text
    joined = "".join(parts)
    return re.sub(r"\bin\s*\(([^()]*)\)", r"in [\1]", joined).strip()


def local_name(name: str) -> str:
    """Make a variable's name of ours from one of theirs: small letters, digits and underscores."""
    plain = re.sub(r"[^a-z0-9_]", "_", name.strip("_").lower())
    return (plain if plain[:1].isalpha() else f"v_{plain}")[:64]
