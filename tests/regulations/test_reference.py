"""The reference pages say what the law files say, whole and always the same."""

from pathlib import Path

from regulations.loader import load_law
from regulations.reference import INDEX, reference_pages

DOCS = Path(__file__).parents[2] / "docs"


def test_pages_in_the_repository_are_those_of_the_law_files() -> None:
    pages = reference_pages(load_law())
    kept = {path.relative_to(DOCS).as_posix() for path in (DOCS / "law").glob("*.md")} | {INDEX}
    assert kept == set(pages)
    stale = {name for name, text in pages.items() if (DOCS / name).read_text("utf-8") != text}
    assert stale == set(), "write them again with `tocsin law reference docs`"


def test_every_version_of_every_rule_has_one_row() -> None:
    lines = [line for text in reference_pages(load_law()).values() for line in text.splitlines()]
    rows = sorted(line.split("`")[1] for line in lines if line.startswith("| `"))
    assert rows == sorted(loaded.rule.id for loaded in load_law().rules)


def test_row_tells_source_clock_recipient_standing_and_whether_it_was_read() -> None:
    [row] = [
        line
        for line in reference_pages(load_law())["law/european-union.md"].splitlines()
        if line.startswith("| `eu-gdpr-33-authority`")
    ]
    assert row == (
        "| `eu-gdpr-33-authority` | initial | A personal data breach that is likely to put people at risk. "
        "| 72 hours from aware_at. | Competent supervisory authority (lead authority if cross-border) "
        "(national DPA portal) | Art. 33(1), (3) | 2018-05-25 | yes; reviewed 2026-11-22 |"
    )
