"""From one facts file to every duty: who must be told by when, under which article, and what is still open."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from models.errors import InvalidInputError
from models.facts import Facts
from regulations.clocks import Reading
from regulations.context import Assess, Context, GradeAll
from regulations.duty import Duty
from regulations.judging import judged, limit_of, read_limit, version_of_the_day
from regulations.law_file import LoadedRule
from regulations.loader import Law, load_law

_LAST = datetime.max.replace(tzinfo=UTC)
_ORDER = {"not_started": 2, "depends": 3, "filed": 4}


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
    law = rules or load_law()
    for versions in law.by_rule if all else _within_scope(law, context):
        duty = judged(versions, context, all)
        if duty is not None:
            (refused if duty.status == "not_required" else asked).append(duty)
    asked.sort(key=soonest_first)
    return (*asked, *refused) if all else tuple(asked)


def _within_scope(law: Law, context: Context) -> Iterator[tuple[LoadedRule, ...]]:
    """Pass over the files and the scopes that bind nobody here; the rules of such a file stay unread."""
    for file in law.files:
        if file.scope is None or file.scope(context).verdict is not False:
            for scope in file.scopes:
                if scope.applies is None or scope.applies(context).verdict is not False:
                    yield from scope.rules


def soonest_first(duty: Duty) -> tuple[int, datetime, str]:
    """Order duties: at once, then by the end of the limit, then what has not started or is open."""
    status, reading, rule = duty.status, duty.reading, duty.source.rule.id
    if status == "immediate":
        return 0, reading.starts_at or _LAST, rule
    if reading.due_at is not None:
        return 1, reading.due_at, rule
    return _ORDER.get(status, 5), _LAST, rule


def reading_of(rule: str, facts: Facts, at: datetime, rules: Law | None = None) -> Reading | None:
    """Return what the clock of `rule` shows, whatever its conditions say; None when it is not law that day."""
    context = Context(facts, at)
    loaded = version_of_the_day((rules or load_law()).versions(rule), context)
    return None if loaded is None else read_limit(loaded, limit_of(loaded, context)[0], context)


def to_json(duties: Iterable[Duty]) -> list[dict[str, Any]]:
    """Return the duties as the contract's list."""
    return [duty.to_json() for duty in duties]


def open_duties(duties: Iterable[Duty]) -> Iterator[Duty]:
    """Yield the duties that still ask for something."""
    return (duty for duty in duties if duty.status in {"due", "immediate", "not_started", "depends"})
