"""Where the organisation stands with each duty to exercise the plan; the portfolio and the proof of drills share it."""

from collections.abc import Sequence

from regulations.exercises import Standing
from reports.document import Block, Cell, Paragraph, Section, Tone
from reports.tables import Head, table_of
from reports.words import Words

HEADS = (Head("proof.duty", 34), Head("proof.basis", 26), Head("proof.last", 22), Head("proof.state", 18))
STATE_TONES: dict[str, Tone] = {"met": "good", "due_soon": "warn", "overdue": "bad", "no_proof": "bad"}


def exercise_duties_section(words: Words, standings: Sequence[Standing]) -> Section:
    """Tell each duty, its basis, what proved it last, and until when that holds."""
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("proof.no_duties"), tone="muted")),)
    if standings:
        blocks = (
            table_of(words, "section.exercise_duties", HEADS, (_row(words, each) for each in standings)),
        )
    return Section(
        "exercise-duties", words.say("section.exercise_duties"), words.say("lead.exercise_duties"), blocks
    )


def _row(words: Words, each: Standing) -> tuple[Cell, ...]:
    duty, last = each.duty, each.last
    every = words.say("proof.every", months=duty.months)
    set_by = words.say(f"proof.set_by.{duty.set_by}")
    limits = (words.text(duty.limits),) if duty.limits else ()
    read = words.say(f"proof.how.{duty.how}")
    counts = words.listed(words.say(f"proof.kinds.{kind}") for kind in duty.counts)
    due = (words.say("proof.until", day=words.day(each.due_at.date())),) if each.due_at else ()
    return (
        Cell(words.text(duty.name), notes=(f"{every} ({set_by})", *limits)),
        Cell(duty.citation, tone="" if duty.verified else "warn", notes=(read,)),
        Cell(last.id, notes=(words.moment(last.at), words.say(f"proof.kinds.{last.kind}")))
        if last
        else Cell(words.say("proof.none"), tone="muted", notes=(words.say("proof.counts", kinds=counts),)),
        Cell(words.say(f"proof.states.{each.state}"), STATE_TONES[each.state], due, badge=True),
    )
