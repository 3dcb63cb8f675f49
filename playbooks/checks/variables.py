"""Every value that is read is set before it is read, and every fact named is a fact."""

import re
from collections.abc import Iterator
from typing import Final, get_args

from pydantic import BaseModel

from models.facts import Facts
from playbooks.checks.flow import settable
from playbooks.condition import names_in
from playbooks.findings import Finding, Subject
from playbooks.routes import Needed
from playbooks.schema import Step

_NAME: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")
_OPEN: Final = ("by_place", "regimes", "filed", "classified_at")


def unset(subject: Subject) -> Iterator[Finding]:
    """Find steps that read a variable no step before them sets on some path, and that has no other source."""
    for step_id, step in subject.steps():
        if not subject.routes.can_run(step_id):
            continue
        for key, name in _read(step):
            if name.startswith(("facts.", "signal.")) or _has_source(subject, name):
                continue
            if subject.routes.can_run_without(step_id, _setting(name)):
                yield subject.finding(
                    "variable-never-set",
                    step_id,
                    key,
                    f"It reads {name}, but can be reached without any step setting it.",
                    "Put a step that sets it on every path before, or give the variable a default or a source.",
                )


def unknown_facts(subject: Subject) -> Iterator[Finding]:
    """Find names of facts that the facts file does not have."""
    sources = [
        (("variables", n, "from"), "", v.source) for n, v in subject.playbook.variables.items() if v.source
    ]
    for path, _, name in sources:
        if not _is_fact(name):
            yield subject.finding_at(
                "unknown-fact", path, f"There is no fact {name}.", "Use a path of the facts file."
            )
    for step_id, step in subject.steps():
        for key, name in _read(step):
            if not _is_fact(name):
                said = f"There is no fact {name}."
                yield subject.finding("unknown-fact", step_id, key, said, "Use a path of the facts file.")


def _setting(name: str) -> Needed:
    def needed(_step_id: str, step: Step) -> str | None:
        return "" if name in settable(step) else None

    return needed


def _read(step: Step) -> Iterator[tuple[str, str]]:
    for key, text in (("condition", step.condition), ("switch", step.switch)):
        if text is not None:
            yield from ((key, name) for name in names_in(text))
    for value in step.inputs.values():
        yield from (("with", name) for name in _NAME.findall(str(value)))


def _has_source(subject: Subject, name: str) -> bool:
    variable = subject.playbook.variables.get(name)
    return variable is not None and (variable.source is not None or variable.default is not None)


def _is_fact(name: str) -> bool:
    root, *parts = name.split(".")
    return root != "facts" or _within(Facts, parts)


def _within(model: type[BaseModel], parts: list[str]) -> bool:
    if not parts:
        return True
    field = model.model_fields.get(parts[0])
    if field is None or parts[0] in _OPEN:
        return field is not None
    inner = [
        kind for kind in _kinds(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]
    return not parts[1:] or any(_within(kind, parts[1:]) for kind in inner)


def _kinds(annotation: object) -> Iterator[object]:
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)
