"""Each entry of the ledger has its place in a report's timeline, or a reason for having none."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from models.vocabulary import DecisionStatus, Phase
from reports.entry_labels import entry_labels
from reports.entry_moments import of_ledger
from reports.ledger_index import LedgerIndex, Told
from reports.sections.timeline import said
from reports.telling import Telling
from reports.view import IncidentReport
from reports.words import words_of

ROOT = Path(__file__).parents[2]
TAG = re.compile(r"[a-z_]+:[a-z_]+")
# Written as f-strings: a duty's change, and a question's end.
CHANGES = ("opened", "clock_moved", "started", "fallen_away", "reopened", "law_changed")
BUILT = {f"obligation:{change}" for change in CHANGES} | {
    f"decision:{status}" for status in DecisionStatus if status != DecisionStatus.OPEN
}
LABELS = entry_labels()


@cache
def written() -> set[str]:
    """Find every tag that the code may write."""
    trees = (
        ast.parse(path.read_text())
        for name in ("models", "notifications", "reports", "response", "flows", "console")
        for path in (ROOT / name).rglob("*.py")
    )
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and TAG.fullmatch(text)} | BUILT


def test_every_tag_that_is_written_has_its_place() -> None:
    assert written() - set(LABELS) == set(), "give them a line in reports/labels/entries.yaml"
    assert set(LABELS) - written() == set(), "nothing writes these any more"


@pytest.mark.parametrize("tag", LABELS)
def test_label_is_words_in_both_languages_or_the_reason_for_none(tag: str) -> None:
    label = LABELS[tag]
    assert sum((bool(label.words), bool(label.told_by), bool(label.left_out))) == 1
    assert set(label.words) in ({"en", "zh"}, set())
    assert label.phase is None or label.phase in tuple(Phase)
    assert label.told_by is None or label.told_by in {
        "acts", "cause", "decisions", "duties", "facts", "filings", "incident", "steps",
    }  # fmt: skip


def entry(seq: int, day: int, tag: str, actor: str = "legal-1", **body: str) -> tuple[Told, bool]:
    return Told(seq, f"2026-03-{day:02}T10:00:00Z", tag, actor, "legal", 1, body), True


def test_custody_holds_and_changes_of_the_plan_are_told_each_and_enquiries_by_the_day(
    report: IncidentReport,
) -> None:
    index = LedgerIndex(
        [
            entry(1, 2, "enquiry:received"),
            entry(2, 2, "evidence:transferred"),
            entry(3, 2, "enquiry:received"),
            entry(4, 2, "hold:placed"),
            entry(5, 3, "enquiry:received"),
            entry(6, 3, "playbook:adopted"),
            entry(7, 3, "step:skipped", step="tell_press"),
            entry(8, 3, "step:done", step="tell_press"),
        ]
    )
    names = {"tell_press": {"en": "Tell the press", "zh": "告知媒体"}}
    moments = sorted(of_ledger(index, names), key=lambda moment: moment.seqs)
    telling = {language: Telling(report, words_of(language)) for language in ("en", "zh")}
    assert [(moment.seqs, said(telling["en"], moment)) for moment in moments] == [
        ((1, 3), "Enquiries and complaints received that day: 2"),
        ((2,), "Evidence handed on by legal-1"),
        ((4,), "Legal hold placed by legal-1"),
        ((5,), "Enquiries and complaints received that day: 1"),
        ((6,), "Another plan adopted by legal-1"),
        ((7,), "Skipped by legal-1: Tell the press"),
    ]
    assert said(telling["zh"], moments[-1]) == "legal-1 跳过：告知媒体"
