"""Scenarios: the starting signal, what happens on the clock, and what scripted participants answer, as data.

A demonstration and a drill both run one. `{{ago:PT7H}}` stands for the moment that long before the scenario
starts, `{{in:PT7H}}` for the moment that long after it, `{{day_in:P30D}}` for the day that long after it, `{{run}}`
for this run's own mark, so that a second run is a new incident. A drill waits for every `at`; a demonstration, whose
clock is everybody's, answers as soon as it is asked.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import Field, JsonValue, ValidationError, model_validator

from models.clock import iso_utc
from models.errors import NotFoundError
from playbooks.document import read_document, refusal
from playbooks.durations import parse_duration
from playbooks.scenario_money import ScriptedClaim, ScriptedCost
from playbooks.schema import Part, PlaybookId, Text
from playbooks.schema_parts import Duration, Identifier, Sentence
from playbooks.words import Role

FORMAT: Final = "tocsin/scenario/1"
_LIBRARY: Final = resources.files("playbooks").joinpath("drills")
_MARK: Final = re.compile(r"\{\{\s*(?:(?P<kind>ago|in|day_in):(?P<span>[A-Z0-9]+)|(?P<run>run))\s*\}\}")


Kind = TypeVar("Kind", bound=Part)


class StartingSignal(Part):
    """What the detector or person says at the start."""

    form: str
    told_by: str
    payload: dict[str, JsonValue]


class ScriptedAnswer(Part):
    """What one participant answers to a step's question: `at` so long after the start, once the step `after` is done.

    `round` picks one round of a step in a loop; `based_on` names a form of the scenario that `form` changes.
    """

    by: str
    verdict: Literal["approve", "refuse", "answer"]
    reason: str = ""
    based_on: str | None = None
    form: dict[str, JsonValue] = Field({})
    imports: Literal["customers"] | None = None
    after: Identifier | None = None
    at: Duration = "PT0S"
    round: Annotated[int, Field(ge=1, le=1000)] | None = None


class Outage(Part):
    """The provider of text messages refuses so many messages with this HTTP status."""

    times: Annotated[int, Field(ge=1, le=1000)]
    status: Annotated[int, Field(ge=400, le=599)] = 503


class Absence(Part):
    """A participant cannot be reached for so long; a deputy or the timeout has to do."""

    who: str
    lasts: Duration


class Inject(Part):
    """Something that happens at a moment: new facts, word from outside, a failing provider, or an absence."""

    at: Duration
    name: Text
    to: Role = "incident_lead"
    facts: dict[str, JsonValue] | None = None
    message: Text | None = None
    outage: Outage | None = None
    absent: Absence | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(each is not None for each in (self.facts, self.message, self.outage, self.absent)) != 1:
            raise ValueError("an inject is one of facts, message, outage, absent")
        return self


class DrillExpectation(Part):
    """What must have happened by when: a step done, a question decided, or a rule's duty met."""

    by: Duration
    owner: Role
    step: Identifier | None = None
    decision: Identifier | None = None
    duty: str | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(each is not None for each in (self.step, self.decision, self.duty)) != 1:
            raise ValueError("an expectation is one of step, decision, duty")
        return self

    @property
    def name(self) -> str:
        """Name what is expected."""
        return str(self.step or self.decision or self.duty)


class Scenario(Part):
    """One scripted incident from signal to closure. `lasts` is the longest it may take on its own clock."""

    schema_: Literal["tocsin/scenario/1"] = Field(alias="schema")
    id: PlaybookId
    name: Text
    story: Text
    playbook: PlaybookId
    uses: PlaybookId | None = None
    lasts: Duration = "P60D"
    signal: StartingSignal
    people: Annotated[int, Field(ge=1, le=1_000_000)]
    participants: dict[Role, Annotated[list[Sentence], Field(min_length=1)]] = Field({})
    forms: dict[str, dict[str, JsonValue]] = Field({})
    answers: Annotated[dict[Identifier, list[ScriptedAnswer]], Field(min_length=1)]
    costs: list[ScriptedCost] = Field([])
    claims: list[ScriptedClaim] = Field([])
    injects: list[Inject] = Field([])
    expectations: list[DrillExpectation] = Field([])

    def form(self, scripted: ScriptedAnswer) -> Mapping[str, Any]:
        """Give the form a participant hands in, with what it is based on."""
        base = self.forms[scripted.based_on] if scripted.based_on else {}
        return merged(base, scripted.form)


class Common(Part):
    """What scenarios share: the cast, forms to start from, and answers to the steps that most plans have."""

    schema_: Literal["tocsin/scenario-part/1"] = Field(alias="schema")
    participants: dict[Role, list[Sentence]] = Field({})
    forms: dict[str, dict[str, JsonValue]] = Field({})
    answers: dict[Identifier, list[ScriptedAnswer]] = Field({})


def scenarios() -> tuple[str, ...]:
    """Name the scenarios that ship with Tocsin."""
    names = (entry.name for entry in _LIBRARY.iterdir() if entry.name.endswith(".yaml"))
    return tuple(sorted(name.removesuffix(".yaml") for name in names))


def scenario_text(name: str) -> str:
    """Give the text of a shipped scenario.

    Raises:
        NotFoundError: there is none of this name.
    """
    if name not in scenarios():
        raise NotFoundError(
            f"There is no scenario called {name[:80]!r}.", expected=f"one of {', '.join(scenarios())}"
        )
    return _LIBRARY.joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def load_scenario(text: str, where: str) -> Scenario:
    """Read a scenario, with what it shares with others filled in.

    Raises:
        InvalidInputError: with file and line, when it does not have the form of a scenario.
    """
    document = read_document(text, where)
    scenario = _read(Scenario, text, where)
    if scenario.uses is None:
        return scenario
    part = _LIBRARY.joinpath("parts", f"{scenario.uses}.yaml")
    if not part.is_file():
        line = document.line_of(("uses",))
        raise refusal(f"There is no part called {scenario.uses!r}.", where, line, "a file of drills/parts")
    common = _read(Common, part.read_text(encoding="utf-8"), f"parts/{scenario.uses}.yaml")
    return scenario.model_copy(
        update={
            "participants": {**common.participants, **scenario.participants},
            "forms": {**common.forms, **scenario.forms},
            "answers": {**common.answers, **scenario.answers},
        }
    )


def _read(kind: type[Kind], text: str, where: str) -> Kind:
    document = read_document(text, where)
    try:
        return kind.model_validate(document.data)
    except ValidationError as error:
        fault = error.errors()[0]
        path = tuple(fault["loc"])
        said = f"{'.'.join(map(str, path))}: {fault['msg'].removeprefix('Value error, ')}."
        raise refusal(said, where, document.line_of(path)) from None


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over a form, key by key; a list replaces a list."""
    result = dict(base)
    for key, value in changes.items():
        known = result.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[key] = merged(known, value) if both else value  # type: ignore[arg-type]
    return result


def filled(value: Any, start: datetime, run: str) -> Any:
    """Replace the marks in a part of a scenario by moments (UTC, RFC 3339) and this run's mark."""
    if isinstance(value, Mapping):
        return {key: filled(each, start, run) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, start, run) for each in value]
    if not isinstance(value, str):
        return value
    return _MARK.sub(lambda match: _mark(match, start, run), value)


def _mark(match: re.Match[str], start: datetime, run: str) -> str:
    if match["run"]:
        return run
    span: timedelta = parse_duration(match["span"])
    if match["kind"] == "day_in":
        return (start + span).date().isoformat()
    moment = start - span if match["kind"] == "ago" else start + span
    return iso_utc(moment.replace(microsecond=0))
