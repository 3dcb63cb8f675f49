"""A connector whose hands are people: what they are asked to do, and to undo."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import model_validator

from playbooks.schema import Text
from response.connectors.parts import ActHead, Definition, filled


class ManualAct(ActHead):
    """One thing a person does. `steps` say how to do it and what to look at first, `undo_steps` how to undo it."""

    steps: Text
    undo_steps: Text | None = None

    @model_validator(mode="after")
    def _can_be_undone(self) -> "ManualAct":
        if (self.undo is None) != (self.undo_steps is None):
            raise ValueError("undo and undo_steps stand together")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show what the person is asked to do."""
        return (str(filled(self.steps.en, values)),)


class ManualDefinition(Definition[ManualAct]):
    """People with access to a system no program of ours reaches."""

    schemes: ClassVar[tuple[str, ...]] = ("tel", "mailto")

    kind: Literal["manual"]
