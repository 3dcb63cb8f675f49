"""The figures that supervisors ask for, as counts with what they rest on."""

from collections.abc import Iterator

from reports.document import Block, Cell, Column, Fact, FactList, Heading, Section, Table
from reports.supervisor_figures import SupervisorFigures
from reports.words import Words, ranges


def supervisors_section(words: Words, found: SupervisorFigures) -> Section:
    """Tell how many breaches were reported, communicated or documented only, of what nature, about how many people."""
    return Section(
        "supervisors",
        words.say("section.supervisors"),
        words.say("lead.supervisors"),
        tuple(_blocks(words, found)),
    )


def _blocks(words: Words, found: SupervisorFigures) -> Iterator[Block]:
    yield FactList(tuple(_counts(words, found)))
    if not found.incidents:
        return
    yield Heading(words.say("supervisors.affected"))
    yield _affected(words, found)
    if found.stages:
        yield Heading(words.say("supervisors.stages"))
        yield _stages(words, found)


def _counts(words: Words, found: SupervisorFigures) -> Iterator[Fact]:
    refs = ranges(found.seqs)
    yield Fact(words.say("supervisors.incidents"), Cell(words.number(found.incidents), refs=refs))
    for name in ("reported", "communicated", "documented_only"):
        yield Fact(words.say(f"supervisors.{name}"), Cell(words.number(getattr(found, name))))
    people = words.say("count.at_least", least=words.number(found.least_people))
    exact = words.number(found.least_people) if not found.people_uncertain else people
    uncertain = words.say("supervisors.uncertain", count=words.number(found.people_uncertain))
    notes = (uncertain,) if found.people_uncertain else ()
    yield Fact(words.say("supervisors.people"), Cell(exact, notes=notes))
    parts = (
        words.say("notice.part", count=words.number(count), name=_vector(words, vector))
        for vector, count in found.vectors
    )
    yield Fact(words.say("supervisors.vectors"), Cell(words.listed(parts) or words.say("none")))


def _vector(words: Words, vector: str) -> str:
    return words.say("unknown") if vector == "unknown" else words.word("vector", vector)


def _affected(words: Words, found: SupervisorFigures) -> Table:
    columns = (
        Column(words.say("supervisors.property"), 52),
        *(
            Column(words.say(label), 16, number=True)
            for label in ("supervisors.yes", "supervisors.no", "supervisors.unknown")
        ),
    )
    rows = tuple(
        (Cell(words.word("nature", name)), *(Cell(words.number(count)) for count in counts.values()))
        for name, counts in found.affected.items()
    )
    return Table(words.say("supervisors.affected"), columns, rows)


def _stages(words: Words, found: SupervisorFigures) -> Table:
    columns = (
        Column(words.say("supervisors.stage"), 40),
        Column(words.say("portfolio.due_count"), 20, number=True),
        Column(words.say("portfolio.time_count"), 20, number=True),
        Column(words.say("portfolio.share"), 20, number=True),
    )
    rows = tuple(
        (
            Cell(words.word("stage", stage)),
            Cell(words.number(due)),
            Cell(words.number(in_time)),
            Cell(words.share(in_time, due), tone="good" if in_time == due else "bad"),
        )
        for stage, in_time, due in found.stages
    )
    return Table(words.say("supervisors.stages"), columns, rows)
