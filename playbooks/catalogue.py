"""The actions a step may name: what each needs, what it sets, and what kind of doing it is.

`response.actions` implements the automatic ones; a test there keeps both lists equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from playbooks.words import Phase

Kind = Literal["automatic", "manual", "approval"]
InputKind = Literal["text", "step", "stages", "yes_no"]


@dataclass(frozen=True)
class ActionInput:
    """One key under `with:`. A `step` names an earlier step whose action is one of `of`."""

    kind: InputKind
    required: bool = True
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """One entry of the catalogue. `phases` empty means any phase."""

    name: str
    kind: Kind
    phases: tuple[Phase, ...] = ()
    inputs: Mapping[str, ActionInput] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    batches: bool = False


_PLAN: Final = {"plan": ActionInput("step", of=("containment.plan",))}
_STAGES: Final = {"stages": ActionInput("stages")}
_SUPPLEMENTS: Final = {"supplements": ActionInput("yes_no", required=False)}
_TARGET: Final = {
    **{name: ActionInput("text") for name in ("connector", "capability", "target")},
    # Of imported steps alone: the commands as JSON, and the variables in them as texts like name=value.
    **{name: ActionInput("text", required=False) for name in ("commands", "values")},
}
_ASSESSED: Final = ("facts_version", "severity", "risk", "tell_authority", "tell_individuals")
_CAMPAIGN: Final = {"campaign": ActionInput("step", of=("notice.prepare",))}

_ENTRIES: Final = (
    Action("detection.record", "automatic", ("detect",), sets=("facts_version",)),
    Action("manual.facts", "manual", ("triage",), sets=("facts_version",)),
    Action("triage.assess", "automatic", ("triage",), sets=_ASSESSED),
    Action("containment.plan", "automatic", ("contain",), _TARGET, sets=("containment",)),
    Action("containment.execute", "automatic", ("contain",), _PLAN, sets=("containment",)),
    Action("containment.verify", "automatic", ("contain",), _PLAN, sets=("contained",)),
    Action("containment.revert", "automatic", ("contain", "recover"), _PLAN),
    Action("manual.people", "manual", ("notify",), sets=("people",)),
    Action("notice.prepare", "automatic", ("notify",), {"message": ActionInput("text")}, sets=("campaign",)),
    Action("approval", "approval"),
    Action("notice.deliver", "automatic", ("notify",), _CAMPAIGN, ("delivered", "undelivered"), batches=True),
    Action("filing.draft", "automatic", ("report",), {**_STAGES, **_SUPPLEMENTS}, sets=("filings",)),
    Action("filing.submit", "automatic", ("report",), _STAGES, sets=("filings",)),
    Action("manual.duties", "manual", ("report",)),
    Action("manual.root_cause", "manual", ("learn",), sets=("root_cause",)),
    Action("closure.handled", "automatic", ("recover",), sets=("facts_version",)),
    Action("manual.accountability", "manual", ("account",)),
    Action("accountability.compile", "automatic", ("account",)),
    Action("report.compile", "automatic", ("account",), sets=("report",)),
    Action("closure.close", "automatic", ("account",)),
    Action("manual.task", "manual"),
)

ACTIONS: Final[Mapping[str, Action]] = {action.name: action for action in _ENTRIES}


def inputs_of(action: str | None) -> Mapping[str, ActionInput]:
    """Give what an action takes under `with:`; nothing for an unknown one."""
    known = ACTIONS.get(action or "")
    return known.inputs if known else {}
