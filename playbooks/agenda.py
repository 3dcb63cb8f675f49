"""A scenario as an agenda for a table: what is handed to whom, in the order in which it would happen."""

from dataclasses import dataclass
from datetime import timedelta

from playbooks.durations import parse_duration
from playbooks.scenario import Inject, Scenario


@dataclass(frozen=True)
class AgendaItem:
    """One thing handed out: so long after the start, to a role, in words by language."""

    at: timedelta
    to: str
    name: dict[str, str]
    text: dict[str, str]


_HANDED = {
    "facts": ("New facts are established.", "事实有了新的进展。"),
    "outage": ("The provider of text messages refuses messages.", "短信服务商拒绝发送。"),
    "absent": ("{who} cannot be reached from now on.", "从现在起无法联系到 {who}。"),
}


def agenda(scenario: Scenario) -> tuple[AgendaItem, ...]:
    """List what is handed out, the starting signal first."""
    first = AgendaItem(timedelta(0), "incident_lead", scenario.name.model_dump(), scenario.story.model_dump())
    later = sorted((_item(inject) for inject in scenario.injects), key=lambda each: each.at)
    return (first, *later)


def _item(inject: Inject) -> AgendaItem:
    return AgendaItem(parse_duration(inject.at), str(inject.to), inject.name.model_dump(), _words(inject))


def _words(inject: Inject) -> dict[str, str]:
    if inject.message is not None:
        return inject.message.model_dump()
    kind = "facts" if inject.facts is not None else "outage" if inject.outage is not None else "absent"
    who = inject.absent.who if inject.absent is not None else ""
    english, chinese = (words.format(who=who) for words in _HANDED[kind])
    return {"en": english, "zh": chinese}
