"""Compare two sets of law: which rules came, went or changed, and in what."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from regulations.loader import Law
from regulations.schema import Rule


class RuleChange(NamedTuple):
    """One dated version of a rule that differs; `parts` names what differs as (before, after)."""

    rule: str
    since: str
    kind: Literal["added", "removed", "changed"]
    parts: Mapping[str, tuple[Any, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain JSON values."""
        parts = {name: {"before": before, "after": after} for name, (before, after) in self.parts.items()}
        return {"rule": self.rule, "since": self.since, "kind": self.kind, "parts": parts}


def diff_law(before: Law, after: Law) -> tuple[RuleChange, ...]:
    """Return what changed from one set of law to the other, by rule and first day in force."""
    old, new = _versions(before), _versions(after)
    changes = [_change(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
    return tuple(change for change in changes if change is not None)


def _versions(law: Law) -> dict[tuple[str, str], Rule]:
    return {
        (loaded.rule.id, str(loaded.rule.in_force.since or "always")): loaded.rule for loaded in law.rules
    }


def _change(key: tuple[str, str], old: Rule | None, new: Rule | None) -> RuleChange | None:
    if old is None or new is None:
        return RuleChange(*key, "added" if old is None else "removed", {})
    if old.content_hash == new.content_hash:
        return None
    was, now = old.model_dump(mode="json"), new.model_dump(mode="json")
    return RuleChange(
        *key, "changed", {name: (was[name], now[name]) for name in now if was[name] != now[name]}
    )
