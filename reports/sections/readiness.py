"""How ready the house is, as points that were earned by what was done."""

from reports.document import Cell, Column, Section, Table
from reports.portfolio_view import Readiness
from reports.words import Words


def readiness_section(words: Words, found: Readiness) -> Section:
    """Tell the number and what each part adds to it."""
    columns = (
        Column(words.say("readiness.part"), 60),
        Column(words.say("readiness.earned"), 20, number=True),
        Column(words.say("readiness.there"), 20, number=True),
    )
    rows = [
        (
            Cell(words.word("readiness.parts", name.replace(" ", "_"))),
            Cell(
                words.number(round(earned)), tone="good" if earned == weight else "warn" if earned else "bad"
            ),
            Cell(words.number(weight)),
        )
        for name, earned, weight in found.parts
    ]
    whole = words.say("readiness.points", points=words.number(found.points))
    rows.append((Cell(words.say("readiness.whole")), Cell(whole), Cell("")))
    table = Table(words.say("section.readiness"), columns, tuple(rows), total=True)
    return Section("readiness", words.say("section.readiness"), words.say("lead.readiness"), (table,))
