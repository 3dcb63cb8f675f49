"""What every section needs to put a report into words: the report, the words, and how people are shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.errors import TocsinError
from reports.document import Cell, Column, Table, Tone
from reports.tables import MOST_ROWS, cut_table
from reports.view import IncidentReport
from reports.view_terms import Seqs
from reports.words import Words, ranges

DUTY_TONES: dict[str, Tone] = {"met": "good", "late": "bad", "overdue": "bad", "open": "warn"}
STATE_TONES: dict[str, Tone] = {
    "verified": "good",
    "submitted": "good",
    "acknowledged": "good",
    "approved": "good",
    "answered": "good",
    "done": "good",
    "failed": "bad",
    "refused": "bad",
    "timed_out": "bad",
    "overdue": "bad",
    "draft": "warn",
    "open": "warn",
    "planned": "warn",
    "executing": "warn",
    "executed": "warn",
}
LEVEL_TONES: dict[str, Tone] = {
    "low": "good",
    "medium": "warn",
    "high": "bad",
    "very_high": "bad",
    "none": "good",
    "risk": "warn",
    "high_risk": "bad",
    "undecided": "warn",
}


class ReportError(TocsinError):
    """A report can't be made as asked."""


@dataclass(frozen=True)
class Telling:
    """One report being told in one language."""

    report: IncidentReport
    words: Words

    def when(self, at: datetime | None, *, seconds: bool = False) -> str:
        """Write a moment in the organisation's zone, or UTC where that is not known."""
        return self.words.moment(at, self.report.zone, seconds=seconds)

    def who(self, handle: str | None) -> str:
        """Show a person by handle, with the name where names may be shown."""
        if not handle:
            return self.words.say("unknown")
        if handle == "tocsin":
            return self.words.say("role.tocsin")
        name = self.report.names.get(handle)
        return f"{name} ({handle})" if name else handle

    def people(self, handles: Iterable[str]) -> str:
        """Show several people or roles."""
        return self.words.listed(self.words.labels.get(f"role.{each}") or self.who(each) for each in handles)

    def state(self, group: str, status: str, seqs: Seqs = ()) -> Cell:
        """Show a status as a badge."""
        word = self.words.word(f"status.{group}", status)
        return Cell(word, tone=STATE_TONES.get(status, "muted"), refs=ranges(seqs), badge=True)

    def table(
        self,
        caption: str,
        columns: tuple[Column, ...],
        rows: Iterable[tuple[Cell, ...]],
        most: int = MOST_ROWS,
    ) -> Table:
        """Lay out rows, cutting a long table with a note of how many there are."""
        return cut_table(self.words, caption, columns, rows, most)
