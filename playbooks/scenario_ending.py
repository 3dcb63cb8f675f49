"""Whether a scenario can come to its end: every question that no course avoids has its answers, in a possible order."""

from collections.abc import Iterator

from playbooks.catalogue import ACTIONS
from playbooks.document import Document, Path
from playbooks.routes import Routes
from playbooks.scenario import Scenario
from playbooks.schema import Playbook, Step

Fault = tuple[Path, str, str]


def endless(scenario: Scenario, playbook: Playbook, document: Document) -> Iterator[Fault]:
    """Name what would leave a drill waiting for ever."""
    routes = Routes(playbook)
    own = document.data.get("answers", {})
    for step_id, step in playbook.workflow.items():
        if _asks(step) and not _times_out(step) and not routes.can_finish_without([step_id]):
            yield from _unanswered(scenario, step_id, step)
    for step_id, answers in scenario.answers.items():
        for number, answer in enumerate(answers):
            if step_id in own and answer.after and _comes_only_after(routes, answer.after, step_id):
                said = f"This answer waits for {answer.after}, which comes only after it."
                path: Path = ("answers", step_id, number, "after")
                yield path, f"{said} The drill would never end.", "a step before it or beside it"


def _asks(step: Step) -> bool:
    return step.type == "action" and ACTIONS[str(step.action)].kind in {"approval", "manual"}


def _times_out(step: Step) -> bool:
    """Tell whether silence settles the question, for or against."""
    on_timeout = step.approval.on_timeout if step.approval else step.on_timeout
    return on_timeout != "escalate"


def _unanswered(scenario: Scenario, step_id: str, step: Step) -> Iterator[Fault]:
    answers = [answer for answer in scenario.answers.get(step_id, []) if answer.round in (None, 1)]
    if any(answer.verdict != "approve" for answer in answers):
        return
    needed = step.approval.needed if step.approval else 1
    people = {answer.by for answer in answers}
    if len(people) < needed:
        said = f"{len(people)} of {needed} in the script answer {step_id}"
        place: Path = ("answers", step_id) if people else ("answers",)
        yield place, f"{said}, which every course asks. The drill would never end.", f"{needed} to answer it"


def _comes_only_after(routes: Routes, later: str, earlier: str) -> bool:
    if later == earlier:
        return True
    known = later in routes.playbook.workflow and earlier in routes.playbook.workflow
    return known and not routes.can_run_without(later, lambda name, _step: "" if name == earlier else None)
