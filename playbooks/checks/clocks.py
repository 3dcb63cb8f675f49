"""Clocks: they start at the law's moment, are met by a real sending, and the plan has time to meet them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from playbooks.durations import format_duration, parse_duration
from playbooks.findings import Finding, Subject
from playbooks.references import nearest
from playbooks.rules import Rule, known_rules
from playbooks.schema import Clock
from playbooks.worst_case import FOREVER, clock_needs, longest, worst_case

_BEFORE_THE_PLAN: Final = ("occurred_at", "detected_at", "aware_at")
_MEETS: Final = ("filing.submit", "notice.deliver", "manual.duties")


def moments(subject: Subject, rules: Mapping[str, Rule] | None = None) -> Iterator[Finding]:
    """Find clocks that start at another moment than the law says, or run longer, or are not known."""
    known = rules or known_rules()
    for index, clock in enumerate(subject.playbook.clocks):
        path = ("clocks", index)
        rule = known.get(clock.rule)
        if rule is None:
            hint = (
                nearest(clock.rule, list(known), "Perhaps {} is meant.") or f"Known are {', '.join(known)}."
            )
            yield subject.finding_at(
                "clock-unknown", (*path, "rule"), f"No rule is called {clock.rule}.", hint
            )
            continue
        if clock.starts_at != rule.starts_at:
            said = f"The clock of {clock.rule} starts at {rule.starts_at}, not at {clock.starts_at} ({rule.source})."
            mend = f"Write starts_at: {rule.starts_at}."
            yield subject.finding_at("clock-starts-wrong", (*path, "starts_at"), said, mend)
        if clock.started_by is not None and _began_before(subject, clock):
            said = f"The clock of {clock.rule} runs from {clock.starts_at}, which is before {clock.started_by} is done."
            yield subject.finding_at(
                "clock-starts-wrong", (*path, "started_by"), said, "Take started_by out."
            )
        if parse_duration(clock.within) > rule.within:
            said = (
                f"{clock.rule} gives {format_duration(rule.within)}, the plan takes longer ({rule.source})."
            )
            yield subject.finding_at(
                "clock-too-long", (*path, "within"), said, "Write the law's span or less."
            )
    for step_id, step in subject.steps():
        if step.deadline is not None and step.deadline.rule is not None and step.deadline.rule not in known:
            hint = nearest(step.deadline.rule, list(known), "Perhaps {} is meant.")
            said = f"No rule is called {step.deadline.rule}."
            yield subject.finding("clock-unknown", step_id, "deadline", said, hint or "Name a known rule.")


def _began_before(subject: Subject, clock: Clock) -> bool:
    """Tell whether a clock that began before the plan, or with its first facts, is said to begin at a later step."""
    step = subject.playbook.workflow[str(clock.started_by)]
    return clock.starts_at in _BEFORE_THE_PLAN and step.action not in {"detection.record", "manual.facts"}


def met(subject: Subject) -> Iterator[Finding]:
    """Find clocks that no sending meets, and plans that file without naming the clock they must meet."""
    for index, clock in enumerate(subject.playbook.clocks):
        for step_id in clock.met_by:
            action = subject.playbook.workflow[step_id].action
            if action not in _MEETS:
                said = f"The clock {clock.rule} counts as met by {step_id}, which sends nothing ({action})."
                mend = f"Name a step with one of {', '.join(_MEETS)}."
                yield subject.finding_at("reported-without-filing", ("clocks", index, "met_by"), said, mend)
    named = {step_id for clock in subject.playbook.clocks for step_id in clock.met_by}
    for step_id, step in subject.steps("filing.submit"):
        if "initial" in str(step.inputs.get("stages")) and step_id not in named:
            said = "First reports are sent here, but the plan names no clock they must meet."
            yield subject.finding(
                "no-clock", step_id, "action", said, "Name the clock under clocks with met_by."
            )


def feasible(subject: Subject) -> Iterator[Finding]:
    """Find clocks the plan cannot meet when everything takes as long as it may."""
    done = worst_case(subject.routes)
    for index, clock in enumerate(subject.playbook.clocks):
        needs = clock_needs(subject.routes, clock, done)
        allowed = parse_duration(clock.within)
        if needs > allowed:
            yield subject.finding_at(
                "clock-cannot-be-met", ("clocks", index), *_too_long(subject, clock, needs, done)
            )


def _too_long(
    subject: Subject, clock: Clock, needs: timedelta, done: Mapping[str, timedelta]
) -> tuple[str, str]:
    waiting = [s for s in done if longest(subject.playbook, subject.playbook.workflow[s]) >= FOREVER]
    if needs >= FOREVER and waiting:
        return (
            f"The plan may wait without end at {waiting[0]}, the clock {clock.rule} is {_span(clock)}.",
            f"Give {waiting[0]} a timeout.",
        )
    return (
        f"The plan needs {format_duration(needs)} at worst, the clock {clock.rule} is {_span(clock)}.",
        "Shorten timeouts before it, do steps side by side, or send faster.",
    )


def _span(clock: Clock) -> str:
    return format_duration(parse_duration(clock.within))
