"""Conditions judged the plain way, straight from their YAML: Kleene's tables and the facts, nothing compiled."""

from collections.abc import Iterable, Mapping
from typing import Any

from models.count import Count
from models.facts import Facts, fact_at
from models.places import EEA, EU
from regulations.context import Context

AREAS = {"EU": EU, "EEA": EEA, "UK": frozenset({"GB"})}
RISKS = ("none", "risk", "high_risk")
LISTS = {
    "sector": "organisation.sectors",
    "trait": "organisation.traits",
    "data": "data.categories",
    "relation": "people.relations",
}


class Plain:
    """One facts file asked condition by condition; risk and grades come from a context of their own."""

    def __init__(self, context: Context, terms: Mapping[str, Any]) -> None:
        """Ask the facts of `context`; `terms` are the conditions with a name."""
        self.context, self.facts, self.terms = context, context.facts, terms

    def judge(self, source: Mapping[str, Any]) -> bool | None:
        """Return yes, no, or None for unknown."""
        for kind in ("all", "any", "not", "term"):
            if kind in source:
                return getattr(self, f"_{kind}")(source[kind])
        for kind in (*LISTS, "role"):
            if kind in source:
                path = LISTS.get(kind, "organisation.role")
                return self._compare(path, "in" if kind == "role" else "any_of", words(source[kind]))
        kind = next(iter(source))
        return getattr(self, f"_{kind}")(source)

    def _all(self, parts: Iterable[Mapping[str, Any]]) -> bool | None:
        answers = [self.judge(part) for part in parts]
        return False if False in answers else None if None in answers else True

    def _any(self, parts: Iterable[Mapping[str, Any]]) -> bool | None:
        answers = [self.judge(part) for part in parts]
        return True if True in answers else None if None in answers else False

    def _not(self, part: Mapping[str, Any]) -> bool | None:
        answer = self.judge(part)
        return None if answer is None else not answer

    def _term(self, name: str) -> bool | None:
        return self.judge(self.terms[name])

    def _fact(self, source: Mapping[str, Any]) -> bool | None:
        [(operator, bound)] = [(key, value) for key, value in source.items() if key != "fact"]
        return self._compare(source["fact"], operator, bound)

    def _compare(self, path: str, operator: str, bound: Any) -> bool | None:
        value = fact_at(self.facts, path)
        if value is None or value == "unknown":
            return None
        if operator in {"at_least", "more_than", "fewer_than"}:
            return compared(value, operator, bound)
        return {
            "is": lambda: value == bound,
            "in": lambda: value in bound,
            "any_of": lambda: any(word in value for word in bound),
            "all_of": lambda: all(word in value for word in bound),
            "none_of": lambda: not any(word in value for word in bound),
        }[operator]()

    def _known(self, source: Mapping[str, Any]) -> bool:
        return fact_at(self.facts, source["known"]) is not None

    def _always(self, source: Mapping[str, Any]) -> bool:
        return bool(source["always"])

    def _ask(self, source: Mapping[str, Any]) -> bool | None:
        value = fact_at(self.facts, source["ask"])
        return value if isinstance(value, bool) else None

    def _filed(self, source: Mapping[str, Any]) -> bool:
        return source["filed"] in self._filings()

    def _filed_elsewhere(self, source: Mapping[str, Any]) -> bool:
        own = words(source["filed_elsewhere"])
        return any(not any(rule.startswith(start) for start in own) for rule in self._filings())

    def _filings(self) -> list[str]:
        return [rule for rule, at in self.facts.filed.items() if at is not None and at <= self.context.at]

    def _people_in(self, source: Mapping[str, Any]) -> bool | None:
        number = source.get("at_least", source.get("more_than", 0) + 1)
        least, most = bounds_within(self.facts, places(source["people_in"]))
        return True if least >= number else False if most is not None and most < number else None

    def _established_in(self, source: Mapping[str, Any]) -> bool | None:
        return self.facts.organisation.established_in(places(source["established_in"]))

    def _main_in(self, source: Mapping[str, Any]) -> bool | None:
        country = self.facts.organisation.country
        return None if country is None else not places(source["main_in"]).isdisjoint({country, country[:2]})

    def _reaches(self, source: Mapping[str, Any]) -> bool | None:
        named = source["reaches"]
        people, there = self._people_in({"people_in": named}), self._established_in({"established_in": named})
        if people or (there and self._main_in({"main_in": named})):
            return True
        if people is None or there is False:
            return people
        answer = fact_at(self.facts, f"regimes.reach.{words(named)[0]}")
        return answer if isinstance(answer, bool) else None

    def _risk(self, source: Mapping[str, Any]) -> bool | None:
        least = RISKS.index(source["risk"]["at_least"])
        reached = {RISKS.index(word) >= least for word in self.context.risk.possible}
        return None if len(reached) > 1 else reached.pop()

    def _grading(self, source: Mapping[str, Any]) -> bool | None:
        [(scheme, named)] = source["grading"].items()
        found = self.context.grades.get(scheme)
        given = fact_at(self.facts, f"regimes.{scheme}.grade")
        possible = found.possible if found else () if given is None else (given,)
        answers = {grade in named for grade in possible}
        return answers.pop() if len(answers) == 1 else None


def words(given: Any) -> list[str]:
    """Return a list of words; one word alone is a list of one."""
    return list(given) if isinstance(given, list) else [given]


def places(named: Any) -> frozenset[str]:
    """Return the places that the names of areas stand for."""
    return frozenset[str]().union(*(AREAS.get(name, frozenset({name})) for name in words(named)))


def compared(value: Any, operator: str, bound: float) -> bool | None:
    """Compare a number or a count within bounds, by its smallest and largest value."""
    least, most = (value.least, value.most) if isinstance(value, Count) else (value, value)
    if operator == "fewer_than":
        answer = compared(value, "at_least", bound)
        return None if answer is None else not answer
    is_enough = (lambda number: number > bound) if operator == "more_than" else lambda number: number >= bound
    return True if is_enough(least) else None if most is None or is_enough(most) else False


def bounds_within(facts: Facts, areas: frozenset[str]) -> tuple[int, int | None]:
    """Count the people in `areas` one listed place at a time; see `models.headcount` for what is not listed."""
    whole = facts.people.total or Count()
    listed = {place: count or Count() for place, count in (facts.people.by_place or {}).items()}
    if facts.people.by_place is None:
        most = whole.most
    elif None in (mosts := [count.most for count in listed.values()]) or whole.least <= sum(mosts):
        most = 0
    else:
        most = None if whole.most is None else whole.most - sum(count.least for count in listed.values())
    least = 0
    for place, count in listed.items():
        inside = place in areas or place[:2] in areas
        if inside or any(area.startswith(f"{place}-") for area in areas):
            least += count.least if inside else 0
            most = None if most is None or count.most is None else most + count.most
    if whole.most is not None and whole.most >= least:
        most = whole.most if most is None else min(most, whole.most)
    return least, most
