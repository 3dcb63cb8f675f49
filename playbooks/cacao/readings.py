"""Small readings of what others wrote: their extension of ours, texts, names."""

import re
from collections.abc import Mapping
from typing import Any

from playbooks.cacao.words import EXTENSION
from playbooks.condition import ConditionError, parse_condition


def our_extension(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Give what our extension says of a part; empty where it carries none."""
    extensions = part.get(key)
    found = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def is_readable(condition: str) -> bool:
    """Tell whether our parser reads a condition."""
    try:
        parse_condition(condition)
    except ConditionError:
        return False
    return True


def text_of(value: Any) -> str:
    """Give a text, or nothing where it is not one."""
    return value.strip() if isinstance(value, str) else ""


def both(text: str) -> dict[str, str]:
    """Let the text stand in both languages: nobody has translated it."""
    short = text[:4000]
    return {"en": short, "zh": short}


def slug(text: str, joint: str) -> str:
    """Make an id of ours from a name of theirs."""
    plain = re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)[:50].strip(joint)
    return plain if plain[:1].isalpha() else f"s{joint}{plain}".strip(joint) if plain else ""
