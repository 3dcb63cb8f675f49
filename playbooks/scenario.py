"""Scenarios: the starting signal, the people concerned and what scripted participants answer, as data.

A demonstration and a drill both run one. `{{ago:PT7H}}` stands for the moment that long before the scenario
starts, `{{day_in:P30D}}` for the day that long after it, `{{run}}` for this run's own mark, so that a second run is a
new incident.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import resources
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, ValidationError

from models.clock import iso_utc
from models.errors import NotFoundError
from playbooks.document import Document, read_document, refusal
from playbooks.durations import parse_duration
from playbooks.schema import Part, Playbook, PlaybookId, Text

FORMAT: Final = "tocsin/scenario/1"
_LIBRARY: Final = resources.files("playbooks").joinpath("drills")
_MARK: Final = re.compile(
    r"\{\{\s*(?:ago:(?P<ago>[A-Z0-9]+)|day_in:(?P<day_in>[A-Z0-9]+)|(?P<run>run))\s*\}\}"
)


class StartingSignal(Part):
    """What the detector or person says at the start."""

    form: str
    told_by: str
    payload: dict[str, JsonValue]


class ScriptedAnswer(Part):
    """What one participant answers to a step's question, once the step `after` is done (where given)."""

    by: str
    verdict: Literal["approve", "refuse", "answer"]
    reason: str = ""
    form: dict[str, JsonValue] = Field({})
    imports: str | None = None
    after: str | None = None


class Scenario(Part):
    """One scripted incident from signal to closure."""

    schema_: Literal["tocsin/scenario/1"] = Field(alias="schema")
    id: PlaybookId
    name: Text
    story: Text
    playbook: PlaybookId
    signal: StartingSignal
    people: Annotated[int, Field(ge=1, le=1_000_000)]
    answers: Annotated[dict[str, list[ScriptedAnswer]], Field(min_length=1)]


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
    """Read a scenario.

    Raises:
        InvalidInputError: with file and line, when it does not have the form of a scenario.
    """
    document = read_document(text, where)
    try:
        return Scenario.model_validate(document.data)
    except ValidationError as error:
        fault = error.errors()[0]
        raise refusal(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}.", where, _line(document, fault)
        ) from None


def check_against(scenario: Scenario, playbook: Playbook, text: str, where: str) -> None:
    """Refuse a scenario that answers steps its playbook does not have.

    Raises:
        InvalidInputError: with file and line.
    """
    document = read_document(text, where)
    for path, step in _named_steps(scenario):
        if step not in playbook.workflow:
            raise refusal(
                f"The playbook {playbook.id} has no step {step!r}.",
                where,
                document.line_of(path),
                "a step of it",
            )


def _named_steps(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for step, answers in scenario.answers.items():
        yield ("answers", step), step
        for number, answer in enumerate(answers):
            if answer.after:
                yield ("answers", step, number, "after"), answer.after


def _line(document: Document, fault: Mapping[str, Any]) -> int:
    return document.line_of(tuple(fault["loc"]))


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
    if match["day_in"]:
        return (start + parse_duration(match["day_in"])).date().isoformat()
    return iso_utc((start - parse_duration(match["ago"])).replace(microsecond=0))
