"""Conditions over facts as data: compiled once, judged three-valued, with what would settle an open answer.

The form is in docs/law-files.md: `all`, `any`, `not`, `term`, and leaves; there is no code in a law file and no eval.
"""

from collections.abc import Callable, Mapping
from typing import Any

from models.errors import InvalidInputError
from regulations.context import Context
from regulations.leaves import LEAVES
from regulations.results import Outcome, merged

Judge = Callable[[Context], Outcome]


class Condition:
    """One compiled condition; equal ones are the same object and are judged once per context."""

    __slots__ = ("index", "judge", "source")

    def __init__(self, index: int, judge: Judge, source: Mapping[str, Any]) -> None:
        """Keep the place in the context's table beside the function that judges."""
        self.index, self.judge, self.source = index, judge, source

    def __call__(self, context: Context) -> Outcome:
        """Return the outcome in this context."""
        known = context.judged.get(self.index)
        if known is None:
            known = context.judged[self.index] = self.judge(context)
        return known


class Compiler:
    """Turns conditions written in YAML into functions; one compiler serves one set of laws."""

    def __init__(self, terms: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """`terms` are conditions with a name, for `term: name`."""
        self._terms = dict(terms or {})
        self._known: dict[str, Condition] = {}
        self._open: list[str] = []

    def compile(self, source: Any) -> Condition:
        """Return the compiled condition; raises InvalidInputError naming the part that is not understood."""
        if not isinstance(source, Mapping) or not source:
            raise InvalidInputError(
                f"{source!r} is not a condition.", expected="a key such as all:, any: or fact:"
            )
        key = repr(source)
        found = self._known.get(key)
        if found is None:
            judge = self._judge(source)
            found = self._known[key] = Condition(len(self._known), judge, source)
        return found

    def _judge(self, source: Mapping[str, Any]) -> Judge:
        keys = set(source)
        if keys == {"all"}:
            return _joined(self._each(source["all"]), settles=False)
        if keys == {"any"}:
            return _joined(self._each(source["any"]), settles=True)
        if keys == {"not"}:
            return _negation(self.compile(source["not"]))
        if keys == {"term"}:
            return self._term(str(source["term"]))
        for name, build in LEAVES.items():
            if name in keys:
                return build(source)
        known = ", ".join(("all", "any", "not", "term", *LEAVES))
        raise InvalidInputError(
            f"The condition {dict(source)!r} is not understood.", expected=f"one of {known}"
        )

    def _each(self, sources: Any) -> list[Condition]:
        if not isinstance(sources, list) or not sources:
            raise InvalidInputError(
                f"{sources!r} is not a list of conditions.", expected="one or more conditions"
            )
        return [self.compile(source) for source in sources]

    def _term(self, name: str) -> Judge:
        if name not in self._terms:
            raise InvalidInputError(f"The term {name!r} is not defined.", expected=", ".join(self._terms))
        if name in self._open:
            raise InvalidInputError(f"The term {name!r} is defined by itself.")
        self._open.append(name)
        try:
            return self.compile(self._terms[name])
        finally:
            self._open.pop()


def _joined(parts: list[Condition], *, settles: bool) -> Judge:
    """Ask conditions in turn: for `any` one that holds settles it, for `all` one that does not."""
    steps = [(part.index, part.judge) for part in parts]

    def judge(context: Context) -> Outcome:
        judged, is_open = context.judged, False
        for index, ask in steps:
            outcome = judged.get(index) or judged.setdefault(index, ask(context))
            if outcome.verdict is settles:
                return outcome
            if outcome.verdict is None:
                is_open = True
        if len(steps) == 1:
            return judged[steps[0][0]]
        outcomes = [judged[index] for index, _ in steps]
        if is_open:
            return merged(outcomes, None)
        reasons = dict.fromkeys([outcome.reason for outcome in outcomes if outcome.reason] if settles else ())
        return merged(outcomes, not settles, "; ".join(reasons))

    return judge


def _negation(part: Condition) -> Judge:
    def judge(context: Context) -> Outcome:
        inner = part(context)
        verdict = None if inner.verdict is None else not inner.verdict
        reason = f"{', '.join(inner.facts) or 'a condition'} rules it out" if verdict is False else ""
        return Outcome(verdict, inner.facts, inner.unknowns, reason)

    return judge
