"""What a scenario must hold to before anybody's time is spent on it, each fault with file and line."""

from collections.abc import Iterator
from datetime import timedelta

from playbooks.document import Document, Path, read_document, refusal
from playbooks.durations import parse_duration
from playbooks.loader import load_playbook
from playbooks.scenario import DrillExpectation, Scenario, load_scenario, scenario_text
from playbooks.scenario_ending import endless
from playbooks.scenario_facts import unknown_facts
from playbooks.schema import Playbook
from playbooks.shelf import library, library_text

Fault = tuple[Path, str, str]


def checked_scenario(name: str) -> Scenario:
    """Give a shipped scenario that was checked against its playbook.

    Raises:
        NotFoundError: there is none of this name.
        InvalidInputError: with file and line.
    """
    return check_scenario(scenario_text(name), f"{name}.yaml")


def check_scenario(text: str, where: str) -> Scenario:
    """Read a scenario and refuse one that could not be played or scored.

    Raises:
        InvalidInputError: with file and line.
    """
    scenario = load_scenario(text, where)
    document = read_document(text, where)
    if scenario.playbook not in library():
        raise refusal(
            f"There is no playbook {scenario.playbook!r}.",
            where,
            document.line_of(("playbook",)),
            f"one of {', '.join(library())}",
        )
    playbook = load_playbook(library_text(scenario.playbook), f"{scenario.playbook}.yaml")
    check_against(scenario, playbook, text, where)
    return scenario


def check_against(scenario: Scenario, playbook: Playbook, text: str, where: str) -> None:
    """Refuse a scenario that does not fit its playbook or itself.

    Raises:
        InvalidInputError: with file and line.
    """
    document: Document = read_document(text, where)
    for look in (_steps, _cast, _forms, _money, _times, _expectations, unknown_facts, endless):
        for path, what, expected in look(scenario, playbook, document):
            raise refusal(what, where, document.line_of(path), expected)


def _steps(scenario: Scenario, playbook: Playbook, document: Document) -> Iterator[Fault]:
    """Name the steps the playbook does not have; what a shared part answers may be absent."""
    own = document.data.get("answers", {})
    for step, answers in scenario.answers.items():
        if step not in own:
            continue
        if step not in playbook.workflow:
            yield ("answers", step), f"The playbook {playbook.id} has no step {step!r}.", "a step of it"
        for number, answer in enumerate(answers):
            if answer.after and answer.after not in playbook.workflow:
                path: Path = ("answers", step, number, "after")
                yield path, f"The playbook {playbook.id} has no step {answer.after!r}.", "a step of it"


def _cast(scenario: Scenario, playbook: Playbook, document: Document) -> Iterator[Fault]:
    """Name roles that the plan asks and nobody plays, and people who play none."""
    place: Path = ("participants",) if "participants" in document.data else ("uses",)
    for key, step in playbook.workflow.items():
        if step.action != "approval" and not str(step.action or "").startswith("manual."):
            continue
        asked = [*step.approval.roles, *step.approval.deputies] if step.approval else [step.owner]
        if not any(role in scenario.participants for role in asked):
            wanted = " or ".join(map(str, asked))
            yield place, f"Step {key} asks {wanted}, and no participant plays it.", "a participant a role"
    known = {who for players in scenario.participants.values() for who in players}
    for answered, answers in scenario.answers.items():
        for number, answer in enumerate(answers):
            if answer.by not in known:
                path: Path = ("answers", answered, number, "by")
                yield path, f"{answer.by!r} answers but plays no role.", "a participant"
    for number, inject in enumerate(scenario.injects):
        if inject.absent and inject.absent.who not in known:
            path = ("injects", number, "absent")
            yield path, f"{inject.absent.who!r} is absent but plays no role.", "a participant"
        if inject.to not in scenario.participants:
            yield ("injects", number), f"Nobody plays {inject.to}, to whom this goes.", "a participant"


def _forms(scenario: Scenario, _playbook: Playbook, _document: Document) -> Iterator[Fault]:
    for step, answers in scenario.answers.items():
        for number, answer in enumerate(answers):
            if answer.based_on is not None and answer.based_on not in scenario.forms:
                path: Path = ("answers", step, number, "based_on")
                yield path, f"There is no form {answer.based_on!r} to start from.", ", ".join(scenario.forms)


def _money(scenario: Scenario, playbook: Playbook, _document: Document) -> Iterator[Fault]:
    """Name costs and claims that come after no step, or by nobody."""
    known = {who for players in scenario.participants.values() for who in players}
    costs = (("costs", number, each.after, {each.by}) for number, each in enumerate(scenario.costs))
    claims = (("claims", number, each.after, set(each.people)) for number, each in enumerate(scenario.claims))
    for kind, number, after, people in (*costs, *claims):
        if after not in playbook.workflow:
            place: Path = (kind, number, "after")
            yield place, f"The playbook {playbook.id} has no step {after!r}.", "a step of it"
        for who in sorted(people - known):
            yield (kind, number), f"{who!r} acts but plays no role.", "a participant"


def _times(scenario: Scenario, playbook: Playbook, _document: Document) -> Iterator[Fault]:
    """Name what comes after the end."""
    end = parse_duration(scenario.lasts)
    expected = f"within {scenario.lasts}, as `lasts` says"
    for number, inject in enumerate(scenario.injects):
        if parse_duration(inject.at) > end:
            yield ("injects", number, "at"), "This inject comes after the end of the scenario.", expected
    for step, answers in scenario.answers.items():
        for number, answer in enumerate(answers):
            if step in playbook.workflow and parse_duration(answer.at) > end:
                yield ("answers", step, number, "at"), "This answer comes after the end.", expected
    for number, expectation in enumerate(scenario.expectations):
        if parse_duration(expectation.by) > end:
            yield ("expectations", number, "by"), "This is expected after the end.", expected


def _expectations(scenario: Scenario, playbook: Playbook, _document: Document) -> Iterator[Fault]:
    """Name expectations that nobody in the script can meet."""
    rules = {clock.rule for clock in playbook.clocks}
    rules |= {
        step.deadline.rule for step in playbook.workflow.values() if step.deadline and step.deadline.rule
    }
    for number, wanted in enumerate(scenario.expectations):
        fault = _cannot_be_met(scenario, playbook, wanted, rules)
        if fault:
            yield ("expectations", number), fault, "something that the plan and the script can bring about"
        if wanted.owner not in scenario.participants:
            yield ("expectations", number, "owner"), f"Nobody plays {wanted.owner}.", "a participant"


def _cannot_be_met(scenario: Scenario, playbook: Playbook, wanted: DrillExpectation, rules: set[str]) -> str:
    if wanted.duty is not None:
        return "" if wanted.duty in rules else f"The plan meets no duty of the rule {wanted.duty!r}."
    step = playbook.workflow.get(wanted.name)
    if step is None:
        return f"The playbook {playbook.id} has no step {wanted.name!r}."
    answers = scenario.answers.get(wanted.name, [])
    asks = step.action == "approval" or str(step.action or "").startswith("manual.")
    if wanted.decision is not None and not asks:
        return f"Step {wanted.name} asks nobody anything."
    if asks and not answers:
        return f"Nobody in the script answers {wanted.name}."
    needed = step.approval.needed if step.approval else 1
    times = sorted(parse_duration(answer.at) for answer in answers)
    if asks and times[min(needed, len(times)) - 1] > parse_duration(wanted.by):
        return f"The script answers {wanted.name} only after {wanted.by}."
    return ""


def longest(scenario: Scenario) -> timedelta:
    """Give the longest the scenario may take on its own clock."""
    return parse_duration(scenario.lasts)
