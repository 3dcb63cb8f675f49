"""Read the law files into rules that can be judged; every refusal names the file and the rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from models.errors import InvalidInputError
from regulations.clocks import Reading
from regulations.context import Context
from regulations.plain_yaml import read_plain
from regulations.predicates import Compiler, Condition
from regulations.results import Outcome
from regulations.schema import BINDING, LawHead, Rule

HEAD = frozenset(LawHead.model_fields)
SHARED = frozenset(Rule.model_fields) - {"id"}
TERMS = "terms.yaml"


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with its conditions ready to be judged."""

    rule: Rule
    law: LawHead
    applies: Condition
    when: Condition
    unless: Condition | None
    instead: tuple[Condition, ...]
    no_relief: Condition | None
    binds: bool
    citation: str
    unread: Reading
    where: str


@dataclass(frozen=True, slots=True)
class Law:
    """A set of rules: every dated version of every rule, in the order of the files."""

    rules: tuple[LoadedRule, ...]

    def versions(self, rule: str) -> tuple[LoadedRule, ...]:
        """Return the dated versions of one rule."""
        return tuple(loaded for loaded in self.rules if loaded.rule.id == rule)


Scope = tuple[Callable[[Context], Outcome], list[list[LoadedRule]]]


@cache
def load_law() -> Law:
    """Return the law that comes with Tocsin; read once a process."""
    folder = files("regulations").joinpath("law")
    return read_law((path, text) for path, text in _texts(folder, ""))


def read_law(texts: Iterable[tuple[str, str]]) -> Law:
    """Return the law in `texts` (file name, YAML); raises InvalidInputError naming the file and the rule."""
    documents = [(name, read_plain(text, name)) for name, text in texts]
    terms: dict[str, Any] = {}
    for name, document in documents:
        if name.endswith(TERMS):
            terms.update(document["terms"])
    compiler = Compiler(terms)
    loaded = [
        rule for name, document in documents if "law" in document for rule in _rules(name, document, compiler)
    ]
    _refuse_overlaps(loaded)
    return Law(tuple(loaded))


_SCOPES: dict[int, tuple[Law, list[Scope]]] = {}


def scopes(law: Law) -> list[Scope]:
    """Return the rules by scope (who and where), the dated versions of each rule together.

    One look at the scope settles all of its rules; it is worked out once for the law in use.
    """
    held = _SCOPES.get(id(law))
    if held is None or held[0] is not law:
        _SCOPES.clear()
        held = _SCOPES[id(law)] = (law, _by_scope(law))
    return held[1]


def _by_scope(law: Law) -> list[Scope]:
    versions: dict[str, list[LoadedRule]] = {}
    for loaded in law.rules:
        versions.setdefault(loaded.rule.id, []).append(loaded)
    found: dict[int, Scope] = {}
    for group in versions.values():
        by_scope = group[-1].applies
        same = all(loaded.applies is by_scope for loaded in group)
        key = by_scope.index if same else -len(found) - 1
        found.setdefault(key, (by_scope if same else _everywhere, []))[1].append(group)
    return list(found.values())


def _everywhere(_context: Context) -> Outcome:
    return Outcome(True)


def _texts(folder: Traversable, inside: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, f"{name}/")
        elif name.endswith(".yaml"):
            yield name, entry.read_text("utf-8")


def _rules(name: str, document: dict[str, Any], compiler: Compiler) -> Iterator[LoadedRule]:
    shared = {key: value for key, value in document.items() if key in SHARED and key != "law"}
    extra = set(document) - HEAD - SHARED - {"rules", "shared"}
    if extra:
        raise InvalidInputError(f"Unknown keys: {', '.join(sorted(extra))}.", where=name)
    head = LawHead.model_validate({key: document.get(key) for key in HEAD})
    for written in document.get("rules") or ():
        where = f"{name}, {written.get('id', 'a rule without id')}"
        yield _loaded({**shared, **written, "law": head.law}, head, compiler, where)


def _loaded(merged: dict[str, Any], head: LawHead, compiler: Compiler, where: str) -> LoadedRule:
    clock = merged.get("clock")
    if isinstance(clock, str):
        merged["clock"] = {"first_of": [clock]}
    if isinstance(merged.get("recipient"), str):
        merged["recipient"] = {"en": merged["recipient"]}
    try:
        rule = Rule.model_validate(merged)
        relief = rule.deadline.relief
        return LoadedRule(
            rule,
            head,
            compiler.compile(rule.applies),
            compiler.compile(rule.when),
            compiler.compile(rule.unless) if rule.unless else None,
            tuple(compiler.compile(variant.when) for variant in rule.deadline.instead),
            compiler.compile(relief.unless) if relief and relief.unless else None,
            rule.status in BINDING and rule.stage not in {"information", "authority_escalation"},
            f"{head.name.en}, {rule.citation}",
            Reading(rule.clock.name, None, None),
            where,
        )
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise InvalidInputError(f"The rule is not complete: {problems}.", where=where) from None
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=where, expected=error.expected) from None


def _refuse_overlaps(loaded: list[LoadedRule]) -> None:
    seen: dict[str, list[LoadedRule]] = {}
    for one in loaded:
        for other in seen.setdefault(one.rule.id, []):
            if overlap(one.rule, other.rule):
                raise InvalidInputError(
                    f"Two versions of {one.rule.id} are in force on the same day.",
                    where=one.where,
                    expected="in_force spans that do not overlap",
                )
        seen[one.rule.id].append(one)


def overlap(one: Rule, other: Rule) -> bool:
    """Say whether two dated versions hold on a common day."""
    first, second = one.in_force, other.in_force
    starts_in_time = first.since is None or second.until is None or first.since <= second.until
    ends_late = second.since is None or first.until is None or second.since <= first.until
    return starts_in_time and ends_late


def law_texts(law: Law) -> Mapping[str, Rule]:
    """Return the rules by id and first day in force, for comparing two sets of law."""
    return {f"{loaded.rule.id}@{loaded.rule.in_force.since or 'always'}": loaded.rule for loaded in law.rules}
