"""One law file: its head is read at once, its rules only when somebody may be bound by them.

An incident reaches a handful of the hundred and sixty files; reading all rules of all would cost most of the
time that an answer has. The head's `scope` is a condition without which none of the file's rules applies.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from models.errors import InvalidInputError
from regulations.clocks import Reading
from regulations.plain_yaml import read_plain
from regulations.predicates import Compiler, Condition
from regulations.schema import BINDING, LawHead, Rule
from regulations.terms import terms_used

HEAD = frozenset(LawHead.model_fields)
SHARED = frozenset(Rule.model_fields) - {"id", "law", "scope", "terms"}
CONDITIONAL = ("applies", "when", "unless", "deadline")
RULES = "\nrules:\n"
_SCOPE = re.compile(r"^scope:.*(?:\n[ -].*)*", re.MULTILINE)


@dataclass(slots=True, eq=False)
class LoadedRule:
    """A rule with its conditions ready to be judged.

    `in_force_since` is the first day of a version without an end; one that has ended has the last day there is.
    """

    rule: Rule
    law: LawHead
    applies: Condition
    when: Condition
    unless: Condition | None
    instead: tuple[Condition, ...]
    no_relief: Condition | None
    binds: bool
    in_force_since: date
    citation: str
    unread: Reading
    where: str


class Scope(NamedTuple):
    """Rules that bind the same organisations in the same places; the dated versions of each together."""

    applies: Condition | None
    rules: tuple[tuple[LoadedRule, ...], ...]


class LawFile:
    """One instrument: what it says once, and its rules."""

    def __init__(self, name: str, text: str, compiler: Compiler, terms: Mapping[str, Any]) -> None:
        """Read the scope; raises InvalidInputError naming the file. `terms`: the words of law the compiler knows."""
        self.name, self._compiler, self._terms = name, compiler, terms
        self._head_text, mark, self._body = text.partition(RULES)
        if not mark:
            raise InvalidInputError("The file has no rules.", where=name, expected="a line `rules:`")
        found = _SCOPE.search(self._head_text)
        self._scope_text = found[0] if found else ""
        scope = read_plain(self._scope_text, name)["scope"] if found else None
        self.scope = None if scope is None else self._compile(scope, name)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that are read one by one: the scope, if any, the head and the rules."""
        scope = (self._scope_text,) if self._scope_text else ()
        return (*scope, self._head_text, self._rules_text)

    @property
    def _rules_text(self) -> str:
        return f"{RULES.lstrip()}{self._body}"

    @cached_property
    def _plain_head(self) -> dict[str, Any]:
        plain = read_plain(self._head_text, self.name)
        unknown = set(plain) - HEAD - SHARED
        if unknown:
            raise InvalidInputError(f"Unknown keys: {', '.join(sorted(unknown))}.", where=self.name)
        return plain

    @cached_property
    def head(self) -> LawHead:
        """What the file says about its instrument."""
        return self._read_head({key: value for key, value in self._plain_head.items() if key in HEAD})

    def _read_head(self, plain: Mapping[str, Any]) -> LawHead:
        try:
            return LawHead.model_validate(plain)
        except ValidationError as error:
            raise InvalidInputError(_problems(error), where=self.name) from None

    def _compile(self, source: Any, where: str) -> Condition:
        try:
            return self._compiler.compile(source)
        except InvalidInputError as error:
            raise InvalidInputError(error.what, where=where, expected=error.expected) from None

    @cached_property
    def rules(self) -> tuple[LoadedRule, ...]:
        """Every dated version of every rule of the file; raises InvalidInputError naming file and rule."""
        before = self._head_text.count("\n") + 1
        body = read_plain(self._rules_text, self.name, after_line=before)
        written = body.pop("rules") or []
        if body:
            raise InvalidInputError(f"{', '.join(body)} stands after the rules.", where=self.name)
        shared = {key: value for key, value in self._plain_head.items() if key in SHARED}
        loaded = tuple(self._loaded({**shared, **rule}) for rule in written)
        self._refuse_overlaps(loaded)
        return loaded

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The rules by whom they bind, so that one look settles all of a scope."""
        versions: dict[str, list[LoadedRule]] = {}
        for loaded in self.rules:
            versions.setdefault(loaded.rule.id, []).append(loaded)
        found: dict[int, list[tuple[LoadedRule, ...]]] = {}
        by_index: dict[int, Condition] = {}
        for group in versions.values():
            applies = group[-1].applies
            index = applies.index if all(one.applies is applies for one in group) else -1
            by_index[index] = applies
            found.setdefault(index, []).append(tuple(group))
        return tuple(
            Scope(None if index < 0 else by_index[index], tuple(groups)) for index, groups in found.items()
        )

    def _loaded(self, written: Mapping[str, Any]) -> LoadedRule:
        where = f"{self.name}, {written.get('id', 'a rule without id')}"
        whole = {"place": self.head.place, "zone": self.head.zone, "calendar": self.head.calendar}
        merged = {**whole, **written, "law": self.head.law}
        conditions = (self.head.scope, *(merged.get(key) for key in CONDITIONAL))
        merged |= {"scope": self.head.scope, "terms": terms_used(conditions, self._terms)}
        clock = merged.get("clock")
        if isinstance(clock, str):
            merged["clock"] = {"first_of": [clock]}
        try:
            return self._ready(Rule.model_validate(merged), where)
        except ValidationError as error:
            raise InvalidInputError(f"The rule is not complete: {_problems(error)}", where=where) from None

    def _ready(self, rule: Rule, where: str) -> LoadedRule:
        relief, compiled = rule.deadline.relief, self._compile
        return LoadedRule(
            rule,
            self.head,
            compiled(rule.applies, where),
            compiled(rule.when, where),
            compiled(rule.unless, where) if rule.unless else None,
            tuple(compiled(variant.when, where) for variant in rule.deadline.instead),
            compiled(relief.unless, where) if relief and relief.unless else None,
            rule.status in BINDING and rule.stage not in {"information", "authority_escalation"},
            date.max if rule.in_force.until else rule.in_force.since or date.min,
            f"{self.head.name.en}, {rule.citation}",
            Reading(rule.clock.name, None, None),
            where,
        )

    def _refuse_overlaps(self, loaded: tuple[LoadedRule, ...]) -> None:
        for place, one in enumerate(loaded):
            for other in loaded[:place]:
                if one.rule.id == other.rule.id and overlap(one.rule, other.rule):
                    raise InvalidInputError(
                        f"Two versions of {one.rule.id} are in force on the same day.",
                        where=one.where,
                        expected="in_force spans that do not overlap",
                    )


def overlap(one: Rule, other: Rule) -> bool:
    """Say whether two dated versions hold on a common day."""
    first, second = one.in_force, other.in_force
    starts_in_time = first.since is None or second.until is None or first.since <= second.until
    ends_late = second.since is None or first.until is None or second.since <= first.until
    return starts_in_time and ends_late


def _problems(error: ValidationError) -> str:
    each = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return f"{'; '.join(each)}."
