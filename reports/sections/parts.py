"""The part that departments and vendors had, counted from the records: steps, questions, duties, findings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from models.vocabulary import ObligationStatus
from reports.accounts import Accounts, VendorPart
from reports.document import Block, Cell, Column, Paragraph, Section
from reports.telling import Telling

SETTLED = frozenset({ObligationStatus.MET, ObligationStatus.LATE, ObligationStatus.WAIVED})
PARTS = ("steps", "answers", "late_answers", "duties", "late_duties", "count")


def departments_section(telling: Telling, accounts: Accounts) -> Section:
    """Count for each department its steps, answers, duties and findings, and what of these was late."""
    words = telling.words
    counts = {part: Counter(found) for part, found in _of_departments(accounts, words.say("unknown"))}
    names = sorted({name for counted in counts.values() for name in counted})
    blocks: tuple[Block, ...] = (Paragraph(Cell(words.say("statement.no_departments"), tone="muted")),)
    if names:
        columns = (
            Column(words.say("statement.department"), 28),
            *(Column(words.say(f"statement.{part}"), 12, number=True) for part in PARTS),
        )
        rows = [(Cell(name), *(Cell(words.number(counts[part][name])) for part in PARTS)) for name in names]
        note = Paragraph(Cell(words.say("statement.steps_note"), tone="muted"))
        blocks = (telling.table(words.say("section.departments"), columns, rows), note)
    return Section("departments", words.say("section.departments"), words.say("lead.departments"), blocks)


def _of_departments(accounts: Accounts, unknown: str) -> Iterator[tuple[str, list[str]]]:
    """Give, for each part, a department as often as it counts there."""
    report, home = accounts.report, accounts.departments
    answers = [(each, decision.due_at) for decision in report.decisions for each in decision.answers]
    late = [each for each, due_at in answers if due_at is not None and each.at > due_at]
    settled = [duty for duty in report.duties if duty.status in SETTLED]
    filed = {each.id: (each.approved_by, each.submitted_by) for each in report.filings}
    people = {duty.id: (duty.decided_by, *filed.get(duty.met_by or "", ())) for duty in settled}
    overdue = [duty for duty in settled if duty.status == ObligationStatus.LATE]
    yield "steps", [name for step in report.answering for name in _once(home, step.acted)]
    yield "answers", [name for each, _ in answers for name in _once(home, [each.staff_id])]
    yield "late_answers", [name for each in late for name in _once(home, [each.staff_id])]
    yield "duties", [name for duty in settled for name in _once(home, people[duty.id])]
    yield "late_duties", [name for duty in overdue for name in _once(home, people[duty.id])]
    about = [
        each.department or home.get(each.staff_id or "", unknown)
        for each in accounts.findings
        if not each.vendor
    ]
    yield "count", about


def _once(home: Mapping[str, str], people: Iterable[str | None]) -> set[str]:
    """Name the departments of some people, each once; a list of people may stand in one text."""
    names = {name for each in people if each for name in each.split(", ")}
    return {home[name] for name in names if name in home}


def vendors_section(telling: Telling, accounts: Accounts) -> Section:
    """Count for each vendor the evidence it was handed, what it was paid for, and findings about it."""
    words = telling.words
    found = Counter(each.vendor for each in accounts.findings if each.vendor)
    names = sorted({*found, *accounts.vendors})
    block: Block = Paragraph(Cell(words.say("statement.no_vendors"), tone="muted"))
    if names:
        columns = (
            Column(words.say("statement.vendor"), 40),
            Column(words.say("statement.evidence"), 20, number=True),
            Column(words.say("statement.costs"), 20, number=True),
            Column(words.say("statement.count"), 20, number=True),
        )
        none = VendorPart()
        parts = {name: accounts.vendors.get(name, none) for name in names}
        rows = [
            (Cell(name), *(Cell(words.number(number)) for number in (part.evidence, part.costs, found[name])))
            for name, part in parts.items()
        ]
        block = telling.table(words.say("section.vendors"), columns, rows)
    return Section("vendors", words.say("section.vendors"), words.say("lead.vendors"), (block,))
