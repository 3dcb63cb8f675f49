"""The form of a plain manual step: the questions its plan asks, and whether each answer is of the kind asked for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from models.database import Work
from models.errors import InvalidInputError
from playbooks.schema_parts import FormField
from response.context import StepContext

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def keep_answers(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Take the fields a plain manual step asks for; each becomes the variable of the same name.

    What is left empty counts as not given. A condition compares what is kept here, so an answer of another kind
    (`yes` without quotes is no text in YAML) would send the plan the wrong way without anybody noticing.

    Raises:
        InvalidInputError: something is missing, unknown, of another kind or no option; names each fault.
    """
    del unit, by
    wanted = context.step.form
    given = {name: value for name, value in _mapping(document, context.key).items() if not _empty(value)}
    faults = [*_out_of_place(given, wanted), *_unfit(given, wanted)]
    if faults:
        raise InvalidInputError(
            f"The form does not fit: {'; '.join(faults)}.",
            where=context.key,
            expected="; ".join(f"{name}: {_kind(field)}" for name, field in wanted.items())
            or "an empty form",
            remedy="Text that YAML takes for something else, such as yes or 12, goes in quotes.",
        )
    return given


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _out_of_place(given: Mapping[str, Any], wanted: Mapping[str, FormField]) -> Iterator[str]:
    missing = sorted(name for name, field in wanted.items() if field.required and name not in given)
    strange = sorted(str(name) for name in given if name not in wanted)
    if missing:
        yield f"missing {', '.join(missing)}"
    if strange:
        yield f"unknown {', '.join(strange)}"


def _unfit(given: Mapping[str, Any], wanted: Mapping[str, FormField]) -> Iterator[str]:
    """Name answers of another kind, never what they say."""
    for name, field in wanted.items():
        if name in given and not _fits(given[name], field):
            yield f"{name} is not {_kind(field)}"


def _fits(value: Any, field: FormField) -> bool:
    if isinstance(value, bool) and field.type != "boolean":
        return False
    return isinstance(value, _KINDS[field.type]) and (not field.options or value in field.options)


def _kind(field: FormField) -> str:
    return f"one of {', '.join(field.options)}" if field.options else f"a {field.type}".replace("a i", "an i")


def _mapping(document: bytes, where: str) -> dict[str, Any]:
    try:
        given = yaml.safe_load(document) or {}
    except yaml.YAMLError as error:
        raise InvalidInputError("The form is not YAML or JSON.", where=f"{where}: {error}") from None
    if not isinstance(given, dict):
        raise InvalidInputError(
            "The form is not a list of named answers.", where=where, expected="key: value lines"
        )
    return given
