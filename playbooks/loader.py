"""From text to a playbook, or to an error that names the file, the line and the nearest right word."""

import difflib
import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import Any, Final, get_args

import rfc8785
from pydantic import ValidationError

from models.errors import NotFoundError
from playbooks.catalogue import ACTIONS, inputs_of
from playbooks.document import Document, read_document, refusal
from playbooks.schema import FORMAT, Playbook, Step
from playbooks.words import StepType

_LIBRARY: Final = resources.files("playbooks").joinpath("library")


def load_playbook(text: str, where: str) -> Playbook:
    """Read a playbook; `where` names it in errors. Raises InvalidInputError with file and line.

    A playbook that loads is well formed. Whether it is sound is `playbooks.lint`'s question.
    """
    document = read_document(text, where)
    _check_format(document, where)
    try:
        playbook = Playbook.model_validate(document.data)
    except ValidationError as error:
        first, *others = sorted(error.errors(), key=lambda fault: document.line_of(_path(fault["loc"])))
        raise refusal(
            _say(first) + (f" ({len(others)} more faults follow.)" if others else ""),
            where,
            document.line_of(_path(first["loc"])),
            _expectation(first),
        ) from None
    for path, what, expected in _broken_references(playbook):
        raise refusal(what, where, document.line_of(path), expected)
    return playbook


def library() -> tuple[str, ...]:
    """Name the playbooks that ship with Tocsin; parts that others call are left out."""
    return tuple(name for name in _files() if not _is_part(name))


def library_text(name: str) -> str:
    """Give the text of a shipped playbook; raises NotFoundError that lists what there is."""
    if name not in _files():
        raise NotFoundError(
            f"There is no playbook called {name[:80]!r}.",
            where="the playbook library",
            expected=f"one of {', '.join(library())}",
            remedy=nearest(name, library(), "Did you mean {}?"),
        )
    return _LIBRARY.joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """SHA-256 (hex) over the canonical content (RFC 8785): the same for any spacing, order or comment."""
    return hashlib.sha256(rfc8785.dumps(read_document(text, "the playbook").data)).hexdigest()


def nearest(word: str, known: tuple[str, ...] | list[str], say: str = "the nearest is {}") -> str:
    """Name the known word closest to what was written, or nothing when none is close."""
    found = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.5)
    return say.format(found[0]) if found else ""


def _files() -> tuple[str, ...]:
    names = (entry.name for entry in _LIBRARY.iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml") and ".test." not in n))


def _is_part(name: str) -> bool:
    return "\npart: true\n" in _LIBRARY.joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _check_format(document: Document, where: str) -> None:
    if not isinstance(document.data, dict):
        raise refusal("This is not a playbook.", where, 1, f"a mapping that begins with `schema: {FORMAT}`")
    found = document.data.get("schema")
    if found != FORMAT:
        raise refusal(
            f"The format {str(found)[:60]!r} is not known.",
            where,
            document.line_of(("schema",)),
            f"`schema: {FORMAT}`",
        )


def _path(location: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple("with" if part == "inputs" else part for part in location)


def _say(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    if fault["type"] == "extra_forbidden":
        return f"The key {place} is not known."
    if fault["type"] == "missing":
        return f"The key {place} is missing."
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message[0].lower()}{message[1:]}."


def _expectation(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        inside = Step if len(fault["loc"]) == 3 and fault["loc"][0] == "workflow" else Playbook  # noqa: PLR2004
        known = [field.alias or name for name, field in inside.model_fields.items()]
        return nearest(str(fault["loc"][-1]), known, "a known key; the nearest is {}")
    if fault["type"] == "literal_error":
        words = str(fault["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return nearest(str(fault["input"]), words, "a known word; the nearest is {}")
    return ""


def _broken_references(playbook: Playbook) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    steps = playbook.workflow
    start = steps.get(playbook.workflow_start)
    if start is None or start.type != "start":
        said = f"workflow_start names {playbook.workflow_start!r}, which is not a step of type start."
        yield (
            ("workflow_start",),
            said,
            nearest(playbook.workflow_start, list(steps), "a start step, perhaps {}"),
        )
    for step_id, step in steps.items():
        if step.action is not None and step.action not in ACTIONS:
            known = nearest(step.action, list(ACTIONS), "a known action; the nearest is {}")
            said = f"Step {step_id} names the unknown action {step.action[:80]!r}."
            yield ("workflow", step_id, "action"), said, known or f"one of {', '.join(ACTIONS)}"
        for key, target in named_steps(step):
            if target not in steps:
                said = f"Step {step_id} leads to {target!r}, which does not exist."
                yield (
                    ("workflow", step_id, *key),
                    said,
                    nearest(target, list(steps), "an existing step, perhaps {}"),
                )
    for index, clock in enumerate(playbook.clocks):
        for target in clock.met_by:
            if target not in steps:
                said = f"The clock {clock.rule} is met by {target!r}, which is not a step."
                yield ("clocks", index, "met_by"), said, nearest(target, list(steps), "a step, perhaps {}")


def named_steps(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every step another step names, with the key that names it: flow, undo and step inputs."""
    for key in ("on_completion", "on_success", "on_failure", "on_true", "on_false", "on_unknown"):
        target = getattr(step, key)
        if target is not None:
            yield (key,), target
    for index, target in enumerate(step.next_steps):
        yield ("next_steps", index), target
    for case, target in step.cases.items():
        yield ("cases", case), target
    if isinstance(step.undo, str):
        yield ("undo",), step.undo
    wanted = inputs_of(step.action)
    for name, value in step.inputs.items():
        if name in wanted and wanted[name].kind == "step" and isinstance(value, str):
            yield ("with", name), value


STEP_TYPES: Final[tuple[str, ...]] = get_args(StepType)
