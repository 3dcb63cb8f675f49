"""The leaves of conditions: comparisons of one fact, places, sectors, risk, grades, filings, open questions."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from models.count import Count
from models.errors import InvalidInputError, NotFoundError
from models.facts import Facts, fact_at
from models.headcount import Bounds
from regulations.areas import expanded
from regulations.context import Context
from regulations.results import Outcome, Unknown

Judge = Callable[[Context], Outcome]
Build = Callable[[Mapping[str, Any]], Judge]

_BLANK = Facts(title="blank")
_RISKS = ("none", "risk", "high_risk")


def reader(path: str) -> Callable[[Facts], Any]:
    """Return the fastest way to read `path`; raises InvalidInputError for a path the contract does not have."""
    try:
        fact_at(_BLANK, path)
    except NotFoundError as error:
        raise InvalidInputError(error.what, expected=error.expected) from None
    if path.partition(".")[0] in {"regimes", "classified_at", "filed"} or path.startswith("people.by_place."):
        return lambda facts: fact_at(facts, path)
    return attrgetter(path)


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


def _bounded(number: int) -> Callable[[Bounds], bool | None]:
    def compare(bounds: Bounds) -> bool | None:
        if bounds.least >= number:
            return True
        return False if bounds.most is not None and bounds.most < number else None

    return compare


_BOUNDS: dict[str, Callable[[int], Callable[[Bounds], bool | None]]] = {
    "at_least": _bounded,
    "more_than": lambda number: _bounded(number + 1),
}


def _known(source: Mapping[str, Any]) -> Judge:
    path = str(source["known"])
    read = reader(path)
    yes, no = Outcome(True, (path,)), Outcome(False, (path,), (), f"{path} is not recorded")
    return lambda context: yes if read(context.facts) is not None else no


def _list_of(path: str, key: str) -> Build:
    return lambda source: _fact({"fact": path, "any_of": _words(source, key)})


def _role(source: Mapping[str, Any]) -> Judge:
    return _fact({"fact": "organisation.role", "in": _words(source, "role")})


def _words(source: Mapping[str, Any], key: str) -> list[str]:
    words = source[key]
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _people_in(source: Mapping[str, Any]) -> Judge:
    named = _words(source, "people_in")
    bounds = {key: value for key, value in source.items() if key != "people_in"} or {"at_least": 1}
    [(operator, number)] = bounds.items()
    areas, compare = expanded(named), _BOUNDS[operator](int(number))
    path = "people.by_place"
    said = f"{'nobody' if number == 1 else f'not {operator} {number}'} in {', '.join(named)}".replace(
        "_", " "
    )
    open_, yes, no = (
        Outcome(None, (path,), (Unknown(path, f"How many people in {', '.join(named)} are affected?"),)),
        Outcome(True, (path,)),
        Outcome(False, (path,), (), said),
    )

    def judge(context: Context) -> Outcome:
        verdict = compare(context.headcount.within(areas))
        return open_ if verdict is None else yes if verdict else no

    return judge


def _established_in(source: Mapping[str, Any]) -> Judge:
    named = _words(source, "established_in")
    areas, path = expanded(named), "organisation.establishments"
    open_, yes, no = _place_outcomes(path, f"no establishment in {', '.join(named)}")

    def judge(context: Context) -> Outcome:
        verdict = context.facts.organisation.established_in(areas)
        if verdict is True and context.person_place is not None:
            verdict = _serves(context, areas)
        return open_ if verdict is None else yes if verdict else no

    return judge


def _serves(context: Context, areas: frozenset[str]) -> bool | None:
    """Say whether an establishment in `areas` serves the person judged.

    Somebody with an establishment in their own place is served by that one; whether the main establishment
    handles their data as well is open. An incident as a whole is served by every establishment.
    """
    place, organisation = context.person_place, context.facts.organisation
    if place is None or place in areas or place[:2] in areas:
        return True
    if not organisation.established_in(frozenset((place, place[:2]))):
        return True
    main = organisation.country
    return None if main is not None and (main in areas or main[:2] in areas) else False


def _main_in(source: Mapping[str, Any]) -> Judge:
    named = _words(source, "main_in")
    areas, path = expanded(named), "organisation.country"
    open_, yes, no = _place_outcomes(path, f"the main establishment is not in {', '.join(named)}")

    def judge(context: Context) -> Outcome:
        country = context.facts.organisation.country
        return open_ if country is None else yes if country in areas or country[:2] in areas else no

    return judge


def _place_outcomes(path: str, said: str) -> tuple[Outcome, Outcome, Outcome]:
    return Outcome(None, (path,), (Unknown(path),)), Outcome(True, (path,)), Outcome(False, (path,), (), said)


def _reaches(source: Mapping[str, Any]) -> Judge:
    """Judge reach as data laws draw it: by the people concerned, or by the main establishment.

    A mere establishment with no people there leaves it open: it turns on whose activity the data belongs to.
    """
    named = _words(source, "reaches")
    people, main = _people_in({"people_in": named}), _main_in({"main_in": named})
    there = _established_in({"established_in": named})
    places = ", ".join(named)
    question = f"Is the data handled by the establishment in {places}?"

    def judge(context: Context) -> Outcome:
        by_people, by_main, by_branch = people(context), main(context), there(context)
        if by_people.verdict or (by_main.verdict and by_branch.verdict):
            return by_people if by_people.verdict else by_main
        if by_people.verdict is None:
            return by_people
        facts = (*by_people.facts, *by_branch.facts)
        if by_branch.verdict is False:
            return Outcome(False, facts, (), f"nobody affected in {places} and no establishment concerned")
        return Outcome(None, facts, (Unknown("organisation.establishments", question),))

    return judge


def _risk(source: Mapping[str, Any]) -> Judge:
    wanted = str(source["risk"]["at_least"])
    if wanted not in _RISKS:
        raise InvalidInputError(f"There is no risk {wanted!r}.", expected=", ".join(_RISKS))
    least = _RISKS.index(wanted)

    def judge(context: Context) -> Outcome:
        assessment = context.risk
        # An undecided risk may still be certain to reach the level asked for: "risk or high risk" is a risk.
        possible = getattr(assessment, "possible", (assessment.risk,))
        reached = {None if word == "undecided" else _RISKS.index(word) >= least for word in possible}
        if len(reached) > 1 or None in reached:
            return Outcome(None, (), _unknowns(assessment.unknowns))
        enough = True in reached
        return Outcome(enough, (), (), "" if enough else f"the risk decision is {' or '.join(possible)}")

    return judge


def _unknowns(given: Any) -> tuple[Unknown, ...]:
    paths = [getattr(item, "fact", None) or (item[0] if isinstance(item, tuple) else item) for item in given]
    return tuple(Unknown(str(path)) for path in dict.fromkeys(paths)) or (
        Unknown("risk", "How high is the risk?"),
    )


def _grading(source: Mapping[str, Any]) -> Judge:
    """Judge by the grades that are still possible, so that an open grade settles what it can."""
    [(scheme, named)] = source["grading"].items()
    wanted, fact = frozenset(named), (f"grade.{scheme}",)
    asked = (Unknown(f"regimes.{scheme}.grade", f"Which {scheme} grade has the incident?"),)

    def judge(context: Context) -> Outcome:
        given = fact_at(context.facts, f"regimes.{scheme}.grade")
        found = context.grades.get(scheme)
        # The grading takes the organisation's own grade into account, but not below what its table establishes.
        possible = found.possible if found is not None else () if given is None else (given,)
        if not possible or (not wanted.isdisjoint(possible) and not wanted.issuperset(possible)):
            return Outcome(None, fact, _unknowns(found.unknowns) if found and found.unknowns else asked)
        meets = wanted.issuperset(possible)
        return Outcome(meets, fact, (), "" if meets else f"the {scheme} grade is {' or '.join(possible)}")

    return judge


def _filed(source: Mapping[str, Any]) -> Judge:
    rule = str(source["filed"])
    path = (f"filed.{rule}",)
    yes, no = Outcome(True, path), Outcome(False, path, (), f"{rule} has not been filed")
    return lambda context: yes if rule in context.filed else no


def _filed_elsewhere(source: Mapping[str, Any]) -> Judge:
    own = tuple(_words(source, "filed_elsewhere"))
    path = ("filed",)
    yes, no = Outcome(True, path), Outcome(False, path, (), "no other regulator has been told")
    return lambda context: yes if any(not rule.startswith(own) for rule in context.filed) else no


def _ask(source: Mapping[str, Any]) -> Judge:
    """Judge what no fact of the contract says: a yes or no under `regimes`, else the question itself."""
    path, question = str(source["ask"]), str(source["question"])
    if not path.startswith("regimes."):
        raise InvalidInputError(f"{path} can't be asked.", expected="a path below regimes")
    open_ = Outcome(None, (path,), (Unknown(path, question),))
    yes, no = Outcome(True, (path,)), Outcome(False, (path,), (), f"answered no: {question}")

    def judge(context: Context) -> Outcome:
        value = fact_at(context.facts, path)
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
    "people_in": _people_in,
    "established_in": _established_in,
    "main_in": _main_in,
    "reaches": _reaches,
    "risk": _risk,
    "grading": _grading,
    "filed": _filed,
    "filed_elsewhere": _filed_elsewhere,
    "ask": _ask,
    "always": _always,
}
