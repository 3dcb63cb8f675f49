"""The manual connector: a person does it, and what they record is what we know."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.errors import RefusedError
from playbooks.schema import Text
from response.connectors.contract import HandBook, HandRecord, NeedsPersonError, Plan, State, Verdict, final
from response.connectors.manual_definition import ManualDefinition
from response.connectors.parts import filled


class ManualConnector:
    """Asks people, and reads what they recorded."""

    rehearsal = False
    repeatable = True

    def __init__(self, definition: ManualDefinition, book: HandBook) -> None:
        """Keep the definition and where records are found."""
        self.definition, self.address, self._book = definition, "by hand", book

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what a person would do; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Give the state before as a person recorded it; raises NeedsPersonError until one did."""
        record = self._record(capability, target)
        return State({"recorded": hashlib.sha256(record.before).hexdigest()}, record.before)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Say that a person did it; raises NeedsPersonError until one recorded it."""
        del key
        self._record(capability, target)
        return {"by_hand": True}

    def verify(self, capability: str, target: str) -> Verdict:
        """Say what the person saw."""
        self.definition.act(capability)
        record = self._book.find(self.definition.connector, capability, target)
        if record is None:
            return Verdict(holds=False, broken=("nobody recorded it",))
        if record.undone:
            return Verdict(holds=False, broken=("it was undone",))
        return Verdict(record.holds, () if record.holds else ("the person says that it does not hold",))

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Say that a person undid it; raises NeedsPersonError until one recorded it."""
        del before, key
        act = self.definition.act(capability)
        if act.undo_steps is None:
            raise final(self.definition.connector, capability)
        record = self._book.find(self.definition.connector, capability, target)
        if record is None or not record.undone:
            raise self._asking(act.undo_steps, target)

    def _record(self, capability: str, target: str) -> HandRecord:
        act = self.definition.act(capability)
        record = self._book.find(self.definition.connector, capability, target)
        if record is None:
            raise self._asking(act.steps, target)
        return record

    def _asking(self, steps: Text, target: str) -> NeedsPersonError:
        values = self.definition.values(target)
        question = {"en": filled(steps.en, values), "zh": filled(steps.zh, values)}
        return NeedsPersonError.asking(question, f"{self.definition.connector} {target}")


def manual_connector(definition: ManualDefinition, book: HandBook | None) -> ManualConnector:
    """Open what people do; raises RefusedError where nobody's records can be found."""
    if book is None:
        raise RefusedError("What is done by hand needs the record of it.", where=definition.connector)
    return ManualConnector(definition, book)
