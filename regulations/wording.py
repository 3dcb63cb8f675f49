"""Plain sentences for answers: why a duty holds, when its clock runs, why a rule does not apply."""

from regulations.clocks import CALENDAR, Reading
from regulations.duty import Duty
from regulations.schema import Deadline, Rule

_UNITS = {
    "minutes": "minutes",
    "hours": "hours",
    "calendar_days": "calendar days",
    "business_days": "working days",
    "months": "months",
}
_STANDINGS = {
    "draft": "A draft, not law: watch it.",
    "not_yet_in_force": "Enacted but not yet in force.",
    "not_yet_operational": "In force on paper; the authority or its rules do not work yet.",
    "uncertain": "Whether it is in force could not be established.",
    "superseded": "Superseded by later law.",
    "recommended_standard": "A recommended standard, not a duty.",
    "voluntary": "Voluntary: recommended, not a duty.",
    "no_duty": "This law gives no duty to notify.",
}


def binds(duty: Duty) -> str:
    """Say why a duty holds, how long there is and from when."""
    rule = duty.source.rule
    return f"{rule.trigger} {clock_words(rule, duty.limit or rule.deadline, duty.reading)}"


def standing(duty: Duty) -> str:
    """Say why a rule is shown but never due."""
    rule = duty.source.rule
    if rule.stage == "information":
        return f"Gives a definition, form or channel, no duty of its own. {rule.trigger}"
    if rule.stage == "authority_escalation":
        return f"A duty of the authority, shown for information. {rule.trigger}"
    return f"{_STANDINGS.get(rule.status, rule.status)} {rule.trigger}"


def does_not_apply(duty: Duty) -> str:
    """Say which condition is not met."""
    reason = duty.outcome.reason or "its condition is not met"
    return f"Does not apply: {reason}. It binds {duty.source.rule.obliged}."


def not_law_then(duty: Duty) -> str:
    """Say from when to when the rule is law."""
    span = duty.source.rule.in_force
    until = f" until {span.until}" if span.until else ""
    return f"Not in force on the day: in force from {span.since or '?'}{until}."


def reports_ended(duty: Duty) -> str:
    """Say why a recurring report is due no more."""
    return f"The reports end with {duty.source.rule.deadline.until}."


def another_limit(_duty: Duty) -> str:
    """Say why none of several limits counts."""
    return "Another limit takes its place."


def clock_words(rule: Rule, deadline: Deadline, reading: Reading) -> str:
    """Say how long there is, from when, and what is missing."""
    parts = [limit_words(deadline, reading)]
    if reading.missing and deadline.is_counted:
        parts.append(f"Its clock has not started: {reading.clock} is not recorded.")
    if reading.remark:
        parts.append(reading.remark)
    if rule.status == "supervisory_guidance":
        parts.append("An expectation of the supervisor.")
    return " ".join(parts)


def limit_words(deadline: Deadline, reading: Reading) -> str:
    """Say how long there is, and from when."""
    if deadline.earliest_of or deadline.latest_of:
        which = "earliest" if deadline.earliest_of else "latest"
        options = deadline.earliest_of or deadline.latest_of
        return (
            f"The {which} of {', '.join(_span(option.value, option.unit, option.of) for option in options)}."
        )
    if deadline.unit == "fixed_date":
        return f"Every year by {deadline.day}."
    if deadline.unit == "per_year":
        return "Once a calendar year."
    if deadline.value is None:
        words = {
            "immediate": "At once",
            "without_undue_delay": "Without undue delay",
            "on_request": "On request",
        }
        return f"{words.get(deadline.unit or '', 'No limit stated')}; the law names no number."
    every = "Every " if deadline.every else ""
    end = " the end of the year of" if deadline.after else ""
    return f"{every}{_span(deadline.value, deadline.unit or '', f'{end} {reading.clock}'.strip())}."


def _span(value: int | None, unit: str, start: str) -> str:
    words = _UNITS.get(unit, unit)
    counted = f"1 {words.removesuffix('s')}" if value == 1 else f"{value} {words}"
    return f"{counted} from {start}" if start != CALENDAR else counted
