"""The reference of every rule as Markdown pages, generated from the law files: same law, same bytes."""

from collections.abc import Iterable, Mapping

from regulations.law_file import LawFile, LoadedRule
from regulations.loader import Law
from regulations.wording import clock_words, limit_words

INDEX = "law-reference.md"
REGIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "china": ("China (mainland)", ("cn",)),
    "asia-pacific": (
        "Asia and the Pacific",
        ("au", "hk", "id", "in", "jp", "kr", "mo", "my", "nz", "ph", "sg", "th", "tw", "vn"),
    ),
    "european-union": ("European Union", ("eu",)),
    "europe": ("Other Europe", ("ch", "tr", "uk")),
    "united-states": ("United States, federal and sector law", ("us",)),
    "us-states": ("United States, states and territories", ("us-states",)),
    "americas": ("Other Americas", ("br", "ca", "mx")),
    "middle-east-africa": ("Middle East and Africa", ("ae", "bh", "ke", "ng", "sa", "za")),
    "global": ("Contracts and schemes without a country", ("global",)),
}
_MADE = "Generated from the law files by `tocsin law reference docs`; change those, not this page."
_COLUMNS = ("Rule", "Stage", "When", "Clock", "Recipient", "Source", "In force", "Source read")


def reference_pages(law: Law) -> dict[str, str]:
    """Return the index and a page a region, by file name below `docs/`; raises KeyError for a place in no region."""
    region_of = {folder: region for region, (_, folders) in REGIONS.items() for folder in folders}
    files: dict[str, list[LawFile]] = {region: [] for region in REGIONS}
    for file in law.files:
        files[region_of[file.name.partition("/")[0]]].append(file)
    pages = {f"law/{region}.md": _page(REGIONS[region][0], found) for region, found in files.items()}
    return {INDEX: _index(law, files), **pages}


def _index(law: Law, files: Mapping[str, list[LawFile]]) -> str:
    rows = [
        (f"[{REGIONS[region][0]}](law/{region}.md)", len(found), *_counts(_rules(found)))
        for region, found in files.items()
    ]
    lines = [
        "# Reference of the law",
        "",
        f"{_MADE} What the columns mean is told in [The law in Tocsin](law.md).",
        "",
        *_table(("Region", "Laws", "Rules", "Binding", "Source read"), rows),
        "",
        f"SHA-256 of the whole: `{law.content_hash}`",
    ]
    return "\n".join(lines) + "\n"


def _rules(files: Iterable[LawFile]) -> list[LoadedRule]:
    return [loaded for file in files for loaded in file.rules]


def _counts(rules: list[LoadedRule]) -> tuple[int, int, int]:
    return len(rules), sum(each.binds for each in rules), sum(each.rule.verified for each in rules)


def _page(region: str, files: list[LawFile]) -> str:
    lines = [f"# {region}", "", f"{_MADE} Back to the [index](../law-reference.md).", ""]
    for file in files:
        lines += _law(file)
    return "\n".join(lines).rstrip() + "\n"


def _law(file: LawFile) -> list[str]:
    head = file.head
    local = f" ({head.name.local})" if head.name.local else ""
    sources = dict.fromkeys(loaded.rule.source for loaded in file.rules)
    return [
        f"## {head.name.en}{local}",
        "",
        f"Place {head.place}; file `{file.name}`; zone `{head.zone}`; working days of `{head.calendar}`.",
        "",
        *_table(_COLUMNS, [_row(loaded) for loaded in file.rules]),
        "",
        "Taken from:",
        "",
        *(f"- {_plain(source)}" for source in sources),
        "",
    ]


def _row(loaded: LoadedRule) -> tuple[object, ...]:
    rule = loaded.rule
    local = f" ({rule.recipient.local})" if rule.recipient.local else ""
    in_force = (
        f"{rule.in_force.since or 'not stated'}{f' to {rule.in_force.until}' if rule.in_force.until else ''}"
    )
    standing = "" if rule.status == "in_force" else f"; {rule.status.replace('_', ' ')}"
    read = "yes" if rule.verified else f"no ({rule.verified_how.replace('_', ' ')})"
    return (
        f"`{rule.id}`",
        rule.stage,
        rule.trigger,
        _clock(loaded),
        f"{rule.recipient.en}{local}",
        rule.citation,
        f"{in_force}{standing}",
        f"{read}; reviewed {rule.reviewed}",
    )


def _clock(loaded: LoadedRule) -> str:
    rule = loaded.rule
    told = clock_words(rule, rule.deadline, loaded.unread)
    from_ = "" if rule.deadline.is_counted else f" From {rule.clock.name}."
    instead = "".join(
        f" In a case the rule names: {limit_words(other, loaded.unread)}" for other in rule.deadline.variants
    )
    return f"{told}{from_}{instead}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return head + [f"| {' | '.join(_plain(cell) for cell in row)} |" for row in rows]


def _plain(cell: object) -> str:
    """Write a cell on one line; a bar would end it, and angle brackets would be markup."""
    text = " ".join(str(cell).split())
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
