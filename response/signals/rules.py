"""Whether a signal is declared as an incident, joins one, or is kept and asked about: rules as data."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from playbooks.loader import library, library_text, load_playbook
from response.signals.mapping import SEVERITIES, Severity
from response.signals.reading import SignalReading

Verdict = Literal["declare", "ask"]
CameBy = Literal["program", "mail"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Origin:
    """Who tells, and how it came: `proven` when nobody else can have sent it."""

    told_by: str
    came_by: CameBy = "program"
    proven: bool = True


class Criteria(_Part):
    """All that are given must hold; none given holds always."""

    form: tuple[str, ...] | None = None
    told_by: tuple[str, ...] | None = None
    came_by: tuple[CameBy, ...] | None = None
    proven: bool | None = None
    state: tuple[str, ...] | None = None
    personal_data: bool | None = None
    severity_from: Severity | None = None

    def hold(self, reading: SignalReading, origin: Origin) -> bool:
        """Say whether a signal meets them; a grade the detector did not give meets no floor."""
        among = (
            (self.form, reading.form),
            (self.told_by, origin.told_by),
            (self.came_by, origin.came_by),
            (self.state, reading.state),
        )
        same = ((self.proven, origin.proven), (self.personal_data, reading.personal_data))
        if any(allowed is not None and value not in allowed for allowed, value in among):
            return False
        if any(wanted is not None and value != wanted for wanted, value in same):
            return False
        return self.severity_from is None or (
            reading.severity is not None
            and SEVERITIES.index(reading.severity) >= SEVERITIES.index(self.severity_from)
        )


class DeclareRule(_Part):
    """One criterion with its answer and its reason."""

    answer: Verdict
    when: Criteria
    because: str
    call: bool = False  # people are called to look at it at once


class JoinRule(_Part):
    """How long an open incident draws in further signals about the same system."""

    within_days: Annotated[int, Field(ge=0, le=3650)]


class PlaybookRule(_Part):
    """Which plan is run when none names the vector."""

    default: str


class SignalRules(_Part):
    """The whole file."""

    schema_: Literal["tocsin/signal-rules/1"] = Field(alias="schema")
    declare: Annotated[tuple[DeclareRule, ...], Field(min_length=1)]
    join: JoinRule
    playbook: PlaybookRule


@dataclass(frozen=True)
class Answer:
    """What is done with a signal, and why."""

    verdict: Verdict
    because: str
    call: bool = False


@lru_cache(maxsize=1)
def signal_rules() -> SignalRules:
    """Load the rules that ship with Tocsin."""
    text = resources.files("response.signals").joinpath("rules.yaml").read_text(encoding="utf-8")
    return SignalRules.model_validate(yaml.safe_load(text))


def judge(reading: SignalReading, origin: Origin) -> Answer:
    """Apply the first rule that fits; a signal that none fits is asked about."""
    for rule in signal_rules().declare:
        if rule.when.hold(reading, origin):
            return Answer(rule.answer, rule.because, rule.call)
    return Answer("ask", "no rule fits", call=True)


def join_window() -> timedelta:
    """Give the span within which a signal about the same system joins an open incident."""
    return timedelta(days=signal_rules().join.within_days)


def playbook_for(vector: str | None) -> str:
    """Choose the plan that is made for a vector: the one that names fewest others, else the default."""
    default = signal_rules().playbook.default
    fitting = [(len(vectors), name) for name, vectors in _vectors() if vector in vectors and name != default]
    return min(fitting)[1] if fitting else default


@lru_cache(maxsize=1)
def _vectors() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(load_playbook(library_text(name), name).vectors)) for name in library())
