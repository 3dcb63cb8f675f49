"""The tests beside each playbook: given these facts and answers, these steps in this order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from models.errors import TocsinError
from playbooks.document import Document, read_document, refusal
from playbooks.dry_run import Trace, dry_run
from playbooks.loader import load_playbook
from playbooks.schema import Playbook
from playbooks.shelf import library, library_tests, library_text


class Expectation(BaseModel):
    """One case. `steps` is the exact course; `in_order` names steps that come in this order among others."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    facts: dict[str, Any] = {}
    answers: dict[str, str | dict[str, JsonValue]] = {}
    steps: list[str] | None = None
    in_order: list[str] = []
    never: list[str] = []
    decided: dict[str, str] = {}
    waiting: list[str] = []
    failed: list[str] = []
    finished: bool = True

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.steps is None and not (self.in_order or self.never or self.decided):
            msg = "a case expects steps, in_order, never or decided"
            raise ValueError(msg)
        return self


class Rehearsals(BaseModel):
    """A `*.test.yaml` file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    schema_: Literal["tocsin/playbook-test/1"] = Field(alias="schema")
    cases: Annotated[list[Expectation], Field(min_length=1)]


@dataclass(frozen=True)
class Outcome:
    """How one case went. `difference` is empty when it passed."""

    playbook: str
    case: str
    where: str
    difference: str

    @property
    def passed(self) -> bool:
        """Tell whether the case passed."""
        return not self.difference


def run_playbook_tests(names: Iterable[str] | None = None) -> tuple[Outcome, ...]:
    """Run the tests of the library's playbooks, or of those named. A playbook without tests does not pass.

    Raises NotFoundError for a name the library does not have.
    """
    outcomes: list[Outcome] = []
    for name in names if names is not None else library():
        playbook = load_playbook(library_text(name), f"{name}.yaml")
        text = library_tests(name)
        if text is None:
            outcomes.append(Outcome(name, "", f"{name}.test.yaml", "There is no test beside this playbook."))
        else:
            outcomes += run_tests(playbook, text, f"{name}.test.yaml")
    return tuple(outcomes)


def run_tests(playbook: Playbook, text: str, where: str) -> tuple[Outcome, ...]:
    """Run the cases of one test file; raises InvalidInputError when it is none."""
    document = read_document(text, where)
    cases = _read(document, where).cases
    lines = [document.line_of(("cases", index)) for index in range(len(cases))]
    return tuple(
        Outcome(playbook.id, case.name, f"{where}:{line}", _difference(playbook, case))
        for case, line in zip(cases, lines, strict=True)
    )


def _read(document: Document, where: str) -> Rehearsals:
    try:
        return Rehearsals.model_validate(document.data)
    except ValidationError as error:
        fault = error.errors()[0]
        path = tuple(fault["loc"])
        said = f"{'.'.join(map(str, path))}: {fault['msg']}."
        raise refusal(said, where, document.line_of(path)) from None


def _difference(playbook: Playbook, case: Expectation) -> str:
    named = [*(case.steps or []), *case.in_order, *case.never]
    unknown = [key for key in named if key.partition("#")[0] not in playbook.workflow]
    if unknown:
        return f"The case names {unknown[0]}, which is not a step of the plan."
    try:
        trace = dry_run(playbook, case.facts, case.answers)
    except TocsinError as error:
        return str(error)
    return next(filter(None, _differences(case, trace)), "")


def _differences(case: Expectation, trace: Trace) -> Iterable[str]:
    if case.steps is not None:
        yield _first_difference(case.steps, trace.steps)
    yield _order_difference(case.in_order, trace.steps)
    yield next((f"{key} was not to run, but did." for key in case.never if key in trace.steps), "")
    for key, way in case.decided.items():
        found = trace.plan.decided.get(key, "not at all")
        yield "" if found == way else f"{key} was decided {found}, not {way}."
    for word in ("waiting", "failed"):
        wanted, got = list(getattr(case, word)), list(getattr(trace.plan, word))
        yield "" if wanted == got else f"{word} are {got}, not {wanted}."
    yield "" if trace.plan.finished == case.finished else f"The plan finished: {trace.plan.finished}."


def _first_difference(wanted: list[str], got: tuple[str, ...]) -> str:
    for number, (want, have) in enumerate(zip(wanted, got, strict=False), 1):
        if want != have:
            return f"Step {number} is {have}, not {want}."
    if len(wanted) == len(got):
        return ""
    more, fewer = (got, wanted) if len(got) > len(wanted) else (wanted, got)
    return f"{more[len(fewer)]} is {'one step more than' if len(got) > len(wanted) else 'missing from'} the course."


def _order_difference(wanted: list[str], got: tuple[str, ...]) -> str:
    at = 0
    for key in wanted:
        if key not in got[at:]:
            return f"{key} did not come{' in this order' if key in got else ''}."
        at = got.index(key, at) + 1
    return ""
