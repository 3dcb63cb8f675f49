"""Whether what a scenario tells are facts: keys and values that triage knows, at the start and as they change."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from models.errors import InvalidInputError
from models.facts_reading import facts_from
from playbooks.document import Document, Path
from playbooks.scenario import Scenario, filled, merged
from playbooks.schema import Playbook

Fault = tuple[Path, str, str]
ASKS_FOR_FACTS: Final = "manual.facts"
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)  # when it is played does not change what is a fact
_PLACE: Final = re.compile(r"[a-z_]+(?:\.[A-Za-z0-9_-]+)*")


def unknown_facts(scenario: Scenario, playbook: Playbook, _document: Document) -> Iterator[Fault]:
    """Name facts that nobody knows what to make of, in the forms handed in and in the injects."""
    known: Mapping[str, Any] = {}
    for step_id, answers in scenario.answers.items():
        step = playbook.workflow.get(step_id)
        if step is None or step.action != ASKS_FOR_FACTS:
            continue
        for number, answer in enumerate(answers):
            if answer.verdict == "answer":
                known = known or scenario.form(answer)
                yield from _refused(scenario.form(answer), ("answers", step_id, number, "form"))
    for number, inject in enumerate(scenario.injects):
        if inject.facts is not None and known:
            yield from _refused(merged(known, inject.facts), ("injects", number, "facts"))


def _refused(document: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    try:
        facts_from(filled(document, _SOME_DAY, "check"))
    except InvalidInputError as error:
        said = error.what.strip()
        named = _PLACE.search(said.partition("- ")[2] or said)
        place = tuple(named.group().split(".")) if named else ()
        yield (*path, *place), said, "facts as `tocsin facts check` takes them"
