"""A connector to a program of the organisation's own: signed posts that say what to look at, do, check and undo."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from response.connectors.parts import ActHead, Definition


class WebhookAct(ActHead):
    """One thing the program can do; how is its own business."""

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show what is asked for."""
        return (f"POST act: {self.name.en} {values['target']}",)


class WebhookDefinition(Definition[WebhookAct]):
    """A program that takes posts signed with a shared secret."""

    schemes: ClassVar[tuple[str, ...]] = ("https", "http")

    kind: Literal["webhook"]
