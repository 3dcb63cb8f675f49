"""Leaves about places: who is affected where, and where the organisation is."""

from collections.abc import Callable, Mapping
from typing import Any

from models.facts import fact_at
from regulations.areas import expanded
from regulations.context import Context
from regulations.results import Outcome, Unknown

Judge = Callable[[Context], Outcome]


def words_of(source: Mapping[str, Any], key: str) -> list[str]:
    """Return the words a leaf lists; one word alone is a list of one."""
    words = source[key]
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


_LEAST: dict[str, Callable[[int], int]] = {
    "at_least": lambda number: number,
    "more_than": lambda number: number + 1,
}


def people_in(source: Mapping[str, Any]) -> Judge:
    """Judge how many people are affected in some places, within the bounds known."""
    named = words_of(source, "people_in")
    bounds = {key: value for key, value in source.items() if key != "people_in"} or {"at_least": 1}
    [(operator, number)] = bounds.items()
    areas, enough = expanded(named), _LEAST[operator](int(number))
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
        least, most = context.headcount.within(areas)
        if least >= enough:
            return yes
        return no if most is not None and most < enough else open_

    return judge


def established_in(source: Mapping[str, Any]) -> Judge:
    """Judge whether the organisation, or the person's own branch, is established in some places."""
    named = words_of(source, "established_in")
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


def main_in(source: Mapping[str, Any]) -> Judge:
    """Judge whether the main establishment lies in some places."""
    named = words_of(source, "main_in")
    areas, path = expanded(named), "organisation.country"
    open_, yes, no = _place_outcomes(path, f"the main establishment is not in {', '.join(named)}")

    def judge(context: Context) -> Outcome:
        country = context.facts.organisation.country
        return open_ if country is None else yes if country in areas or country[:2] in areas else no

    return judge


def _place_outcomes(path: str, said: str) -> tuple[Outcome, Outcome, Outcome]:
    return Outcome(None, (path,), (Unknown(path),)), Outcome(True, (path,)), Outcome(False, (path,), (), said)


def reaches(source: Mapping[str, Any]) -> Judge:
    """Judge reach as data laws draw it: by the people concerned, or by the main establishment.

    A mere establishment with no people there leaves it open: it turns on whose activity the data belongs to,
    which `regimes.reach.<place>` answers.
    """
    named = words_of(source, "reaches")
    people, main = people_in({"people_in": named}), main_in({"main_in": named})
    there = established_in({"established_in": named})
    places = ", ".join(named)
    said = f"nobody affected in {places} and no establishment concerned"
    handled_there = _handled_there(named[0], places)

    def judge(context: Context) -> Outcome:
        by_people = people(context)
        if by_people.verdict:
            return by_people
        by_main, by_branch = main(context), there(context)
        if by_main.verdict and by_branch.verdict:
            return by_main
        if by_people.verdict is None:
            return by_people
        facts = (*by_people.facts, *by_branch.facts)
        return (
            Outcome(False, facts, (), said) if by_branch.verdict is False else handled_there(context, facts)
        )

    return judge


def _handled_there(place: str, places: str) -> Callable[[Context, tuple[str, ...]], Outcome]:
    path, question = f"regimes.reach.{place}", f"Is the data handled by the establishment in {places}?"
    said, asked = f"the data is not handled by the establishment in {places}", (Unknown(path, question),)

    def judge(context: Context, facts: tuple[str, ...]) -> Outcome:
        answer = fact_at(context.facts, path)
        if not isinstance(answer, bool):
            return Outcome(None, facts, asked)
        return Outcome(answer, (*facts, path), (), "" if answer else said)

    return judge
