"""What a step of a running plan is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.database import Store, Work
from models.errors import TocsinError
from models.incident import Incident
from playbooks.planner import StepResult
from playbooks.schema import Playbook, Step

TOCSIN = "tocsin"  # the actor of what no person did


@dataclass(frozen=True)
class StepContext:
    """One step about to run. `inputs` are its `with:` filled in; `key` may carry a loop's round (#2)."""

    store: Store
    incident: Incident
    key: str
    step: Step
    playbook: Playbook
    inputs: Mapping[str, Any]
    results: Mapping[str, StepResult]
    executor: str


@dataclass(frozen=True)
class StepOutcome:
    """What a step left behind. `values` are ids, words and counts for later steps, never personal data.

    `more` asks for the same step again (the next batch), after `wait_seconds` when the world needs time;
    `parked` says that nothing happens before a person acts. `progress` is the share done, 0 to 1.
    `question`, by language, hands the step to a person: it waits for the form of its action.
    """

    values: dict[str, Any] = field(default_factory=dict)
    more: bool = False
    progress: float | None = None
    wait_seconds: float = 0.0
    parked: bool = False
    question: Mapping[str, str] | None = None


LocalAction = Callable[[Work, StepContext], StepOutcome]
OutsideAction = Callable[[StepContext], StepOutcome]
# Applies a form in the unit of work that records the answer; gives the step's values.
FormHandler = Callable[[Work, StepContext, bytes, str], dict[str, Any]]


class StepFailedError(TocsinError):
    """A step failed for good. Carries a code only: the detail stays in our database, out of the engine."""
