"""Plans and steps as people name them on the command line: from the library, or from a file of theirs."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from console.reading import read_words
from models.errors import InvalidInputError
from playbooks.document import read_document
from playbooks.loader import library_text
from playbooks.schema import Step
from playbooks.schema_parts import Identifier

_STEPS = TypeAdapter(dict[Identifier, Step])


def text_of(plan: str) -> tuple[str, str]:
    """Give the text of a playbook and where it stands; raises NotFoundError or InvalidInputError."""
    if Path(plan).suffix not in {".yaml", ".yml", ".json"}:
        return library_text(plan), f"{plan}.yaml"
    return read_words(plan), plan


def read_step(path: Path) -> tuple[str, Step]:
    """Read one step under its id, written as in a playbook's workflow.

    Raises:
        InvalidInputError: it can't be read, or is not exactly one well-formed step; names file and line.
    """
    document = read_document(read_words(path), str(path))
    try:
        steps = _STEPS.validate_python(document.data)
    except ValidationError as error:
        fault = error.errors()[0]
        place = tuple(part for part in fault["loc"] if part != "[key]")
        raise InvalidInputError(
            f"This is no step: {'.'.join(map(str, place)) or 'the file'}: {fault['msg']}.",
            where=f"{path}:{document.line_of(place)}",
            expected="one step under its id, written as in a playbook's workflow",
        ) from None
    if len(steps) != 1:
        raise InvalidInputError(
            f"The file has {len(steps)} steps.", where=str(path), expected="one step under its id"
        )
    return next(iter(steps.items()))
