"""The section about exercises that others led: told as recorded, with its evidence, never as measured."""

from collections.abc import Iterator

from reports.document import Block, Cell, Fact, FactList, Heading, Paragraph
from reports.outside_held import Finding, OutsideView
from reports.tables import Head, table_of
from reports.telling import STATE_TONES
from reports.words import Words

FINDINGS = (
    Head("proof.finding", 46),
    Head("action.owner", 18),
    Head("action.due", 16),
    Head("action.state", 20),
)


def outside_blocks(words: Words, held: tuple[OutsideView, ...]) -> Iterator[Block]:
    """Tell each exercise held outside, what was found and what became of it."""
    for each in held:
        yield Heading(f"{each.id} · {each.title}")
        yield FactList(tuple(_facts(words, each)))
        if each.findings:
            yield table_of(words, "proof.findings", FINDINGS, (_finding(words, one) for one in each.findings))
        else:
            yield Paragraph(Cell(words.say("proof.no_findings"), tone="muted"))


def _facts(words: Words, each: OutsideView) -> Iterator[Fact]:
    seats = words.listed(
        f"{words.word('role', role)} {words.listed(people)}" for role, people in each.participants.items()
    )
    recorded = words.say("proof.recorded", by=each.recorded_by, at=words.moment(each.recorded_at))
    size = words.say("proof.bytes", count=words.number(each.size))
    yield Fact(words.say("proof.kind"), Cell(words.say(f"proof.kinds.{each.kind}"), notes=(recorded,)))
    yield Fact(words.say("proof.led_by"), Cell(each.led_by))
    yield Fact(
        words.say("document.playbook"),
        Cell(words.text(each.plan_name) or each.plan or words.say("proof.no_plan")),
    )
    yield Fact(words.say("proof.began"), Cell(words.moment(each.began_at)))
    yield Fact(words.say("proof.ended"), Cell(words.moment(each.ended_at)))
    yield Fact(words.say("exercise.participants"), Cell(seats))
    yield Fact(words.say("proof.evidence"), Cell(each.sha256, mono=True, notes=(size,)))


def _finding(words: Words, one: Finding) -> tuple[Cell, ...]:
    state = words.word("status.action", one.status)
    return (
        Cell(one.what, notes=(one.action,)),
        Cell(one.owner),
        Cell(words.day(one.due_on)),
        Cell(state, STATE_TONES.get(one.status, "muted"), badge=True),
    )
