"""Read a facts file, YAML or JSON, and refuse it with every problem at once."""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.count import Count
from models.errors import InvalidInputError
from models.facts import Breach, Data, Facts, Loss, Organisation, People, Recipients

MOST_BYTES = 1_000_000
_SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Facts,
    ("organisation",): Organisation,
    ("breach",): Breach,
    ("breach", "recipients"): Recipients,
    ("data",): Data,
    ("people",): People,
    ("loss",): Loss,
}
_EXPECTED = {
    "bool_type": "true, false or null",
    "bool_parsing": "true, false or null",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "missing": "this key",
    "model_type": "a section with keys",
    "model_attributes_type": "a section with keys",
    "dict_type": "a section with keys",
    "tuple_type": "a list",
    "greater_than_equal": "0 or more",
    "less_than_equal": "a smaller number",
    "finite_number": "a finite number",
    "string_pattern_mismatch": "three capital letters such as EUR",
    "string_too_short": "at least one character",
    "string_too_long": "at most 500 characters",
}


class _PlainLoader(yaml.CSafeLoader):
    """YAML without surprises: times stay text, NO is Norway, a key stands once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML reads it from the class

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build one section; refuse a key that is given twice or is not text."""
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInputError("A key is not plain text.", where=f"line {line}")
            if key.value in seen:
                raise InvalidInputError(f"The key {key.value!r} is given twice.", where=f"line {line}")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$"),
    list("-+0123456789"),
)


def read_facts(text: str | bytes, where: str = "facts") -> Facts:
    """Return the facts in `text`; `where` names the file in errors.

    Raises InvalidInputError with every problem found: path, value, what was expected, the nearest word.
    """
    return facts_from(_parsed(_decoded(text, where), where), where)


def facts_from(document: object, where: str = "facts") -> Facts:
    """Return the facts in an already parsed document; the same refusals as `read_facts`."""
    if not isinstance(document, Mapping):
        raise InvalidInputError(
            "The facts file is not a document with keys.",
            where=where,
            expected="keys such as title: and breach:",
        )
    try:
        return Facts.model_validate(document)
    except ValidationError as error:
        lines = [_said(problem) for problem in error.errors(include_url=False)]
    raise _refusal(list(dict.fromkeys(lines)), where)


def _refusal(lines: list[str], where: str) -> InvalidInputError:
    remedy = "Nothing was stored. Correct the file and try again."
    if len(lines) == 1:
        return InvalidInputError(lines[0], where=where, remedy=remedy)
    listing = "".join(f"\n  - {line}" for line in lines)
    return InvalidInputError(
        f"The facts file has {len(lines)} problems:{listing}\n", where=where, remedy=remedy
    )


def _decoded(text: str | bytes, where: str) -> str:
    if len(text) > MOST_BYTES:
        raise InvalidInputError(
            f"The facts file is {len(text)} bytes long.", where=where, expected=f"at most {MOST_BYTES} bytes"
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"The facts file is not UTF-8 text (byte {error.start})."
        raise InvalidInputError(problem, where=where, expected="YAML or JSON in UTF-8") from None


def _parsed(text: str, where: str) -> object:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=str)
        except InvalidInputError as error:
            raise InvalidInputError(error.what, where=where) from None
        except (json.JSONDecodeError, RecursionError):
            pass  # a YAML flow mapping looks the same at the start; YAML's own message names the line
    try:
        _refuse_aliases(text)
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a safe loader, narrowed
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=f"{where}, {error.where}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = f"Not readable as YAML or JSON: {error.problem or error.context}."
        raise InvalidInputError(problem, where=f"{where}, line {line}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = f"Not readable as YAML or JSON: {str(error).splitlines()[0]}."
        raise InvalidInputError(problem, where=where) from None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise InvalidInputError(f"The key {key!r} is given twice.")
    return dict(pairs)


def _refuse_aliases(text: str) -> None:
    """Refuse aliases: a few lines of them can unfold into gigabytes, and facts have no use for them."""
    if "*" not in text or "&" not in text:
        return
    for event in yaml.parse(text, Loader=_PlainLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InvalidInputError("Aliases (*name) are not allowed in a facts file.", where=f"line {line}")


def _said(problem: ErrorDetails) -> str:
    path = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    kind, value = problem["type"], _shown(problem["input"])
    if not path:  # two facts that do not agree: what is said names them
        return problem["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"{path}: unknown key with value {value}{_nearest_key(problem)}"
    if kind == "literal_error":
        return f"{path}: {value} is not an allowed word{_nearest_word(problem)}"
    if kind == "missing":
        return f"{path}: missing; expected this key"
    if kind == "value_error":
        given = "" if value == "a section" else f"{value}: "
        return f"{path}: {given}{problem['msg'].removeprefix('Value error, ')}"
    return f"{path}: {value}; expected {_EXPECTED.get(kind, problem['msg'].lower())}"


def _shown(value: object) -> str:
    if isinstance(value, str | int | float | None):
        return repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."  # noqa: PLR2004
    return "a list" if isinstance(value, list | tuple) else "a section"


def _nearest_word(problem: ErrorDetails) -> str:
    words = re.findall(r"'([^']*)'", str(problem.get("ctx", {}).get("expected", "")))
    near = get_close_matches(str(problem["input"]).lower(), words, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(words)}"


def _nearest_key(problem: ErrorDetails) -> str:
    section = tuple(str(part) for part in problem["loc"][:-1])
    model = _SECTIONS.get(section, Count)
    keys = [field.alias or name for name, field in model.model_fields.items()]
    near = get_close_matches(str(problem["loc"][-1]), keys, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(keys)}"
