"""The risk factors of WP250rev.01 section IV.B (kept in EDPB Guidelines 9/2022), asked of the known facts.

Type of breach; nature, sensitivity and volume of data and their combination; ease of identification;
consequences and recipient; special characteristics of the individuals and of the controller; number.
The figures are in `risk_measures`.
"""

from collections.abc import Mapping
from typing import Any, Self

from regulations.known_facts import Known
from regulations.risk_measures import (
    CROWD_OF_RECIPIENTS,
    DEPENDENT_RELATIONS,
    FEW,
    FEW_PEOPLE,
    GRAVE,
    NOTABLE,
    POINTS_TO_SOMEBODY,
    PROFILE,
    SENSITIVE_SECTORS,
    VERY_MANY_PEOPLE,
)
from regulations.three_valued import Question, Tri, every, negate, some, tri


class Situation(Known):
    """The known facts, asked as the guidelines ask. Each answer is worked out once."""

    def assume(self, values: Mapping[str, Any]) -> Self:
        """Return a copy in which the unknown facts in `values` are known.

        Answers they cannot change are carried over: those that are definite, and those that wait for others.
        """
        assumed = super().assume(values)
        filled = values.keys()
        for name, answer in self.__dict__.items():
            if isinstance(answer, Tri) and (answer.value is not None or answer.facts.isdisjoint(filled)):
                assumed.__dict__[name] = answer
        return assumed

    @Question
    def exposed(self) -> Tri:
        """Somebody who may not has seen, taken or been able to read the data."""
        stolen = self.is_one_of("breach.exfiltration", ("likely", "confirmed"))
        said = self.holds("breach.confidentiality")
        evidence = some(said, self.holds("breach.published"), stolen)
        if evidence.value:
            return evidence
        return said if said.value is False else tri(None, "breach.confidentiality", *evidence.facts)

    @Question
    def unreadable(self) -> Tri:
        """Strong encryption or a salted hash, with the key safe (Art. 34(3)(a))."""
        return every(self.holds("breach.unintelligible"), negate(self.holds("breach.key_compromised")))

    @Question
    def disclosed(self) -> Tri:
        """Ask whether the data is in the open in a form somebody can read."""
        return every(self.exposed, negate(self.unreadable))

    @Question
    def published(self) -> Tri:
        """Open to anyone, leaked or offered for sale."""
        return self.holds("breach.published")

    @Question
    def malicious(self) -> Tri:
        """Somebody meant it."""
        return self.holds("breach.malicious")

    @Question
    def hostile(self) -> Tri:
        """In the hands of somebody who took it, or of anybody at all."""
        return some(self.malicious, self.published)

    @Question
    def crowd(self) -> Tri:
        """So many recipients that nobody can vouch for them."""
        return self.reaches("breach.recipients.number", CROWD_OF_RECIPIENTS)

    @Question
    def recipients_unknown(self) -> Tri:
        """Nobody can say who has it (a device or letter lost)."""
        return negate(self.holds("breach.recipients.known"))

    @Question
    def trusted(self) -> Tri:
        """Ask whether the recipient can be relied on: a professional bound to secrecy, a long partner."""
        return self._of_known_recipients("breach.recipients.trusted")

    @Question
    def deleted(self) -> Tri:
        """Ask whether the recipient confirmed deletion or return."""
        return self._of_known_recipients("breach.recipients.deletion_confirmed")

    def _of_known_recipients(self, path: str) -> Tri:
        """Nobody can vouch for recipients nobody knows."""
        if self.recipients_unknown.value:
            return negate(self.recipients_unknown)
        said = self.holds(path)
        return said if said.value is not None else tri(None, path, *self.recipients_unknown.facts)

    @Question
    def uncontrolled(self) -> Tri:
        """Nobody can call the data back."""
        return some(self.hostile, self.recipients_unknown, self.crowd)

    @Question
    def assured(self) -> Tri:
        """Ask whether the recipients take the harm out: trusted or deletion confirmed; both if data is grave."""
        by_word = some(self.trusted, every(self.deleted, negate(self.crowd)))
        enough = some(every(self.trusted, self.deleted), every(by_word, negate(self.grave)))
        return every(negate(self.hostile), enough)

    def has(self, kinds: frozenset[str]) -> Tri:
        """Ask whether one of these kinds of data is concerned."""
        return self.names_one_of("data.categories", kinds)

    @Question
    def grave(self) -> Tri:
        """Ask for data of which one kind alone can do serious harm."""
        return self.has(GRAVE)

    @Question
    def notable(self) -> Tri:
        """Ask for data that says more of a person than how to reach them."""
        return self.has(GRAVE | NOTABLE)

    @Question
    def combined(self) -> Tri:
        """Kinds of data that are worse together: a profile, the means to pose as somebody, to try a login."""
        identity_kit = every(self.has(frozenset(("date_of_birth",))), self.has(frozenset(("address",))))
        login_kit = every(self.has(frozenset(("password_hash",))), self.has(frozenset(("contact",))))
        return some(self.names("data.categories", PROFILE, 2), identity_kit, login_kit)

    @Question
    def vulnerable(self) -> Tri:
        """Children and others who cannot well protect themselves; `vulnerable: false` speaks for both."""
        minors = self.holds("people.minors")
        said = self.holds("people.vulnerable")
        return minors if minors.value else said if said.value is not None else some(said, minors)

    @Question
    def revealing(self) -> Tri:
        """Grave data, a combination, or single notable data of very many or of vulnerable people."""
        very_many = self.reaches("people.total", VERY_MANY_PEOPLE)
        alone = every(self.notable, some(very_many, self.vulnerable))
        entered = self.is_one_of("breach.vector", ("credential_stuffing",))
        return some(self.grave, self.combined, alone, entered, self.applications)

    @Question
    def applications(self) -> Tri:
        """Ask for what people write to an employment agency: a career, told to be judged by strangers."""
        career = self.has(frozenset(("employment", "education")))
        return every(career, self.names_one_of("organisation.sectors", frozenset(("employment",))))

    @Question
    def nobody_recognisable(self) -> Tri:
        """Identification is next to impossible: nothing names anybody or works without a name (logins, cards)."""
        faint = self.is_one_of("data.identifiability", ("negligible",))
        return every(faint, negate(self.has(POINTS_TO_SOMEBODY)))

    @Question
    def trivial(self) -> Tri:
        """How to reach a few people, and no more, gone astray by accident."""
        few = negate(self.reaches("people.total", FEW_PEOPLE))
        return every(negate(self.notable), few, negate(self.hostile), negate(self.vulnerable))

    @Question
    def incidental(self) -> Tri:
        """Ask for a mere remark on the health of a few, seen by a few who do not depend on the controller.

        EDPB Guidelines 01/2021, no. 15: a food intolerance on a list of guests.
        """
        only_health = every(
            self.has(frozenset(("health",))), negate(self.has((GRAVE | NOTABLE) - {"health"}))
        )
        few = negate(some(self.reaches("people.total", FEW), self.reaches("breach.recipients.number", FEW)))
        depends = some(
            self.names_one_of("people.relations", DEPENDENT_RELATIONS),
            self.names_one_of("organisation.sectors", SENSITIVE_SECTORS),
            self.vulnerable,
        )
        return every(only_health, few, negate(depends), negate(self.uncontrolled))

    @Question
    def care(self) -> Tri:
        """People's treatment hangs on the data being there."""
        patients = every(
            self.has(frozenset(("health",))), self.names_one_of("people.relations", frozenset(("patient",)))
        )
        return some(self.names_one_of("organisation.sectors", frozenset(("health_provider",))), patients)

    @Question
    def unavailable(self) -> Tri:
        """Lost or out of reach."""
        return self.holds("breach.availability")

    @Question
    def backed_up(self) -> Tri:
        """Ask whether an electronic backup stands ready."""
        return self.is_one_of("breach.backup", ("electronic",))

    @Question
    def gone(self) -> Tri:
        """No copy is left and the data has not come back."""
        no_copy = self.is_one_of("breach.backup", ("none", "destroyed"))
        came_back = True if "breach.restored_after_hours" in self.values else None
        return every(no_copy, negate(tri(came_back, "breach.restored_after_hours")))

    def out_for(self, hours: float) -> Tri:
        """Ask whether data or service was out of reach for `hours` or more."""
        until_back = self.reaches("breach.restored_after_hours", hours)
        outage = self.reaches("breach.outage_minutes", hours * 60)
        known = [answer for answer in (until_back, outage) if answer.value is not None]
        return some(*known) if known else some(until_back, outage)

    def service(self, *words: str) -> Tri:
        """Ask how hard the service was hit."""
        return self.is_one_of("breach.service_impact", words)

    @property
    def vector_is_mishap(self) -> bool:
        """Nothing known of the vector speaks of more than a mishap of the service."""
        return self.values.get("breach.vector", "outage") in ("outage", "other")

    @Question
    def risk_removed(self) -> Tri:
        """Ask whether measures taken since make the high risk unlikely (GDPR Art. 34(3)(b)).

        A measure is an act, not a thing unknown: until it is reported it has not been taken.
        """
        path = "regimes.gdpr.subsequent_measures"
        return tri(self.values.get(path) is True, path)
