"""The proof of drills laid out for a supervisor in one language."""

from collections.abc import Iterator
from statistics import mean

from reports.document import (
    Block,
    Cell,
    Document,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Section,
    Tile,
    Tone,
    Verbatim,
)
from reports.exercise_words import gap_row, gap_table, presence_said, share_said, trend_picture
from reports.incident_document import FRAME
from reports.proof import DrillProof, HeldDrill, HeldTabletop
from reports.sections.exercise import points_tone
from reports.sections.exercise_duties import exercise_duties_section
from reports.sections.outside_exercises import outside_blocks
from reports.tables import Head, table_of
from reports.words import Words, words_of

UNFINISHED = (
    Head("exercise.drill", 30),
    Head("exercise.scenario", 30),
    Head("proof.began", 25),
    Head("proof.state", 15),
)
ENTRIES = (
    Head("proof.entry", 12, number=True),
    Head("proof.when", 28),
    Head("proof.tag", 30),
    Head("exercise.drill", 30),
)


def proof_document(proof: DrillProof, language: str) -> Document:
    """Put a proof of drills into a language.

    Raises:
        NotFoundError: there are no words in that language.
    """
    words = words_of(language)
    start, end = words.day(proof.start.date()), words.day(proof.end.date())
    return Document(
        language=words.language,
        kind=words.say("proof.document"),
        title=words.say("proof.title", start=start, end=end),
        subtitle=proof.organisation or "",
        number=words.say("portfolio.number", start=start, end=end),
        mark="",
        mark_note="",
        facts=(
            Fact(words.say("portfolio.from"), Cell(words.moment(proof.start))),
            Fact(words.say("portfolio.to"), Cell(words.moment(proof.end))),
            Fact(words.say("document.as_of"), Cell(words.moment(proof.at))),
        ),
        tiles=_tiles(words, proof),
        sections=(
            exercise_duties_section(words, proof.duties),
            _section(words, "proof_drills", _drills(words, proof)),
            _section(words, "proof_tabletops", _tabletops(words, proof)),
            _section(words, "proof_outside", outside_blocks(words, proof.outside)),
            _section(words, "proof_unfinished", _unfinished(words, proof)),
            _section(words, "proof_record", _record(words, proof)),
        ),
        notes=(words.say("document.times_in_utc"), words.say("document.refs_note")),
        at=proof.at,
        labels={name: words.say(f"document.{name}") for name in FRAME},
    )


def _section(words: Words, name: str, blocks: Iterator[Block]) -> Section:
    given = tuple(blocks) or (Paragraph(Cell(words.say("portfolio.none"), tone="muted")),)
    return Section(name.replace("_", "-"), words.say(f"section.{name}"), words.say(f"lead.{name}"), given)


def _tiles(words: Words, proof: DrillProof) -> tuple[Tile, ...]:
    gaps = [gap for drill in proof.drills for gap in drill.exercise.gaps]
    waiting = sum(gap.status in {"open", "overdue"} for gap in gaps)
    met = sum(each.state in {"met", "due_soon"} for each in proof.duties)
    waiting += sum(one.status in {"open", "overdue"} for each in proof.outside for one in each.findings)
    found = len(gaps) + sum(len(each.findings) for each in proof.outside)
    points = [drill.exercise.points for drill in proof.drills]
    people = {who for table in proof.tabletops for who in table.participants.values()}
    tone: Tone = "good" if met == len(proof.duties) else "bad"
    kept = words.say("exercise.of", good=words.number(met), total=words.number(len(proof.duties)))
    middle = words.number(round(mean(points))) if points else words.say("unknown")
    return (
        Tile(words.say("proof.duties_met"), kept, words.say("proof.today"), tone),
        Tile(words.say("portfolio.drills"), words.number(len(proof.drills)), words.say("portfolio.held")),
        Tile(
            words.say("proof.tabletops"),
            words.number(len(proof.tabletops)),
            words.say("proof.and_outside", count=words.number(len(proof.outside))),
        ),
        Tile(words.say("proof.points"), middle, words.say("proof.of_hundred")),
        Tile(
            words.say("exercise.gaps"),
            words.number(found),
            words.say("proof.gaps_open", count=words.number(waiting)),
            "warn" if waiting else "good",
        ),
        Tile(words.say("proof.people"), words.number(len(people)), words.say("proof.at_tables")),
    )


def _drills(words: Words, proof: DrillProof) -> Iterator[Block]:
    for drill in proof.drills:
        yield Heading(
            f"{drill.exercise.id} · {words.text(drill.exercise.scenario_name) or drill.exercise.scenario}"
        )
        yield FactList(tuple(_drill_facts(words, drill)))
        said = presence_said(words, drill.exercise, words.listed(drill.exercise.people))
        yield Paragraph(Cell(said, tone="muted"))
        gaps = [gap_row(words, gap, gap.owner or "") for gap in drill.exercise.gaps]
        yield gap_table(words, gaps)
        if len(drill.exercise.trend) > 1:
            yield trend_picture(words, drill.exercise)


def _drill_facts(words: Words, drill: HeldDrill) -> Iterator[Fact]:
    told = drill.exercise
    roles = words.listed(f"{words.word('role', role)} {len(who)}" for role, who in told.participants.items())
    points = Cell(words.say("exercise.points", count=told.points), points_tone(told.points), badge=True)
    yield Fact(words.say("proof.began"), Cell(words.moment(told.started_at)))
    yield Fact(words.say("exercise.score"), points)
    yield Fact(
        words.say("document.playbook"),
        Cell(words.text(drill.plan_name) or drill.plan, notes=(drill.plan_hash[:16],)),
    )
    yield Fact(words.say("exercise.lasted"), Cell(words.span(told.days * 86_400)))
    yield Fact(words.say("exercise.clocks"), Cell(share_said(words, told.clocks)))
    yield Fact(words.say("exercise.decisions"), Cell(share_said(words, told.decisions)))
    yield Fact(words.say("exercise.expectations"), Cell(share_said(words, told.expected)))
    yield Fact(words.say("exercise.outside"), Cell(words.number(told.refused_connections)))
    yield Fact(words.say("proof.roles"), Cell(roles))
    reports = tuple(f"{name}: {digest[:16]}…" for name, digest in drill.reports.items())
    yield Fact(words.say("proof.reports"), Cell(words.number(len(reports)), notes=reports))


def _tabletops(words: Words, proof: DrillProof) -> Iterator[Block]:
    for table in proof.tabletops:
        yield Heading(f"{table.id} · {words.text(table.scenario_name) or table.scenario}")
        yield FactList(tuple(_table_facts(words, table)))


def _table_facts(words: Words, table: HeldTabletop) -> Iterator[Fact]:
    seats = words.listed(f"{words.word('role', role)} {who}" for role, who in table.participants.items())
    met = words.say("exercise.of", good=words.number(table.met), total=words.number(table.expected))
    yield Fact(words.say("proof.began"), Cell(words.moment(table.started_at)))
    yield Fact(words.say("proof.ended"), Cell(words.moment(table.ended_at)))
    yield Fact(words.say("proof.facilitator"), Cell(table.facilitator))
    yield Fact(
        words.say("exercise.expectations"), Cell(met, "good" if table.met == table.expected else "warn")
    )
    yield Fact(words.say("proof.decided"), Cell(words.number(table.decisions)))
    yield Fact(words.say("proof.middle"), Cell(words.span(table.median_seconds)))
    yield Fact(words.say("exercise.participants"), Cell(seats))
    yield Fact(words.say("proof.undecided"), Cell(words.listed(table.undecided) or words.say("none")))


def _unfinished(words: Words, proof: DrillProof) -> Iterator[Block]:
    if proof.unfinished:
        rows = (
            (
                Cell(each.id),
                Cell(each.scenario),
                Cell(words.moment(each.started_at)),
                Cell(words.say(f"proof.ends.{each.status}"), "warn", badge=True),
            )
            for each in proof.unfinished
        )
        yield table_of(words, "section.proof_unfinished", UNFINISHED, rows)


def _record(words: Words, proof: DrillProof) -> Iterator[Block]:
    yield FactList(
        (
            Fact(words.say("record.size"), Cell(words.number(proof.ledger_size))),
            Fact(words.say("record.root"), Cell(proof.root or words.say("unknown"), mono=True)),
        )
    )
    if proof.entries:
        rows = (
            (Cell(str(each.seq)), Cell(words.moment(each.at)), Cell(each.tag, mono=True), Cell(each.about))
            for each in proof.entries
        )
        yield table_of(words, "proof.entries", ENTRIES, rows)
    if proof.note:
        yield Heading(words.say("record.checkpoint"))
        yield Paragraph(Cell(words.say("proof.verify"), tone="muted"))
        yield Verbatim(proof.note.rstrip("\n"))
