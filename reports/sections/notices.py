"""The section about telling the people affected: balance, channels, languages."""

from collections.abc import Iterator, Mapping

from models.vocabulary import DeliveryStatus
from reports.charts.drawing import Stack, coverage_chart
from reports.document import (
    Block,
    Callout,
    Cell,
    Column,
    Fact,
    FactList,
    Heading,
    Paragraph,
    Picture,
    Section,
)
from reports.telling import Telling
from reports.view import ChannelCoverage, EnquiryFigures
from reports.words import ranges

# Order in which a reader meets outcomes, and the colour of each in a chart.
OUTCOMES: Mapping[str, str] = {
    DeliveryStatus.DELIVERED: "good",
    DeliveryStatus.SENT: "accent",
    DeliveryStatus.CLAIMED: "pale",
    DeliveryStatus.QUEUED: "pale",
    DeliveryStatus.DEFERRED: "warn",
    DeliveryStatus.UNKNOWN: "muted",
    DeliveryStatus.BOUNCED: "bad",
    DeliveryStatus.REJECTED: "bad",
    DeliveryStatus.NO_ADDRESS: "bad",
    DeliveryStatus.SUPPRESSED: "muted",
    DeliveryStatus.EXCLUDED: "line",
    "outside": "line",
}


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Put outcomes in reading order, leaving out those nobody has."""
    known = [name for name in OUTCOMES if counts.get(name)]
    strange = sorted(name for name, count in counts.items() if count and name not in OUTCOMES)
    return [(name, counts[name]) for name in (*known, *strange)]


def notices_section(telling: Telling) -> Section:
    """Tell how many of those affected were told, and that the register balances."""
    words = telling.words
    return Section(
        "notices", words.say("section.notices"), words.say("lead.notices"), tuple(_blocks(telling))
    )


def _blocks(telling: Telling) -> Iterator[Block]:
    yield from _told(telling)
    figures = telling.report.coverage.enquiries
    if figures is not None:
        yield Heading(telling.words.say("notice.enquiries"))
        yield _enquiries(telling, figures)


def _told(telling: Telling) -> Iterator[Block]:
    words, coverage = telling.words, telling.report.coverage
    refs = ranges(telling.report.coverage_seqs)
    if not coverage.channels and coverage.affected is None:
        yield Paragraph(Cell(words.say("notice.none"), tone="muted"))
        return
    yield FactList(
        (
            Fact(words.say("notice.affected"), Cell(words.number(coverage.affected), refs=refs)),
            Fact(
                words.say("notice.told"),
                Cell(words.number(coverage.told), notes=(words.share(coverage.told, coverage.affected),)),
            ),
            Fact(words.say("notice.first"), Cell(telling.when(coverage.first_at))),
            Fact(words.say("notice.last"), Cell(telling.when(coverage.last_at))),
        )
    )
    yield _balance(telling, refs)
    if coverage.channels:
        yield _picture(telling)
        yield _channels(telling)
    if coverage.laws:
        yield Heading(words.say("notice.laws"))
        yield _laws(telling)
    if coverage.languages:
        yield Heading(words.say("notice.languages"))
        yield _languages(telling)


def _enquiries(telling: Telling, figures: EnquiryFigures) -> Block:
    words = telling.words
    kinds = (
        Fact(words.word("enquiry", kind), Cell(words.number(count))) for kind, count in figures.kinds.items()
    )
    late = (words.say("notice.overdue", count=words.number(figures.overdue)),) if figures.overdue else ()
    waiting = Cell(words.number(figures.waiting), tone="bad" if late else "", notes=late)
    return FactList(
        (
            *kinds,
            Fact(words.say("notice.answered"), Cell(words.number(figures.answered))),
            Fact(words.say("notice.waiting"), waiting),
        )
    )


def _name(telling: Telling, status: str) -> str:
    return telling.words.word("status.delivery", status)


def _in_line(telling: Telling, counts: Mapping[str, int]) -> list[str]:
    """Write outcomes as they stand inside a sentence: "7 no address"."""
    names = {status: _name(telling, status) for status in counts}
    return [
        telling.words.say(
            "notice.part",
            count=telling.words.number(count),
            name=f"{names[status][:1].lower()}{names[status][1:]}",
        )
        for status, count in in_order(counts)
    ]


def _balance(telling: Telling, refs: str) -> Block:
    words, coverage = telling.words, telling.report.coverage
    people = dict(coverage.people)
    rest = (coverage.affected or 0) - sum(people.values())
    if coverage.balance_exact and rest > 0:  # the register balances with those nobody planned to tell yet
        people["outside"] = rest
    parts = words.say("notice.plus").join(_in_line(telling, people))
    equation = words.say(
        "notice.equation", affected=words.number(coverage.affected), parts=parts or words.say("unknown")
    )
    total = sum(people.values())
    if coverage.balance_exact is None or not people:
        return Callout(f"{equation}\n{words.say('notice.unchecked')}", "warn", refs)
    if coverage.balance_exact and total == coverage.affected:
        return Callout(f"{equation}\n{words.say('notice.exact')}", "good", refs)
    return Callout(f"{equation}\n{words.say('notice.not_exact', sum=words.number(total))}", "bad", refs)


def _label(telling: Telling, each: ChannelCoverage) -> str:
    return f"{each.campaign.rpartition('/')[2]} · {telling.words.word('channel', each.channel)}"


def _picture(telling: Telling) -> Block:
    words, coverage = telling.words, telling.report.coverage
    stacks = [
        Stack(
            _label(telling, each),
            tuple(
                (_name(telling, status), count, OUTCOMES.get(status, "muted"))
                for status, count in in_order(each.counts)
            ),
            words.number(sum(each.counts.values())),
        )
        for each in coverage.channels
    ]
    seen = {status for each in coverage.channels for status, count in each.counts.items() if count}
    legend: dict[str, list[str]] = {}
    for status, tone in OUTCOMES.items():
        if status in seen:
            legend.setdefault(tone, []).append(_name(telling, status))
    keys = [(words.listed(names), tone) for tone, names in legend.items()]
    chart = coverage_chart(words.say("chart.coverage_alt"), stacks, keys)
    return Picture(chart, words.say("chart.coverage"), words.say("chart.coverage_caption"))


def _channels(telling: Telling) -> Block:
    words, coverage = telling.words, telling.report.coverage
    columns = (
        Column(words.say("notice.campaign"), 20),
        Column(words.say("notice.channel"), 12),
        Column(words.say("notice.notices"), 10, number=True),
        Column(words.say("status.delivery.delivered"), 11, number=True),
        Column(words.say("status.delivery.sent"), 11, number=True),
        Column(words.say("notice.rest"), 30),
    )
    plain = (DeliveryStatus.DELIVERED, DeliveryStatus.SENT)
    rows = (
        (
            Cell(each.campaign, notes=(each.message,)),
            Cell(words.word("channel", each.channel)),
            Cell(words.number(sum(each.counts.values()))),
            *(Cell(words.number(each.counts.get(status, 0))) for status in plain),
            Cell(
                words.listed(
                    _in_line(telling, {name: each.counts[name] for name in each.counts if name not in plain})
                )
                or words.say("none")
            ),
        )
        for each in coverage.channels
    )
    return telling.table(words.say("section.notices"), columns, rows)


def _laws(telling: Telling) -> Block:
    words = telling.words
    columns = (
        Column(words.say("notice.rule"), 40),
        Column(words.say("headline.people"), 12, number=True),
        Column(words.say("notice.told"), 12, number=True),
        Column(words.say("notice.unreached"), 14, number=True),
        Column(words.say("headline.share"), 12, number=True),
    )
    rows = (
        (
            Cell(
                each.citation, notes=(each.rule, *(() if each.certain else (words.say("notice.uncertain"),)))
            ),
            Cell(words.number(each.people)),
            Cell(words.number(each.told)),
            Cell(words.number(each.unreached), tone="warn" if each.unreached else ""),
            Cell(words.share(each.told, each.people), tone="good" if each.told == each.people else ""),
        )
        for each in telling.report.coverage.laws
    )
    return telling.table(words.say("notice.laws"), columns, rows, 60)


def _languages(telling: Telling) -> Block:
    words, coverage = telling.words, telling.report.coverage
    columns = (
        Column(words.say("notice.language"), 20),
        Column(words.say("headline.people"), 10, number=True),
        Column(words.say("headline.share"), 10, number=True),
    )
    whole = sum(coverage.languages.values())
    ordered = sorted(coverage.languages.items(), key=lambda item: (-item[1], item[0]))
    rows = (
        (
            Cell(words.labels.get(f"lang.{language.lower()}", language) or words.say("unknown")),
            Cell(words.number(count)),
            Cell(words.share(count, whole)),
        )
        for language, count in ordered
    )
    return telling.table(words.say("notice.languages"), columns, rows, 30)
