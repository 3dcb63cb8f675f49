"""The leaves of conditions: comparisons of one fact, what was filed, open questions, and the others by name."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from models.count import Count
from models.errors import InvalidInputError, NotFoundError
from models.facts import Facts, fact_at
from regulations.context import Context
from regulations.leaves_judgements import grading, risk
from regulations.leaves_places import established_in, main_in, people_in, reaches, words_of
from regulations.results import Outcome, Unknown

Judge = Callable[[Context], Outcome]
Build = Callable[[Mapping[str, Any]], Judge]

_BLANK = Facts(title="blank")


def reader(path: str) -> Callable[[Facts], Any]:
    """Return the fastest way to read `path`; raises InvalidInputError for a path the contract does not have."""
    try:
        fact_at(_BLANK, path)
    except NotFoundError as error:
        raise InvalidInputError(error.what, expected=error.expected) from None
    for section in ("regimes", "classified_at", "filed", "people.by_place"):
        if path.startswith(f"{section}."):
            return _reader_below(section, path.removeprefix(f"{section}.").split("."))
    return attrgetter(path)


def _reader_below(section: str, keys: list[str]) -> Callable[[Facts], Any]:
    """Read where the file leaves the keys free; as `fact_at` does, a key with a dot in it comes first."""
    part, steps = attrgetter(section), [(key, ".".join(keys[place:])) for place, key in enumerate(keys)]

    def read(facts: Facts) -> Any:
        value = part(facts)
        for key, rest in steps:
            if not value or not isinstance(value, dict):
                return None
            if rest in value:
                return value[rest]
            value = value.get(key)
        return None

    return read


def _fact(source: Mapping[str, Any]) -> Judge:
    path = str(source["fact"])
    read, compare, said = reader(path), *_comparison(source, path)
    facts, asked = (path,), (Unknown(path),)
    open_, yes, no = Outcome(None, facts, asked), Outcome(True, facts), Outcome(False, facts, (), said)

    def judge(context: Context) -> Outcome:
        value = read(context.facts)
        verdict = None if value is None or value == "unknown" else compare(value)
        return open_ if verdict is None else yes if verdict else no

    return judge


def _comparison(source: Mapping[str, Any], path: str) -> tuple[Callable[[Any], bool | None], str]:
    [(operator, bound)] = [(key, value) for key, value in source.items() if key != "fact"] or [("", None)]
    if operator not in _OPERATORS:
        raise InvalidInputError(
            f"The comparison {operator!r} of {path} is not understood.", expected=", ".join(_OPERATORS)
        )
    build, words = _OPERATORS[operator]
    shown = ", ".join(map(str, bound)) if isinstance(bound, list) else str(bound).lower()
    return build(bound), f"{path} is {words} {shown}"


def _at_least(bound: Any) -> Callable[[Any], bool | None]:
    return lambda value: value.at_least_is(bound) if isinstance(value, Count) else value >= bound


def _more_than(bound: Any) -> Callable[[Any], bool | None]:
    return lambda value: value.more_than_is(bound) if isinstance(value, Count) else value > bound


def _fewer_than(bound: Any) -> Callable[[Any], bool | None]:
    return lambda value: value.fewer_than_is(bound) if isinstance(value, Count) else value < bound


_OPERATORS: dict[str, tuple[Callable[[Any], Callable[[Any], bool | None]], str]] = {
    "is": (lambda bound: lambda value: bool(value == bound), "not"),
    "in": (lambda bound: lambda value: value in bound, "none of"),
    "any_of": (lambda bound: lambda value: not set(bound).isdisjoint(value), "without any of"),
    "all_of": (lambda bound: lambda value: set(bound) <= set(value), "without all of"),
    "none_of": (lambda bound: lambda value: set(bound).isdisjoint(value), "among"),
    "at_least": (_at_least, "below"),
    "more_than": (_more_than, "not more than"),
    "fewer_than": (_fewer_than, "not below"),
}


def _known(source: Mapping[str, Any]) -> Judge:
    path = str(source["known"])
    read = reader(path)
    yes, no = Outcome(True, (path,)), Outcome(False, (path,), (), f"{path} is not recorded")
    return lambda context: yes if read(context.facts) is not None else no


def _list_of(path: str, key: str) -> Build:
    return lambda source: _fact({"fact": path, "any_of": words_of(source, key)})


def _role(source: Mapping[str, Any]) -> Judge:
    return _fact({"fact": "organisation.role", "in": words_of(source, "role")})


def _filed(source: Mapping[str, Any]) -> Judge:
    rule = str(source["filed"])
    path = (f"filed.{rule}",)
    yes, no = Outcome(True, path), Outcome(False, path, (), f"{rule} has not been filed")
    return lambda context: yes if rule in context.filed else no


def _filed_elsewhere(source: Mapping[str, Any]) -> Judge:
    own = tuple(words_of(source, "filed_elsewhere"))
    path = ("filed",)
    yes, no = Outcome(True, path), Outcome(False, path, (), "no other regulator has been told")
    return lambda context: yes if any(not rule.startswith(own) for rule in context.filed) else no


def _ask(source: Mapping[str, Any]) -> Judge:
    """Judge what no fact of the contract says: a yes or no under `regimes`, else the question itself."""
    path, question = str(source["ask"]), str(source["question"])
    if not path.startswith("regimes."):
        raise InvalidInputError(f"{path} can't be asked.", expected="a path below regimes")
    read, open_ = reader(path), Outcome(None, (path,), (Unknown(path, question),))
    yes, no = Outcome(True, (path,)), Outcome(False, (path,), (), f"answered no: {question}")

    def judge(context: Context) -> Outcome:
        value = read(context.facts)
        return (yes if value else no) if isinstance(value, bool) else open_

    return judge


def _always(source: Mapping[str, Any]) -> Judge:
    verdict = bool(source["always"])
    outcome = Outcome(verdict, (), (), "" if verdict else "the law gives no such duty")
    return lambda _context: outcome


LEAVES: dict[str, Build] = {
    "fact": _fact,
    "known": _known,
    "sector": _list_of("organisation.sectors", "sector"),
    "trait": _list_of("organisation.traits", "trait"),
    "data": _list_of("data.categories", "data"),
    "relation": _list_of("people.relations", "relation"),
    "role": _role,
    "people_in": people_in,
    "established_in": established_in,
    "main_in": main_in,
    "reaches": reaches,
    "risk": risk,
    "grading": grading,
    "filed": _filed,
    "filed_elsewhere": _filed_elsewhere,
    "ask": _ask,
    "always": _always,
}
