"""One duty at one moment of asking: the answer for one rule."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from regulations.clocks import Reading
from regulations.context import Context
from regulations.law_file import LoadedRule
from regulations.results import Outcome, Unknown
from regulations.schema import Deadline
from regulations.spans import shown
from regulations.zones import where_of, zone_here

Status = Literal["due", "immediate", "not_started", "depends", "filed", "not_required"]
_WHOLE_DAYS = frozenset(("calendar_days", "business_days", "months", "fixed_date", "per_year"))


class Duty:
    """What one rule asks of the organisation, towards whom and by when; moments are UTC.

    `source` is the rule in the version that was judged, `context` what it was judged against, `outcome` its
    conditions, `reading` its clock, `limit` the span that holds. The sentence is worked out by `says` when
    it is asked for: most answers of a whole law are that a rule does not apply, and nobody reads those.
    """

    __slots__ = ("context", "limit", "outcome", "reading", "says", "source", "status")

    def __init__(
        self,
        source: LoadedRule,
        context: Context,
        status: Status,
        says: Callable[["Duty"], str],
        outcome: Outcome,
        reading: Reading | None = None,
        limit: Deadline | None = None,
    ) -> None:
        """Keep the parts; without a reading the clock is not read, without a limit the rule's own holds."""
        self.source, self.context, self.status, self.says = source, context, status, says
        self.outcome, self.reading, self.limit = outcome, reading or source.unread, limit

    def __eq__(self, other: object) -> bool:
        """Compare by what the duty says."""
        return isinstance(other, Duty) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        """Hash by rule, version and moment."""
        return hash((self.rule, self.rule_hash, self.status, self.due_at))

    def __repr__(self) -> str:
        """Show what matters when a test fails."""
        return f"Duty({self.rule}, {self.status}, due_at={utc_text(self.due_at)})"

    @property
    def because(self) -> str:
        """Why the duty holds and when its limit ends, or why the rule does not apply."""
        return self.says(self)

    @property
    def rule(self) -> str:
        """Id of the rule."""
        return self.source.rule.id

    @property
    def jurisdiction(self) -> str:
        """Place of the law, such as EU or US-NY."""
        return self.source.rule.place

    @property
    def law(self) -> str:
        """Id of the instrument."""
        return self.source.rule.law

    @property
    def stage(self) -> str:
        """Stage of the report, or `individuals`."""
        return self.source.rule.stage

    @property
    def tells(self) -> tuple[str, ...]:
        """Kinds of recipient."""
        return self.source.rule.tells

    @property
    def recipient(self) -> str:
        """English name of the recipient."""
        return self.source.rule.recipient.en

    @property
    def recipient_local(self) -> str | None:
        """The recipient's name in its own language."""
        return self.source.rule.recipient.local

    @property
    def standing(self) -> str:
        """Whether the rule is law, guidance, a draft, a recommendation."""
        return self.source.rule.status

    @property
    def clock(self) -> str:
        """The moment that starts the clock."""
        return self.reading.clock

    @property
    def starts_at(self) -> datetime | None:
        """When the clock started."""
        return self.reading.starts_at

    @property
    def due_at(self) -> datetime | None:
        """When the limit ends; None without a number or before the clock has started."""
        return self.reading.due_at

    @property
    def is_overdue(self) -> bool:
        """Whether the limit ended before the moment of asking and nothing was filed."""
        due = self.reading.due_at
        return self.status == "due" and due is not None and due < self.context.at

    @property
    def zone(self) -> str:
        """The recipient's time zone."""
        return where_of(self.source.rule, self.context).zone

    @property
    def due_local(self) -> str | None:
        """The end of the limit where the recipient is; the end of a day as 24:00."""
        if self.reading.due_at is None:
            return None
        days = self.source.rule.deadline.unit in _WHOLE_DAYS
        return shown(self.reading.due_at, self.zone, whole_days=days)

    @property
    def due_organisation(self) -> str | None:
        """The same moment at the organisation's main establishment; None while that is not known."""
        due = self.reading.due_at
        here = None if due is None else zone_here(self.context)
        return None if due is None or here is None else shown(due, here)

    @property
    def recurring(self) -> bool:
        """Whether it comes back until handling has ended."""
        return self.source.rule.deadline.every

    @property
    def citation(self) -> str:
        """The law and its article."""
        return self.source.citation

    @property
    def facts(self) -> tuple[str, ...]:
        """Paths of the facts the answer rests on."""
        return self.outcome.facts

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What would settle the answer or start the clock."""
        return self.outcome.unknowns

    @property
    def verified(self) -> bool:
        """Whether somebody read the rule in its source."""
        return self.source.rule.verified

    @property
    def rule_hash(self) -> str:
        """SHA-256 (hex) of the rule's version."""
        return self.source.rule.content_hash

    def to_json(self) -> dict[str, Any]:
        """Return the duty as the contract's JSON object."""
        rule, reading = self.source.rule, self.reading
        return {
            "rule": rule.id,
            "jurisdiction": rule.place,
            "law": rule.law,
            "stage": rule.stage,
            "tells": list(rule.tells),
            "recipient": rule.recipient.en,
            "recipient_local": rule.recipient.local,
            "status": self.status,
            "standing": rule.status,
            "clock": reading.clock,
            "starts_at": utc_text(reading.starts_at),
            "due_at": utc_text(reading.due_at),
            "due_local": self.due_local,
            "due_organisation": self.due_organisation,
            "zone": self.zone,
            "is_overdue": self.is_overdue,
            "recurring": rule.deadline.every,
            "because": self.because,
            "citation": self.source.citation,
            "facts": list(self.outcome.facts),
            "unknowns": [unknown.to_json() for unknown in self.outcome.unknowns],
            "verified": rule.verified,
            "rule_hash": rule.content_hash,
        }


def utc_text(moment: datetime | None) -> str | None:
    """Write a moment in UTC with Z, None as None."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
