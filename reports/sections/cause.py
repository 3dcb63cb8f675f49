"""Sections about the root cause, what is done about it, and who answered for what."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.vocabulary import Language
from reports.charts.cause import CauseBox, cause_chart
from reports.document import (
    Block,
    Cell,
    Column,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Picture,
    Section,
)
from reports.sections.cause_gaps import gap_blocks
from reports.telling import Telling
from reports.view_doings import Answering, Cause, Corrective
from reports.words import Words, ranges

TEXT_KEYS = ("text", "summary", "title", "name", "factor", "description")


def cause_section(telling: Telling) -> Section:
    """Tell why it happened."""
    words, cause = telling.words, telling.report.cause
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("cause.none"), tone="muted")),)
    if cause is not None:
        blocks = tuple(_cause_blocks(telling, cause))
    return Section("cause", words.say("section.cause"), words.say("lead.cause"), blocks)


def _cause_blocks(telling: Telling, cause: Cause) -> Iterator[Block]:
    words, refs = telling.words, ranges(cause.seqs)
    signed = words.say(
        "cause.signed_by", who=telling.who(cause.signed_by), when=telling.when(cause.signed_at)
    )
    yield Paragraph(Cell(words.text(cause.summary), refs=refs))
    yield FactList(
        (
            Fact(words.say("cause.control"), Cell(words.text(cause.failed_control), tone="bad")),
            Fact(words.say("cause.signed"), Cell(signed, refs=refs)),
            Fact(words.say("cause.reviewed"), _reviewed(telling, cause)),
            *(
                Fact(f"VERIS · {words.word('veris', name)}", Cell(said))
                for name, said in _veris(words, cause)
            ),
        )
    )
    yield _tree(telling, cause)
    yield from gap_blocks(telling)


def _reviewed(telling: Telling, cause: Cause) -> Cell:
    words = telling.words
    if cause.reviewed_by is None:
        return Cell(words.say("cause.not_reviewed"), tone="muted")
    who, when = telling.who(cause.reviewed_by), telling.when(cause.reviewed_at)
    return Cell(words.say("cause.signed_by", who=who, when=when), refs=ranges(cause.seqs))


def _veris(words: Words, cause: Cause) -> Iterator[tuple[str, str]]:
    for name in ("action", "actor", "asset", "attribute"):
        value = cause.veris.get(name)
        if value:
            yield name, words.listed(_leaves(value))


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    """Flatten VERIS enumerations: `error.variety: Misconfiguration`."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield f"{path}: {value}" if path else str(value)


def factor_text(words: Words, factor: Mapping[str, Any]) -> str:
    """Find a factor's sentence: kept by language itself, or under a key that holds it."""
    if any(language in factor for language in Language):
        return words.text(factor)
    return next((words.text(factor[key]) for key in TEXT_KEYS if factor.get(key)), "")


def _tree(telling: Telling, cause: Cause) -> Block:
    words = telling.words
    chain = [CauseBox(words.say("chart.incident"), telling.report.title)]
    chain += [CauseBox(words.say("chart.why", n=n), words.text(why)) for n, why in enumerate(cause.whys, 1)]
    chain.append(CauseBox(words.say("chart.control"), words.text(cause.failed_control), "bad"))
    factors = []
    for factor in cause.factors:
        kind = factor.get("kind") or factor.get("category")
        factors.append(
            CauseBox(words.word("factor", str(kind)) if kind else "", factor_text(words, factor), "warn")
        )
    chart = cause_chart(words.say("chart.cause_alt"), chain, factors, words.say("chart.factors"))
    return Picture(chart, words.say("chart.cause"), words.say("chart.cause_caption"))


def actions_section(telling: Telling) -> Section:
    """Tell what changes, who owns it, by when."""
    words, actions = telling.words, telling.report.actions
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("action.none"), tone="muted")),)
    if actions:
        columns = (
            Column(words.say("action.title"), 40),
            Column(words.say("action.kind"), 13),
            Column(words.say("action.owner"), 15),
            Column(words.say("action.due"), 12),
            Column(words.say("action.state"), 20),
        )
        rows = (_action_row(telling, each) for each in actions)
        blocks = (telling.table(words.say("section.actions"), columns, rows),)
    return Section("actions", words.say("section.actions"), words.say("lead.actions"), blocks)


def _action_row(telling: Telling, action: Corrective) -> tuple[Cell, ...]:
    words = telling.words
    return (
        Cell(action.title, notes=(action.id,)),
        Cell(words.word("action.kinds", action.kind)),
        Cell(telling.who(action.owner)),
        Cell(words.day(action.due_on)),
        action_state(telling, action),
    )


def action_state(telling: Telling, action: Corrective) -> Cell:
    """Say how far an action is, with its proof, who did it and who found it effective."""
    state = telling.state("action", "overdue" if action.overdue else action.status, action.seqs)
    return Cell(state.text, state.tone, tuple(_steps(telling, action)), state.refs, badge=True)


def _steps(telling: Telling, action: Corrective) -> Iterator[str]:
    """Say where the proof lies, who did it, and who found it effective."""
    words = telling.words
    if action.evidence:
        yield f"{words.say('action.evidence')}{words.say('colon')}{action.evidence}"
    for key, who, at in (
        ("action.done_by", action.done_by, action.done_at),
        ("action.verified_by", action.verified_by, action.verified_at),
    ):
        if who:
            yield words.say(key, who=telling.who(who), when=telling.when(at))


def accountability_section(telling: Telling) -> Section:
    """Tell whom the plan named for each step and who really acted."""
    words = telling.words
    return Section(
        "accountability",
        words.say("section.accountability"),
        words.say("lead.accountability"),
        tuple(_accountability_blocks(telling)),
    )


def _accountability_blocks(telling: Telling) -> Iterator[Block]:
    words, rows = telling.words, telling.report.answering
    if rows:
        columns = (
            Column(words.say("raci.step"), 26),
            Column(words.say("raci.responsible"), 15),
            Column(words.say("raci.accountable"), 15),
            Column(words.say("raci.consulted"), 14),
            Column(words.say("raci.informed"), 14),
            Column(words.say("raci.acted"), 20),
        )
        yield telling.table(
            words.say("section.accountability"), columns, (_answering_row(telling, each) for each in rows)
        )
    else:
        yield Paragraph(Cell(words.say("raci.none"), tone="muted"))
    yield Heading(words.say("conduct.heading"))
    counted = words.listed(
        words.say(
            "notice.part",
            count=words.number(count),
            name=words.word("conduct", "none_word" if consequence == "none" else consequence),
        )
        for consequence, count in telling.report.conduct
    )
    refs = ranges(telling.report.conduct_seqs)
    yield Paragraph(Cell(counted or words.say("conduct.none"), notes=(words.say("conduct.note"),), refs=refs))


def _answering_row(telling: Telling, each: Answering) -> tuple[Cell, ...]:
    words = telling.words
    acted = telling.people(each.acted) or words.say("raci.nobody")
    finished = (telling.when(each.finished_at),) if each.finished_at else ()
    return (
        Cell(words.text(each.name) or each.step, notes=(words.word("phase", each.phase),)),
        Cell(telling.people(each.responsible)),
        Cell(telling.people([each.accountable] if each.accountable else [])),
        Cell(telling.people(each.consulted), tone="muted"),
        Cell(telling.people(each.informed), tone="muted"),
        Cell(acted, notes=finished, tone="" if each.acted else "muted", refs=ranges(each.seqs)),
    )
