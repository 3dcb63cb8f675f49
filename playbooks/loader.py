"""From text to a playbook, or to an error that names the file, the line and the nearest right word."""

import hashlib
from functools import lru_cache
from typing import Any

import rfc8785
from pydantic import ValidationError

from playbooks.document import Document, read_document, refusal
from playbooks.expansion import expand, takes_a_follower, with_added
from playbooks.references import broken_clocks, broken_references, nearest
from playbooks.schema import FORMAT, Playbook, Step
from playbooks.shelf import file_names, library, library_text, self_contained

__all__ = ["content_hash", "library", "library_text", "load_playbook", "self_contained"]


@lru_cache(maxsize=64)
def load_playbook(text: str, where: str) -> Playbook:
    """Read a playbook; `where` names it in errors. Raises InvalidInputError with file and line.

    A playbook that loads is well formed, and the playbooks it calls stand in their place. Whether it is sound
    is `playbooks.lint`'s question.
    """
    return _load(text, where, ())


def _load(text: str, where: str, callers: tuple[str, ...]) -> Playbook:
    document = read_document(text, where)
    playbook = _validated(document, where)
    for path, what, expected in broken_references(playbook):
        raise refusal(what, where, document.line_of(path), expected)

    def find(step_id: str, name: str) -> Playbook:
        line = document.line_of(("workflow", step_id, "playbook"))
        if name in (*callers, playbook.id):
            raise refusal(f"The playbook {name} calls itself.", where, line, "calls that come to an end")
        called = playbook.carried.get(name)
        if called is None:
            raise refusal(
                f"Step {step_id} calls the playbook {name!r}, which is not carried here.",
                where,
                line,
                nearest(name, file_names(), "a playbook of the library; the nearest is {}"),
                "Read the file with `self_contained`, which adds the playbooks it calls.",
            )
        return _load(called, f"{where}, called playbook {name}", (*callers, playbook.id))

    expanded = expand(playbook, find)
    for index, addition in enumerate(playbook.added):
        if not takes_a_follower(expanded, addition):
            said = f"The added step {addition.id} cannot come after {addition.after!r}."
            raise refusal(
                said, where, document.line_of(("added", index)), "an action of the plan that leads on"
            )
        expanded = with_added(expanded, addition)
    for path, what, expected in broken_clocks(expanded):
        raise refusal(what, where, document.line_of(path), expected)
    return expanded


def content_hash(text: str) -> str:
    """SHA-256 (hex) over the canonical content (RFC 8785): the same for any spacing, order or comment."""
    return hashlib.sha256(rfc8785.dumps(read_document(text, "the playbook").data)).hexdigest()


def _validated(document: Document, where: str) -> Playbook:
    _check_format(document, where)
    try:
        return Playbook.model_validate(document.data)
    except ValidationError as error:
        first, *others = sorted(error.errors(), key=lambda fault: document.line_of(_path(fault["loc"])))
        said = _say(first) + (f" ({len(others)} more faults follow.)" if others else "")
        line = document.line_of(_path(first["loc"]))
        raise refusal(said, where, line, _expectation(first)) from None


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
