"""Sections about containment and decisions."""

from collections.abc import Mapping
from typing import Any

from reports.document import Block, Cell, Column, Paragraph, Section, Tone
from reports.telling import Telling
from reports.view_doings import Act, AnswerView, DecisionView
from reports.words import Words

UNDO_TONES: Mapping[str, Tone] = {
    "possible": "good",
    "undone": "muted",
    "kept": "muted",
    "unknown_before": "bad",
    "not_executed": "muted",
}
MOST_CALLS = 3


def containment_section(telling: Telling) -> Section:
    """Tell what was done to systems, whether it was verified, and whether it can be undone."""
    words, acts = telling.words, telling.report.acts
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("document.empty"), tone="muted")),)
    if acts:
        columns = (
            Column(words.say("act.what"), 36),
            Column(words.say("act.state"), 13),
            Column(words.say("act.executed"), 14),
            Column(words.say("act.verified"), 14),
            Column(words.say("act.undo"), 23),
        )
        rows = (_act_row(telling, act) for act in acts)
        blocks = (telling.table(words.say("section.containment"), columns, rows),)
    return Section("containment", words.say("section.containment"), words.say("lead.containment"), blocks)


def _act_row(telling: Telling, act: Act) -> tuple[Cell, ...]:
    words = telling.words
    undo_notes = [words.text(act.plan.get("undo"))] if act.plan.get("undo") else []
    if act.reverted_at:
        undo_notes.append(telling.when(act.reverted_at))
    if act.accepted_by:
        undo_notes.append(
            words.say("duty.decided", who=telling.who(act.accepted_by), reason=act.reason or "")
        )
    if act.expires_at:
        undo_notes.append(words.say("act.until", when=telling.when(act.expires_at)))
    return (
        Cell(
            words.word("capability", act.capability),
            notes=(f"{act.connector}{words.say('colon')}{act.target}", *plan_lines(words, act.plan)),
        ),
        telling.state("act", act.status, act.seqs),
        _moment_or_not_yet(telling, act.executed_at),
        _moment_or_not_yet(telling, act.verified_at),
        Cell(words.word("undo", act.undo), UNDO_TONES.get(act.undo, ""), tuple(undo_notes)),
    )


def _moment_or_not_yet(telling: Telling, at: Any) -> Cell:
    if at is None:
        return Cell(telling.words.say("not_yet"), tone="muted")
    return Cell(telling.when(at, seconds=True))


def plan_lines(words: Words, plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Show a plan's effect and its first calls; the rest stays in the record."""
    calls = [words.say("act.call", text=call) for call in (plan.get("calls") or ())[:MOST_CALLS]]
    effect = words.text(plan.get("effect"))
    return (words.say("act.effect", text=effect), *calls) if effect else tuple(calls)


def decisions_section(telling: Telling) -> Section:
    """Tell every question the plan put to people and who answered it."""
    words, decisions = telling.words, telling.report.decisions
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("decision.none"), tone="muted")),)
    if decisions:
        columns = (
            Column(words.say("decision.question"), 34),
            Column(words.say("decision.state"), 14),
            Column(words.say("decision.who"), 31),
            Column(words.say("decision.when"), 21),
        )
        rows = (_decision_row(telling, each) for each in decisions)
        blocks = (telling.table(words.say("section.decisions"), columns, rows),)
    return Section("decisions", words.say("section.decisions"), words.say("lead.decisions"), blocks)


def _decision_row(telling: Telling, decision: DecisionView) -> tuple[Cell, ...]:
    words = telling.words
    given = [_answer_said(telling, answer) for answer in decision.answers]
    if given:
        who = Cell(given[0], notes=tuple(given[1:]))
    elif decision.status == "open":
        roles = words.listed(words.word("role", role) for role in decision.roles)
        who = Cell(words.say("decision.waits_for", roles=roles), tone="muted")
    else:
        who = Cell(words.say("decision.by_timeout"), tone="warn")
    count = words.say("decision.needed", given=len(given), needed=decision.needed)
    return (
        Cell(words.text(decision.question) or decision.step, notes=(decision.step,)),
        telling.state("decision", decision.status, decision.seqs),
        Cell(who.text, who.tone, (*who.notes, count) if decision.needed > 1 else who.notes),
        Cell(
            telling.when(decision.decided_at) if decision.decided_at else words.say("not_yet"),
            tone="" if decision.decided_at else "muted",
        ),
    )


def _answer_said(telling: Telling, answer: AnswerView) -> str:
    words = telling.words
    role = words.word("role", answer.role)
    line = (
        f"{telling.who(answer.staff_id)} ({role}){words.say('colon')}{words.word('verdict', answer.verdict)}"
    )
    if answer.reason:
        line += f" · {words.say('decision.reason', reason=answer.reason)}"
    return line
