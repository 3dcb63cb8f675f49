"""Duties to people, person by person: judged once for each group of people who are alike before the law.

A million people fall into some hundred groups of the same place, relation and exposed data. Each group is
judged with facts narrowed to it, so that a person's duties turn on their own place and their own data.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from models.count import Count
from models.errors import InvalidInputError
from models.facts import Facts
from models.facts_words import DataCategory, Relation
from models.headcount import Headcount
from models.places import is_place, nearest_place
from regulations.context import Assess, Context, GradeAll
from regulations.duties import soonest_first
from regulations.duty import Duty
from regulations.judging import judged
from regulations.law_file import LoadedRule, Scope
from regulations.loader import Law, load_law
from regulations.risk import RiskAssessment


class PersonGroup(NamedTuple):
    """People who are alike before the law: place, relation to the organisation, exposed data.

    None: not known of them, so what is known of the whole incident holds.
    """

    place: str
    relation: Relation | None
    categories: frozenset[DataCategory] | None


class PersonDuty(NamedTuple):
    """One duty to tell a person: the rule that fired, its limit and why."""

    rule: str
    rule_hash: str
    jurisdiction: str
    status: str
    due_at: datetime | None
    starts_at: datetime | None
    citation: str
    because: str
    unknowns: tuple[str, ...]
    verified: bool


def group_duties(
    facts: Facts,
    groups: Iterable[PersonGroup],
    at: datetime,
    *,
    rules: Law | None = None,
    assess: Assess | None = None,
    grade: GradeAll | None = None,
) -> Mapping[PersonGroup, tuple[PersonDuty, ...]]:
    """Return the duties to the people of each distinct group at `at` (aware), soonest first.

    `groups` may name a group as often as it has people; it is judged once. Raises InvalidInputError for a
    place that does not exist.
    """
    to_people = _to_people(rules or load_law())
    whole = Context(facts, at, assess, grade)
    risks: dict[tuple[str | None, frozenset[str] | None], RiskAssessment] = {}
    found = {}
    for group in dict.fromkeys(groups):
        _refuse_unknown_place(group.place)
        found[group] = _of_group(group, whole, to_people, risks, assess)
    return found


def _refuse_unknown_place(place: str) -> None:
    if not is_place(place):
        near = nearest_place(place)
        raise InvalidInputError(
            f"There is no place {place!r}.",
            expected="ISO 3166-1 like DE or 3166-2 like US-NY",
            remedy=f"Did you mean {near}?" if near else "",
        )


def _to_people(law: Law) -> list[Scope]:
    kept = []
    for file in law.files:
        for scope in file.scopes:
            telling = [versions for versions in scope.rules if _tells_people(versions[-1])]
            if telling:
                kept.append(Scope(scope.applies, tuple(telling)))
    return kept


def _tells_people(loaded: LoadedRule) -> bool:
    return loaded.binds and "individuals" in loaded.rule.tells


def _of_group(
    group: PersonGroup,
    whole: Context,
    to_people: list[Scope],
    risks: dict[tuple[str | None, frozenset[str] | None], RiskAssessment],
    assess: Assess | None,
) -> tuple[PersonDuty, ...]:
    facts = _narrowed(whole.facts, group)
    alike = (group.relation, group.categories)

    def assess_once(narrowed: Facts) -> RiskAssessment:
        if alike not in risks:
            risks[alike] = Context(narrowed, whole.at, assess).risk
        return risks[alike]

    context = Context(facts, whole.at, assess_once, lambda _: whole.grades)
    context.person_place = group.place
    context.headcount = Headcount(None, {group.place: _one_or_more(whole, group.place)})
    duties = [
        duty
        for scope in to_people
        if scope.applies is None or scope.applies(context).verdict is not False
        for versions in scope.rules
        if (duty := judged(versions, context, all_=False)) is not None and duty.status != "not_required"
    ]
    return tuple(_of_person(duty) for duty in sorted(duties, key=soonest_first))


def _narrowed(facts: Facts, group: PersonGroup) -> Facts:
    """Return the facts as they are for this group; the numbers stay those of the whole incident."""
    relations = facts.people.relations if group.relation is None else (group.relation,)
    people = facts.people.model_copy(update={"relations": relations})
    categories = facts.data.categories if group.categories is None else tuple(sorted(group.categories))
    data = facts.data.model_copy(update={"categories": categories})
    return facts.model_copy(update={"people": people, "data": data})


def _one_or_more(whole: Context, place: str) -> Count:
    least, most = whole.headcount.within(frozenset((place,)))
    return Count.between(max(1, least), None if most is None else max(1, least, most))


def _of_person(duty: Duty) -> PersonDuty:
    return PersonDuty(
        rule=duty.rule,
        rule_hash=duty.rule_hash,
        jurisdiction=duty.jurisdiction,
        status=duty.status,
        due_at=duty.due_at,
        starts_at=duty.starts_at,
        citation=duty.citation,
        because=duty.because,
        unknowns=tuple(unknown.fact for unknown in duty.unknowns),
        verified=duty.verified,
    )
