"""Plans and steps as people name them on the command line: from the library, or from a file of theirs."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

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
    return read_text(Path(plan)), plan


def read_text(path: Path) -> str:
    """Read a text file; raises InvalidInputError that says why it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"The file can't be read ({error.strerror}).", where=str(path)) from None
    except UnicodeDecodeError:
        raise InvalidInputError(
            "The file can't be read.", where=str(path), expected="text in UTF-8"
        ) from None


def read_step(path: Path) -> tuple[str, Step]:
    """Read one step under its id, written as in a playbook's workflow.

    Raises:
        InvalidInputError: it can't be read, or is not exactly one well-formed step; names file and line.
    """
    document = read_document(read_text(path), str(path))
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
