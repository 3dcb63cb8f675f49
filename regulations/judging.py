"""Judge one rule against one context: does it bind, in which version, and by when."""

from datetime import date

from regulations import wording
from regulations.clocks import Reading, moment_of, read_clock
from regulations.context import Context
from regulations.duty import Duty, Status
from regulations.law_file import LoadedRule
from regulations.results import Outcome, Unknown, merged
from regulations.schema import Deadline
from regulations.spans import zone_of
from regulations.zones import where_of

DECISIONS = frozenset(("determined_at", "material_at", "assessed_at"))
_NO = Outcome(False)


def judged(versions: tuple[LoadedRule, ...], context: Context, all_: bool = True) -> Duty | None:
    """Judge one rule in the version of the day; None when it does not apply and nobody asked for those."""
    loaded = versions[-1]
    if loaded.in_force_since > context.first_day:
        in_force = version_of_the_day(versions, context)
        if in_force is None:
            return Duty(loaded, context, "not_required", wording.not_law_then, _NO) if all_ else None
        loaded = in_force
    if not loaded.binds:
        return Duty(loaded, context, "not_required", wording.standing, _NO) if all_ else None
    outcome = loaded.applies(context)
    if outcome.verdict is not False:
        outcome = _triggered(loaded, context, outcome)
    if outcome.verdict is False:
        return Duty(loaded, context, "not_required", wording.does_not_apply, outcome) if all_ else None
    return _standing(loaded, context, outcome)


def version_of_the_day(versions: tuple[LoadedRule, ...], context: Context) -> LoadedRule | None:
    """Return the version that is law on the day that counts for it; None when none is."""
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


def _triggered(loaded: LoadedRule, context: Context, applies: Outcome) -> Outcome:
    """Judge whether the rule, once it applies, binds in this incident; exemptions included."""
    when = loaded.when(context)
    if when.verdict is False:
        return when
    is_open = applies.verdict is None or when.verdict is None
    if loaded.unless is None:
        return merged((applies, when), None if is_open else True)
    exempt = loaded.unless(context)
    if exempt.verdict is True:
        return Outcome(False, exempt.facts, (), f"an exemption holds: {', '.join(exempt.facts)}")
    return merged((applies, when, exempt), None if is_open or exempt.verdict is None else True)


def _standing(loaded: LoadedRule, context: Context, outcome: Outcome) -> Duty:
    limit, unsure = limit_of(loaded, context)
    if limit.every and _has_ended(limit, context):
        return Duty(loaded, context, "not_required", wording.reports_ended, outcome)
    reading = read_limit(loaded, limit, context)
    if _fell_away(limit, reading):
        return Duty(loaded, context, "not_required", wording.another_limit, outcome)
    status = _status(loaded, context, outcome, reading, limit)
    waits_for = reading.missing if status in {"depends", "not_started"} else ()
    if unsure or waits_for:
        unknowns = (*outcome.unknowns, *unsure, *map(Unknown, waits_for))
        outcome = Outcome(outcome.verdict, outcome.facts, unknowns, outcome.reason)
    return Duty(loaded, context, status, wording.binds, outcome, reading, limit)


def limit_of(loaded: LoadedRule, context: Context) -> tuple[Deadline, tuple[Unknown, ...]]:
    """Return the span that holds; while a variant's condition is open, the shortest that may hold."""
    limit = loaded.rule.deadline
    if not loaded.instead:
        return limit, ()
    unsure: list[Unknown] = []
    for variant, condition in zip(limit.variants, loaded.instead, strict=True):
        outcome = condition(context)
        if outcome.verdict is True:
            return variant, ()
        if outcome.verdict is None:
            unsure.extend(outcome.unknowns)
            limit = min(limit, variant, key=lambda each: each.minutes)
    return limit, tuple(unsure)


def read_limit(loaded: LoadedRule, limit: Deadline, context: Context) -> Reading:
    """Read the clock of a rule against the span that holds."""
    relief = limit.relief is not None and (
        loaded.no_relief is None or loaded.no_relief(context).verdict is False
    )
    return read_clock(loaded.rule.clock, limit, context, where_of(loaded.rule, context), relief)


def _has_ended(limit: Deadline, context: Context) -> bool:
    ended = moment_of(limit.until, context) if limit.until else None
    return ended is not None and ended <= context.at


def _fell_away(limit: Deadline, reading: Reading) -> bool:
    has_options = bool(limit.earliest_of or limit.latest_of)
    return has_options and reading.due_at is None and not reading.missing


def _status(
    loaded: LoadedRule, context: Context, outcome: Outcome, reading: Reading, limit: Deadline
) -> Status:
    if outcome.verdict is None and reading.missing and all(map(_is_decision, reading.missing)):
        return "not_started"  # it waits for a decision that is its trigger and its clock at once
    if not limit.every and _is_filed(loaded, context):
        return "filed"
    if outcome.verdict is None:
        return "depends"
    if not limit.is_counted:
        return "immediate" if reading.starts_at is not None or not reading.missing else "not_started"
    return "due" if reading.due_at is not None else "not_started"


def _is_decision(moment: str) -> bool:
    return moment in DECISIONS or moment.startswith("classified_at.")


def _is_filed(loaded: LoadedRule, context: Context) -> bool:
    return loaded.rule.id in context.filed or loaded.rule.same_report_as in context.filed
