"""What a step can see: the facts, the signal, and the variables that the steps before it set."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from pydantic import JsonValue

from playbooks.catalogue import inputs_of
from playbooks.graph import Graph
from playbooks.schema import step_id_of

_NAME: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")
History = dict[str, None]
Round = tuple[int, ...]


class Result(Protocol):
    """What the walk reads of a step's result."""

    @property
    def status(self) -> Literal["done", "failed", "skipped", "waiting", "running"]:
        """How far the step is."""

    @property
    def values(self) -> Mapping[str, JsonValue] | None:
        """The variables it set."""


def step_key(step_id: str, rounds: Round) -> str:
    """`ask`, then `ask#2` in a loop's second round; inside nested loops `ask#2.1`."""
    return step_id if all(n == 1 for n in rounds) else f"{step_id}#{'.'.join(map(str, rounds))}"


@dataclass(frozen=True)
class Scope:
    """Reads names. What a parallel branch happens to set is never seen: it would depend on who came first."""

    graph: Graph
    results: Mapping[str, Result]
    facts: Mapping[str, Any]

    def initial(self) -> dict[str, JsonValue]:
        """Give the variables as they stand before any step: defaults, then facts and signal."""
        values: dict[str, JsonValue] = {}
        for name, variable in self.graph.playbook.variables.items():
            found = self._known(variable.source) if variable.source else None
            values[name] = variable.default if found is None else found
        return values

    def reader(self, history: History) -> Callable[[str], Any]:
        """Give what looks a name up after the steps of a history."""
        values = self.initial()
        for key in history:
            values.update(self.results[key].values or {})
        return lambda name: self._known(name) if name.startswith(("facts.", "signal.")) else values.get(name)

    def inputs(self, key: str, history: History, rounds: Round) -> Mapping[str, JsonValue]:
        """Fill in a step's `with:`; a step it names becomes that step's key in the same round."""
        step = self.graph.playbook.step(key)
        wanted, read = inputs_of(step.action), self.reader(history)
        filled: dict[str, JsonValue] = {}
        for name, value in step.inputs.items():
            names_step = name in wanted and wanted[name].kind == "step"
            filled[name] = self._same_round(str(value), key, rounds) if names_step else _filled(value, read)
        return filled

    def _known(self, path: str) -> Any:
        root, *parts = path.split(".")
        found: Any = self.facts if root == "facts" else self.facts.get("signal")
        for part in parts:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _same_round(self, named: str, key: str, rounds: Round) -> str:
        around = self.graph.loops_around(step_id_of(key))
        shared = [loop in around for loop in self.graph.loops_around(named)]
        depth = shared.index(False) if False in shared else len(shared)
        return step_key(named, rounds[:depth])


def _filled(value: JsonValue, read: Callable[[str], Any]) -> JsonValue:
    """Put values in for `{{name}}`; a text with an unknown name in it is unknown as a whole."""
    if isinstance(value, list):
        return [_filled(item, read) for item in value]
    if not isinstance(value, str):
        return value
    whole = _NAME.fullmatch(value)
    if whole:
        found: JsonValue = read(whole[1])
        return found
    if any(read(name) is None for name in _NAME.findall(value)):
        return None
    return _NAME.sub(lambda match: str(read(match[1])), value)
