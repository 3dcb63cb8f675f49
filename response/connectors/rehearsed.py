"""A connector in a drill: it plans exactly what the real one would do, and does it to the rehearsal systems alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.settings import Settings
from playbooks.schema import Text
from response.connectors.contract import Plan, State, Verdict, final
from response.connectors.http import http_connector
from response.connectors.http_definition import Call, Check, HttpAct, HttpDefinition
from response.connectors.parts import REHEARSAL, Definition, Target

_TEXT = Text(en="Rehearsal", zh="演练")
_ANYTHING = Target(pattern=r".+", what=_TEXT)


class RehearsedConnector:
    """Stands in for a connector of any kind."""

    rehearsal = True
    repeatable = True

    def __init__(self, definition: Definition[Any], settings: Settings) -> None:
        """Keep the real definition and open the rehearsal systems."""
        self.definition = definition
        self._stand_in = http_connector(_stand_in(definition), settings, drill=True)
        self.address = self._stand_in.address

    def plan(self, capability: str, target: str, now: datetime) -> Plan:
        """Say what the real connector would do; touches nothing."""
        return self.definition.plan(self.address, capability, target, now)

    def read_state(self, capability: str, target: str) -> State:
        """Read the rehearsal state."""
        return self._stand_in.read_state(capability, target)

    def execute(self, capability: str, target: str, key: str) -> dict[str, Any]:
        """Act on the rehearsal state."""
        return self._stand_in.execute(capability, target, key)

    def verify(self, capability: str, target: str) -> Verdict:
        """Look whether the rehearsed act holds."""
        return self._stand_in.verify(capability, target)

    def revert(self, capability: str, target: str, before: Mapping[str, Any], key: str) -> None:
        """Restore the rehearsal state, where the real act could be undone too."""
        if self.definition.act(capability).undo is None:
            raise final(self.definition.connector, capability)
        self._stand_in.revert(capability, target, before, key)


def rehearsed_connector(definition: Definition[Any], settings: Settings) -> RehearsedConnector:
    """Open the stand-in of a connector."""
    return RehearsedConnector(definition, settings)


def _stand_in(definition: Definition[Any]) -> HttpDefinition:
    """Make a REST API of which each act of a definition is one switch."""
    return HttpDefinition(
        connector=definition.connector,
        name=definition.name,
        source=REHEARSAL,
        base_url=REHEARSAL,
        target=_ANYTHING,
        capabilities={name: _switch(definition.connector, name) for name in definition.capabilities},
    )


def _switch(connector: str, capability: str) -> HttpAct:
    path = f"/systems/{connector}/{capability}/{{target}}"
    look = Call(method="GET", path=path, expect=(200,))
    return HttpAct(
        name=_TEXT,
        effect=_TEXT,
        undo=_TEXT,
        read_state=look,
        keep=("/held",),
        touches="/touches",
        execute=Call(method="PUT", path=path, body={"held": True}, expect=(200,)),
        verify=(look.model_copy(update={"checks": (Check(pointer="/held", equals=True),)}),),
        revert=Call(method="PUT", path=path, body_before=True, expect=(200,)),
    )
