"""Taking findings out of the covers in which they travel: queues, buses, lists, and covers in covers."""

import base64
import binascii
import json
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from response.signals.mapping import Test, mappings
from response.signals.paths import values_at

MOST_PARTS: Final = 2_000  # of one batch
DEEPEST: Final = 5  # a finding in SNS in SQS in a list is in three covers


class Envelope(BaseModel):
    """One kind of cover."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    marks: Annotated[tuple[Test, ...], Field(alias="is", min_length=1)]
    holds: str
    base64: bool = False

    def inner(self, document: Any) -> list[Any]:
        """Give what a document of this kind holds; nothing where it is of another kind, or holds no JSON."""
        if not all(mark.holds(document) for mark in self.marks):
            return []
        found = [self._read(value) for value in values_at(document, self.holds, MOST_PARTS + 1)]
        whole = [each for value in found for each in (value if isinstance(value, list) else [value])]
        return whole if all(isinstance(each, dict) for each in whole) else []

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(base64.b64decode(value, validate=True) if self.base64 else value)
        except (ValueError, binascii.Error, RecursionError):
            return None


def findings_in(document: Any, deepest: int = DEEPEST) -> list[Any]:
    """Give the findings in a document, the document itself where it is in no cover that is known.

    A finding whose own form says how it is covered stays as it came.
    """
    if isinstance(document, list):
        if not document or not all(isinstance(item, dict) for item in document):
            return [document]
        return [each for item in document for each in findings_in(item, deepest)]
    if not isinstance(document, dict) or deepest == 0:
        return [document]
    is_known = any(mapping.fits(mapping.unwrapped(document)) for mapping in mappings())
    for envelope in envelopes():
        inner = [each for item in envelope.inner(document) for each in findings_in(item, deepest - 1)]
        if len(inner) > 1 or (inner and not is_known):
            return inner
    return [document]


@lru_cache(maxsize=1)
def envelopes() -> tuple[Envelope, ...]:
    """Load the covers, in the order in which they are tried."""
    text = resources.files("response.signals").joinpath("envelopes.yaml").read_text(encoding="utf-8")
    return tuple(Envelope.model_validate(each) for each in yaml.safe_load(text))
