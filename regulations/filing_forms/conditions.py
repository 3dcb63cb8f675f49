"""When a field is asked, and which coded answer is right: three-valued questions to what is known."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.facts import fact_at
from regulations.filing_forms.known import Known

Stage = Literal["initial", "interim", "final"]
Value = str | int | bool


class Condition(BaseModel):
    """A three-valued question; all that are given must hold. `is` compares, `among` looks in a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: str | None = None
    value: Annotated[Value | None, Field(alias="is")] = None
    among: tuple[Value, ...] = ()
    data: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    stage: tuple[Stage, ...] = ()
    profile: str | None = None
    cause: tuple[str, ...] = ()
    follow_up: bool | None = None
    late: bool | None = None
    told: bool | None = None
    tell_individuals: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()
    established_in: tuple[str, ...] = ()
    any_of: Annotated[tuple["Condition", ...], Field(alias="any")] = ()

    def holds(self, known: Known) -> bool | None:
        """Answer with yes, no or unknown (None)."""
        answers = [
            getattr(self, f"_of_{name}")(known)
            for name in self.model_fields_set
            if name not in {"value", "among"}
        ]
        if any(answer is False for answer in answers):
            return False
        return None if any(answer is None for answer in answers) else True

    def _of_fact(self, known: Known) -> bool | None:
        return self._compared(fact_at(known.facts, str(self.fact)))

    def _of_profile(self, known: Known) -> bool | None:
        return self._compared(known.profile.get(str(self.profile)))

    def _compared(self, found: Any) -> bool | None:
        if found is None or found == ():
            return None
        if self.among:
            return (
                bool(set(found) & set(self.among)) if isinstance(found, tuple | list) else found in self.among
            )
        if self.value is None:
            return True
        return self.value in found if isinstance(found, tuple | list) else bool(found == self.value)

    def _of_data(self, known: Known) -> bool | None:
        kinds = known.facts.data.categories
        return None if kinds is None else bool(set(kinds) & set(self.data))

    def _of_relations(self, known: Known) -> bool | None:
        found = known.facts.people.relations
        return None if found is None else bool(set(found) & set(self.relations))

    def _of_stage(self, known: Known) -> bool:
        return known.stage in self.stage

    def _of_cause(self, known: Known) -> bool | None:
        return None if known.cause is None else bool(set(known.cause.kinds) & set(self.cause))

    def _of_follow_up(self, known: Known) -> bool:
        return known.is_follow_up == self.follow_up

    def _of_late(self, known: Known) -> bool:
        return (known.due_at is not None and known.at > known.due_at) == self.late

    def _of_told(self, known: Known) -> bool:
        return bool(known.told) == self.told

    def _of_tell_individuals(self, known: Known) -> bool | None:
        return None if known.tell_individuals is None else known.tell_individuals in self.tell_individuals

    def _of_risk(self, known: Known) -> bool | None:
        return None if known.risk is None else known.risk in self.risk

    def _of_severity(self, known: Known) -> bool | None:
        return None if known.severity is None else known.severity in self.severity

    def _of_told_by(self, known: Known) -> bool | None:
        return None if known.told_by is None else known.told_by in self.told_by

    def _of_established_in(self, known: Known) -> bool | None:
        return known.facts.organisation.established_in(self.established_in)

    def _of_any_of(self, known: Known) -> bool | None:
        answers = [each.holds(known) for each in self.any_of]
        if any(answers):
            return True
        return None if any(answer is None for answer in answers) else False
