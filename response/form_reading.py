"""Reading the forms that people hand in: YAML or JSON, checked whole, refused with the line and what was expected."""

import hashlib
from typing import Annotated, Any, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from models.crypto import Sealer
from models.database import Work
from models.decision import Answer
from models.errors import InvalidInputError
from models.incident import IncidentKey
from playbooks.document import read_document, refusal
from response.context import StepContext
from response.staff import role_of

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class FormPart(BaseModel):
    """Common rules of every part of a form: nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(FormPart):
    """What a person wrote, in English, Chinese or both; nothing is translated for them."""

    en: Sentence | None = None
    zh: Sentence | None = None

    @model_validator(mode="after")
    def _in_one_language_at_least(self) -> "Words":
        if self.en is None and self.zh is None:
            raise ValueError("text is needed in en or zh")
        return self

    def by_language(self) -> dict[str, str]:
        """Give the languages that were written."""
        return {name: text for name, text in (("en", self.en), ("zh", self.zh)) if text is not None}


Form = TypeVar("Form", bound=FormPart)


def read_form(document: bytes, kind: type[Form], where: str) -> Form:
    """Read a form; raises InvalidInputError with its line, and nothing is stored."""
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The form is not UTF-8 text (byte {error.start}).", where=where, expected="YAML or JSON in UTF-8"
        ) from None
    read = read_document(text, where)
    if not isinstance(read.data, dict):
        raise refusal(
            "This is not a form.", where, 1, f"keys such as {', '.join(list(kind.model_fields)[:3])}"
        )
    try:
        return kind.model_validate(read.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        said = ".".join(str(part) for part in path) or "the form"
        message = first["msg"].removeprefix("Value error, ")
        raise refusal(f"{said}: {message[0].lower()}{message[1:]}.", where, read.line_of(path)) from None


def incident_sealer(unit: Work, incident_id: str) -> Sealer:
    """Give the sealer of an incident within a unit of work."""
    key = unit.session.get(IncidentKey, incident_id)
    return unit.store.sealer(incident_id, key.wrapped if key else None)


def acting_role(unit: Work, context: StepContext, by: str) -> str:
    """Say in which role somebody hands in a form: the one their answer was allowed for."""
    answer = unit.session.get(Answer, (f"{context.incident.id}/{context.key}", by))
    return answer.role if answer else role_of(unit.session, by)


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 (hex) of a document in canonical JSON (RFC 8785): what a ledger entry holds of it."""
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
