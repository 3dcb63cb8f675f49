"""The clocks a plan may name, as data beside this module."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources

from playbooks.document import read_document
from playbooks.durations import parse_duration


@dataclass(frozen=True)
class Rule:
    """When a duty's clock starts and how long it runs. The law itself is in `regulations`."""

    rule: str
    starts_at: str
    within: timedelta
    source: str


@cache
def known_rules() -> Mapping[str, Rule]:
    """Give the rules by id."""
    text = resources.files("playbooks").joinpath("rules.yaml").read_text(encoding="utf-8")
    rows = read_document(text, "rules.yaml").data
    return {
        r["rule"]: Rule(r["rule"], r["starts_at"], parse_duration(r["within"]), r["source"]) for r in rows
    }
