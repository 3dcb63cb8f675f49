"""Look through the law for what a reader would object to; used by `tocsin law check`."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.errors import InvalidInputError
from regulations.calendars import working_days
from regulations.clocks import CALENDAR
from regulations.content import content_words
from regulations.law_file import LawFile, LoadedRule, overlap
from regulations.leaves import reader
from regulations.loader import Law, load_law
from regulations.zones import OF_ORGANISATION

MOST_DAYS_UNREVIEWED = 365


class Finding(NamedTuple):
    """One objection: the rule, where it stands, what is wrong; an `error` must be mended, a `warning` read."""

    rule: str
    where: str
    level: Literal["error", "warning"]
    what: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return self._asdict()


def check_law(today: date, law: Law | None = None) -> list[Finding]:
    """Return every objection to `law` (that of Tocsin by default) as of `today`, errors first.

    Raises InvalidInputError when the law does not load at all: no citation, an unknown fact or term.
    """
    law = law or load_law()
    findings = [finding for loaded in law.rules for finding in _of_rule(loaded, law, today)]
    findings += [finding for file in law.files for finding in _too_narrow(file)]
    return sorted(findings, key=lambda finding: (finding.level, finding.rule, finding.what))


def _of_rule(loaded: LoadedRule, law: Law, today: date) -> Iterator[Finding]:
    rule = loaded.rule
    for what in _errors(loaded, law):
        yield Finding(rule.id, loaded.where, "error", what)
    if today - rule.reviewed > timedelta(days=MOST_DAYS_UNREVIEWED):
        yield Finding(rule.id, loaded.where, "warning", f"Last reviewed {rule.reviewed}, over a year ago.")
    if not rule.verified:
        yield Finding(rule.id, loaded.where, "warning", f"Not verified ({rule.verified_how}).")


def _too_narrow(file: LawFile) -> Iterator[Finding]:
    """Find rules that hold outside their file's scope: they would be passed over unread."""
    for loaded in file.rules if file.head.scope is not None else ():
        parts = _parts(loaded.rule.applies)
        if not all(part in parts for part in _parts(file.head.scope or {})):
            yield Finding(loaded.rule.id, loaded.where, "error", "Applies outside the scope of its file.")


def _parts(condition: dict[str, Any]) -> list[Any]:
    return condition["all"] if set(condition) == {"all"} else [condition]


def _errors(loaded: LoadedRule, law: Law) -> Iterator[str]:
    rule = loaded.rule
    yield from _clock_errors(loaded, {other.rule.id for other in law.rules})
    if not _is_zone(rule.zone):
        yield f"Unknown time zone {rule.zone!r}."
    if rule.deadline.unit == "business_days" and not _has_calendar(rule.calendar):
        yield f"No calendar of working days for {rule.calendar!r}."
    unknown = [word for word in rule.content if word not in content_words()]
    if unknown:
        yield f"Unknown content: {', '.join(unknown)}."
    for other in law.versions(rule.id):
        if other is not loaded and overlap(rule, other.rule):
            yield "Two versions are in force on the same day."


def _clock_errors(loaded: LoadedRule, ids: set[str]) -> Iterator[str]:
    deadline = loaded.rule.deadline
    named = [
        *loaded.rule.clock.moments,
        *(option.of for option in (*deadline.earliest_of, *deadline.latest_of)),
    ]
    for name in (*named, *([deadline.until] if deadline.until else [])):
        if name == CALENDAR:
            continue
        if name.startswith("filed.") and name.removeprefix("filed.") not in ids:
            yield f"The clock waits for a rule that does not exist: {name}."
        try:
            reader(name)
        except InvalidInputError as error:
            yield error.what


def _is_zone(name: str) -> bool:
    if name == OF_ORGANISATION:
        return True
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _has_calendar(place: str) -> bool:
    if place == OF_ORGANISATION:
        return True
    try:
        working_days(place)
    except InvalidInputError:
        return False
    return True
