"""From one facts file to every duty: who must be told by when, under which article, and what is still open."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from models.errors import InvalidInputError
from models.facts import Facts
from regulations.clocks import Reading, moment_of, read_clock
from regulations.context import Assess, Context, GradeAll
from regulations.duty import Duty, Status
from regulations.law_file import LoadedRule, Scope
from regulations.loader import Law, load_law
from regulations.results import Outcome, Unknown, merged
from regulations.schema import Deadline
from regulations.spans import zone_of
from regulations.wording import clock_words, reason_words, standing_words
from regulations.zones import where_of, zone_of_organisation

DECISIONS = frozenset(("determined_at", "material_at", "assessed_at"))
_NO = Outcome(False)
_LAST = datetime.max.replace(tzinfo=UTC)


def evaluate_duties(
    facts: Facts,
    at: datetime,
    rules: Law | None = None,
    all: bool = False,  # noqa: A002 - the contract's word: --all
    assess: Assess | None = None,
    grade: GradeAll | None = None,
) -> tuple[Duty, ...]:
    """Return every duty that `facts` give at `at`, soonest first; with `all`, also those that do not apply.

    `at` is aware. An open condition gives `depends` with what would settle it, never silence.
    """
    if at.tzinfo is None:
        raise InvalidInputError(
            f"The moment {at.isoformat()} has no offset.", expected="one such as +08:00 or Z"
        )
    context = Context(facts, at, assess, grade)
    asked: list[Duty] = []
    refused: list[Duty] = []
    for scope in _scopes(rules or load_law(), context, all):
        for versions in scope.rules:
            duty = judged(versions, context, all)
            if duty is not None:
                (refused if duty.status == "not_required" else asked).append(duty)
    asked.sort(key=soonest_first)
    return (*asked, *refused) if all else tuple(asked)


def _scopes(law: Law, context: Context, all_: bool) -> Iterator[Scope]:
    for file in law.files:
        if all_:
            yield from file.scopes
        elif file.scope is None or file.scope(context).verdict is not False:
            yield from (
                scope
                for scope in file.scopes
                if scope.applies is None or scope.applies(context).verdict is not False
            )


def soonest_first(duty: Duty) -> tuple[int, datetime, str]:
    """Order duties: at once, then by the end of the limit, then what has not started or is open."""
    if duty.status == "immediate":
        return 0, duty.starts_at or _LAST, duty.rule
    if duty.due_at is not None:
        return 1, duty.due_at, duty.rule
    order = {"not_started": 2, "depends": 3, "filed": 4}
    return order.get(duty.status, 5), _LAST, duty.rule


def judged(versions: tuple[LoadedRule, ...], context: Context, all_: bool = True) -> Duty | None:
    """Judge one rule in the version of the day; None when it does not apply and nobody asked for those."""
    loaded = versions[-1]
    if loaded.in_force_since > context.first_day:
        in_force = _version(versions, context)
        if in_force is None:
            return _not_law_then(versions, context) if all_ else None
        loaded = in_force
    if not loaded.binds:
        return _refused(loaded, context, standing_words(loaded.rule)) if all_ else None
    outcome = triggered(loaded, context)
    if outcome.verdict is False:
        return _refused(loaded, context, reason_words(loaded.rule, outcome), outcome) if all_ else None
    return _standing(loaded, context, outcome)


def _version(versions: tuple[LoadedRule, ...], context: Context) -> LoadedRule | None:
    if versions[-1].in_force_since <= context.first_day:
        return versions[-1]
    for loaded in versions:
        if loaded.rule.in_force.holds_on(_day_of_law(loaded, context)):
            return loaded
    return None


def _day_of_law(loaded: LoadedRule, context: Context) -> date:
    """Return the day whose law counts: when the clock started, or the day of asking while it has not."""
    starts = [at for name in loaded.rule.clock.moments if (at := moment_of(name, context)) is not None]
    moment = min([*starts, context.at])
    zone = loaded.rule.zone if "/" in loaded.rule.zone else "UTC"
    return moment.astimezone(zone_of(zone)).date()


def triggered(loaded: LoadedRule, context: Context) -> Outcome:
    """Judge whether the rule binds this organisation in this incident, exemptions included."""
    applies = loaded.applies(context)
    if applies.verdict is False:
        return applies
    when = loaded.when(context)
    if when.verdict is False:
        return when
    parts = [applies, when]
    if loaded.unless is not None:
        exempt = loaded.unless(context)
        if exempt.verdict is True:
            return Outcome(False, exempt.facts, (), f"an exemption holds: {', '.join(exempt.facts)}")
        parts.append(exempt._replace(verdict=True if exempt.verdict is False else None))
    return merged(parts, None if any(part.verdict is None for part in parts) else True)


def _standing(loaded: LoadedRule, context: Context, outcome: Outcome) -> Duty:
    rule = loaded.rule
    deadline, unsure = _deadline(loaded, context)
    reading = _read(loaded, deadline, context)
    made = context.filed.get(rule.id) or (
        context.filed.get(rule.same_report_as) if rule.same_report_as else None
    )
    ended = moment_of(deadline.until, context) if deadline.until else None
    if deadline.every and ended is not None and ended <= context.at:
        return _refused(loaded, context, f"The reports end with {deadline.until}.", outcome)
    if _fell_away(deadline, reading):
        return _refused(loaded, context, reading.remark or "The limit no longer counts.", outcome)
    filed = made is not None and not deadline.every
    status = "not_started" if _waits(outcome, reading) else _status(outcome, reading, deadline, filed=filed)
    unknowns = outcome.unknowns + unsure
    if status in {"depends", "not_started"}:
        unknowns += tuple(Unknown(name) for name in reading.missing)
    words = f"{rule.trigger} {clock_words(rule, deadline, reading)}"
    return _duty(loaded, context, status, reading, words, outcome._replace(unknowns=unknowns))


def reading_of(rule: str, facts: Facts, at: datetime, rules: Law | None = None) -> Reading | None:
    """Return what the clock of `rule` shows, whatever its conditions say; None when it is not law that day."""
    context = Context(facts, at)
    loaded = _version((rules or load_law()).versions(rule), context)
    return None if loaded is None else _read(loaded, _deadline(loaded, context)[0], context)


def _read(loaded: LoadedRule, deadline: Deadline, context: Context) -> Reading:
    relief = deadline.relief is not None and (
        loaded.no_relief is None or loaded.no_relief(context).verdict is False
    )
    return read_clock(loaded.rule.clock, deadline, context, where_of(loaded.rule, context), relief)


def _fell_away(deadline: Deadline, reading: Reading) -> bool:
    has_options = bool(deadline.earliest_of or deadline.latest_of)
    return has_options and reading.due_at is None and not reading.missing


def _waits(outcome: Outcome, reading: Reading) -> bool:
    """Say whether the duty waits for a decision of the organisation that is its trigger and its clock at once."""
    decides = all(name in DECISIONS or name.startswith("classified_at.") for name in reading.missing)
    return outcome.verdict is None and bool(reading.missing) and decides


def _status(outcome: Outcome, reading: Reading, deadline: Deadline, *, filed: bool) -> Status:
    if filed:
        return "filed"
    if outcome.verdict is None:
        return "depends"
    if not deadline.is_counted:
        return "immediate" if reading.starts_at is not None or not reading.missing else "not_started"
    return "due" if reading.due_at is not None else "not_started"


def _deadline(loaded: LoadedRule, context: Context) -> tuple[Deadline, tuple[Unknown, ...]]:
    """Return the span that holds; while a variant's condition is open, the shortest that may hold."""
    deadline = loaded.rule.deadline
    if not loaded.instead:
        return deadline, ()
    unsure: list[Unknown] = []
    for variant, condition in zip(deadline.instead, loaded.instead, strict=True):
        outcome = condition(context)
        if outcome.verdict is True:
            return deadline.model_copy(update={"value": variant.value, "unit": variant.unit}), ()
        if outcome.verdict is None:
            unsure.extend(outcome.unknowns)
            if _minutes(variant.value, variant.unit) < _minutes(deadline.value, deadline.unit):
                deadline = deadline.model_copy(update={"value": variant.value, "unit": variant.unit})
    return deadline, tuple(unsure)


def _minutes(value: int | None, unit: str | None) -> int:
    each = {"minutes": 1, "hours": 60, "calendar_days": 1440, "business_days": 2000, "months": 40320}
    return (value or 0) * each.get(unit or "", 0)


def _refused(loaded: LoadedRule, context: Context, because: str, outcome: Outcome | None = None) -> Duty:
    return _duty(loaded, context, "not_required", loaded.unread, because, outcome or _NO)


def _not_law_then(versions: tuple[LoadedRule, ...], context: Context) -> Duty:
    loaded = versions[-1]
    span = loaded.rule.in_force
    because = f"Not in force on the day: in force from {span.since or '?'}"
    return _refused(loaded, context, f"{because}{f' until {span.until}' if span.until else ''}.")


def _duty(
    loaded: LoadedRule, context: Context, status: Status, reading: Reading, because: str, outcome: Outcome
) -> Duty:
    overdue = status == "due" and reading.due_at is not None and reading.due_at < context.at
    zone, here = where_of(loaded.rule, context).zone, context.zone_here
    if here is None:
        here = context.zone_here = zone_of_organisation(context.facts) or ""
    return Duty(loaded, status, reading, zone, here or None, overdue, because, outcome)


def to_json(duties: Iterable[Duty]) -> list[dict[str, Any]]:
    """Return the duties as the contract's list."""
    return [duty.to_json() for duty in duties]


def open_duties(duties: Iterable[Duty]) -> Iterator[Duty]:
    """Yield the duties that still ask for something."""
    return (duty for duty in duties if duty.status in {"due", "immediate", "not_started", "depends"})
