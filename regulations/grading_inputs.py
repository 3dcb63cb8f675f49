"""What gradings ask that the facts file says in other words: losses in a currency, days, member states, clients."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError

from models.count import Count
from models.facts import Facts
from models.places import EEA, EU, lies_in
from regulations.risk_factors import Situation
from regulations.three_valued import Question, Tri, every, negate, some, tri

INTRUSIONS = frozenset(("ransomware", "hacking", "credential_stuffing", "malware"))
ASKED_AS = {
    "people.count": "people.total",
    "people.clients": "regimes.dora.clients_affected",
    "loss.cny": "loss.amount",
    "loss.eur": "loss.amount",
    "incident.duration_hours": "regimes.dora.duration_hours",
    "incident.downtime_hours": "breach.outage_minutes",
    "incident.member_states": "people.by_place",
}
"""Derived inputs, and the fact to ask for where one is unknown."""


class GradingFacts(Situation):
    """The known facts with the inputs that gradings derive from them."""

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """Read a facts file, ranges given under `regimes` included."""
        plain = Situation.of(facts).values
        values = {path: _as_count(value) for path, value in plain.items()}
        derived = {
            "people.count": _people(facts),
            "people.clients": _clients(facts, values),
            "loss.cny": _loss(facts, values, "CNY", "regimes.cac.direct_loss_cny"),
            "loss.eur": _loss(facts, values, "EUR", "regimes.dora.costs_eur"),
            "incident.duration_hours": _first(values, "regimes.dora.duration_hours"),
            "incident.downtime_hours": _downtime(values),
            "incident.member_states": _member_states(facts, values),
        }
        return cls(values | {path: value for path, value in derived.items() if value is not None})

    @Question
    def harmed(self) -> Tri:
        """Ask whether data was leaked, altered, lost or taken."""
        return some(self.exposed, self.holds("breach.integrity"), self.unavailable)

    @Question
    def intruded(self) -> Tri:
        """Access to systems was gained, malicious and unauthorised (Reg. 2024/1772 Art. 6(c))."""
        said = self.holds("regimes.dora.malicious_access")
        if said.value is not None:
            return said
        by_system = self.is_one_of("breach.vector", INTRUSIONS)
        return every(self.malicious, Tri(by_system.value or None, by_system.facts | said.facts), self.harmed)

    @Question
    def intrusion_may_lose_data(self) -> Tri:
        """Ask whether the intrusion may result in data losses (Art. 9(5)(b))."""
        said = self.holds("regimes.dora.data_loss_possible")
        if said.value is not None:
            return said
        taken = negate(self.is_one_of("breach.exfiltration", ("excluded",)))
        return some(self.harmed, taken)

    def established_in(self, areas: frozenset[str]) -> Tri:
        """Ask whether the organisation has an establishment in one of `areas`."""
        named = self.values.get("organisation.establishments")
        country = self.values.get("organisation.country")
        places = [*(named or ()), *([country] if country else [])]
        if any(lies_in(place, areas) for place in places):
            return tri(True, "organisation.country", "organisation.establishments")
        return tri(None if named is None else False, "organisation.establishments")


def areas_of(words: list[str]) -> frozenset[str]:
    """Return the countries meant by `words`; EEA and EU stand for their members."""
    groups = {"EEA": EEA, "EU": EU}
    return frozenset(place for word in words for place in groups.get(word, frozenset((word,))))


def _as_count(value: Any) -> Any:
    if not (isinstance(value, Mapping) and value.keys() & {"value", "at_least", "at_most"}):
        return value
    try:
        return Count.model_validate(value)
    except ValidationError:
        return None


def _first(values: Mapping[str, Any], *paths: str) -> Any:
    return next((values[path] for path in paths if values.get(path) is not None), None)


def _people(facts: Facts) -> Count | None:
    least = sum(count.least for count in (facts.people.by_place or {}).values() if count is not None)
    whole = facts.people.total
    if whole is None:
        return Count(at_least=least) if least else None
    if whole.least >= least:
        return whole
    is_contradicted = whole.most is not None and whole.most < least  # then the places, which say more, hold
    return Count.between(least, None if is_contradicted else whole.most)


def _clients(facts: Facts, values: Mapping[str, Any]) -> Any:
    given = _first(values, "regimes.dora.clients_affected")
    relations, people = facts.people.relations, _people(facts)
    if given is not None or people is None or relations is None:
        return given
    if "customer" not in relations:
        return Count(value=0)
    return people if relations == ("customer",) else Count.between(0, people.most)


def _loss(facts: Facts, values: Mapping[str, Any], currency: str, given: str) -> Any:
    stated = _first(values, given)
    if stated is not None:
        return stated
    return facts.loss.amount if facts.loss.currency == currency else None


def _downtime(values: Mapping[str, Any]) -> float | None:
    minutes = values.get("breach.outage_minutes")
    return None if minutes is None else minutes / 60


def _member_states(facts: Facts, values: Mapping[str, Any]) -> Any:
    given = _first(values, "regimes.dora.member_states")
    if given is not None or facts.people.by_place is None:
        return given
    states = {place[:2] for place, count in facts.people.by_place.items() if count is None or count.most != 0}
    sure = {place[:2] for place, count in facts.people.by_place.items() if count is not None and count.least}
    return Count.between(len(sure & EU), len(states & EU))
