"""One door for foreign records: each becomes facts, with a list of what could not be carried over.

Records are dirty. Nothing here raises for their content: what does not fit is left unknown and named.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from pydantic import ValidationError

from models.errors import InvalidInputError
from models.facts import Facts
from regulations.facts_import.drafts import Draft
from regulations.facts_import.hibp import read_hibp
from regulations.facts_import.notice import read_notice
from regulations.facts_import.veris import read_veris

Format = Literal["veris", "notice", "hibp"]
_READERS: dict[str, Callable[[Mapping[str, Any]], Draft]] = {
    "veris": read_veris,
    "notice": read_notice,
    "hibp": read_hibp,
}


def facts_from(format: Format, record: Mapping[str, Any]) -> tuple[Facts, tuple[str, ...]]:  # noqa: A002
    """Return the facts in `record` and what of it could not be mapped.

    Unknown stays unknown and ranges stay ranges. Raises InvalidInputError only for a format that does not
    exist or a record that is no object at all.
    """
    read = _READERS.get(format)
    if read is None:
        raise InvalidInputError(f"There is no format {format!r}.", expected=", ".join(get_args(Format)))
    if not isinstance(record, Mapping):
        raise InvalidInputError("The record is not an object with keys.", expected=f"one {format} record")
    draft = read(record)
    return _validated(draft), tuple(draft.not_mapped)


def _validated(draft: Draft) -> Facts:
    document = draft.document()
    for _ in range(20):
        try:
            return Facts.model_validate(document)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                path = [str(part) for part in problem["loc"]]
                _remove(document, path)
                draft.skipped(".".join(path) or "the record", problem["msg"])
    return Facts(title=str(document["title"]))


def _remove(document: dict[str, Any], path: list[str]) -> None:
    """Take out the value a problem points at, or the nearest part of the document that holds it."""
    place: Any = document
    for key in path[:-1]:
        if not isinstance(place, dict) or not isinstance(place.get(key), dict):
            break
        place = place[key]
        path = path[1:]
    if isinstance(place, dict):
        place.pop(path[0] if path else "", None)
