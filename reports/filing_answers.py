"""How one answer of a report to an authority reads: in words, in the authority's time, with its people."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.count import Count
from reports.document import Cell
from reports.filing import FilingReport
from reports.words import Words

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})")
NUMBERED = re.compile(r"(?:field_)?(\d+(?:\.\d+)*)")


def number_of(field_id: str, place: int) -> str:
    """Give the number a field has on the authority's form, else its place among the fields."""
    found = NUMBERED.fullmatch(field_id)
    return found[1] if found else str(place)


def answer_cell(report: FilingReport, words: Words, row: Mapping[str, Any]) -> Cell:
    """Show an answer, or that it is missing and what the file that goes out says meanwhile."""
    if row["value"] is not None:
        return Cell(said(report, words, row.get("words") or row["value"]))
    if not row["required"]:
        later = bool(row.get("stages"))
        return Cell(words.say("paper.other_stage" if later else "paper.left_open"), tone="muted")
    meanwhile = row.get("stand_in_words") or row.get("stand_in")
    note = words.say("paper.meanwhile", text=said(report, words, meanwhile)) if meanwhile is not None else ""
    return Cell(words.say("paper.not_answered"), tone="warn", notes=(note,) if note else ())


def said(report: FilingReport, words: Words, value: Any) -> str:
    """Put any value of a form into words."""
    if isinstance(value, bool):
        return words.yes_no(value)
    if isinstance(value, int | float):
        return words.number(value)
    if isinstance(value, list):
        return words.listed(said(report, words, each) for each in value)
    if isinstance(value, Mapping):
        known = not {"en", "zh"} & set(value)
        return words.count(Count.model_validate(value)) if known else _text(report, words, words.text(value))
    return _text(report, words, str(value))


def _text(report: FilingReport, words: Words, text: str) -> str:
    def moment(match: re.Match[str]) -> str:
        return words.moment(datetime.fromisoformat(match[0]), report.zone)

    return str(report.opened(MOMENT.sub(moment, text)))
