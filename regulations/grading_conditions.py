"""Conditions of grading tables: written as data, read once, asked of the known facts. No code, no eval."""

from collections.abc import Callable, Mapping
from typing import Any

from models.errors import InvalidInputError
from regulations.grading_inputs import GradingFacts
from regulations.three_valued import Tri, every, some, tri

Condition = Callable[[GradingFacts], Tri]
QUESTIONS = frozenset(("exposed", "harmed", "intruded", "intrusion_may_lose_data"))


def read_condition(source: Any, where: str) -> Condition:
    """Turn one condition of a table into a question. Raises InvalidInputError naming the table."""
    if isinstance(source, Mapping):
        for key, build in _KINDS.items():
            if key in source:
                return build(source, where)
    raise InvalidInputError("A condition is not understood.", where=where, expected=", ".join(_KINDS))


def _all(source: Mapping[str, Any], where: str) -> Condition:
    parts = [read_condition(part, where) for part in source["all"]]
    return lambda known: every(*(part(known) for part in parts))


def _any(source: Mapping[str, Any], where: str) -> Condition:
    parts = [read_condition(part, where) for part in source["any"]]
    return lambda known: some(*(part(known) for part in parts))


def _at_least_of(source: Mapping[str, Any], where: str) -> Condition:
    parts = [read_condition(part, where) for part in source["of"]]
    needed = int(source["at_least"])

    def count(known: GradingFacts) -> Tri:
        answers = [part(known) for part in parts]
        met = [answer for answer in answers if answer.value]
        if len(met) >= needed:
            return Tri(True, frozenset().union(*(answer.facts for answer in met)))
        still_open = [answer for answer in answers if answer.value is None]
        value = None if len(met) + len(still_open) >= needed else False
        return Tri(value, frozenset().union(*(answer.facts for answer in still_open)))

    return count


def _question(source: Mapping[str, Any], where: str) -> Condition:
    name = str(source["question"])
    if name not in QUESTIONS:
        raise InvalidInputError(
            f"There is no question {name!r}.", where=where, expected=", ".join(sorted(QUESTIONS))
        )
    return lambda known: getattr(known, name)


def _fact(source: Mapping[str, Any], where: str) -> Condition:
    path = str(source["fact"])
    for test, build in _TESTS.items():
        if test in source:
            return build(path, source[test])
    raise InvalidInputError(f"Nothing is asked of {path}.", where=where, expected=", ".join(_TESTS))


def _is(path: str, wanted: bool) -> Condition:
    def ask(known: GradingFacts) -> Tri:
        answer = known.holds(path)
        return answer if answer.value is None else Tri(answer.value is wanted, answer.facts)

    return ask


def _one_of(path: str, words: list[str]) -> Condition:
    return lambda known: known.is_one_of(path, words)


def _lists(path: str, words: list[str]) -> Condition:
    wanted = frozenset(words)
    return lambda known: known.names_one_of(path, wanted)


def _at_least(path: str, given: float | str | Mapping[str, float | str]) -> Condition:
    if not isinstance(given, Mapping):
        number = float(given)
        return lambda known: known.reaches(path, number)
    surely, never_below = float(given["surely"]), float(given["never_below"])

    def between(known: GradingFacts) -> Tri:
        above, possible = known.reaches(path, surely), known.reaches(path, never_below)
        return above if above.value else (possible if possible.value is False else tri(None, path))

    return between


def _more_than(path: str, given: float | str) -> Condition:
    number = float(given)
    return lambda known: known.reaches(path, number, strictly=True)


_KINDS: dict[str, Callable[[Mapping[str, Any], str], Condition]] = {
    "all": _all,
    "any": _any,
    "of": _at_least_of,
    "question": _question,
    "fact": _fact,
}
_TESTS: dict[str, Callable[[str, Any], Condition]] = {
    "is": _is,
    "one_of": _one_of,
    "lists": _lists,
    "at_least": _at_least,
    "more_than": _more_than,
}
