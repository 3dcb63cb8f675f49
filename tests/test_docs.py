"""What the pages say is so: commands, settings, ports, files and lengths."""

import re
from pathlib import Path

import pytest

from console.cli.commands import COMMANDS, LazyGroup
from models.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"`?(?:^|[`\s])tocsin ((?:[a-z]+)(?: [a-z][a-z-]*)?)")


def commands_in(text: str) -> set[str]:
    """Find each `tocsin …` that stands in code, by its first one or two words."""
    found: set[str] = set()
    for code in re.findall(r"`(tocsin [^`]+)`|^ {4,}(tocsin .*)$", text, re.MULTILINE):
        found.update(match[1] for match in COMMAND.finditer(" " + (code[0] or code[1]).partition("#")[0]))
    return found


def exists(words: str) -> bool:
    """Tell whether a command, or a command of a group, exists."""
    first, _, second = words.partition(" ")
    if first not in COMMANDS:
        return False
    command = LazyGroup(name="tocsin").get_command(None, first)
    subcommands = getattr(command, "commands", None)
    return not subcommands or not second or second in subcommands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_page_exist(page: Path) -> None:
    assert {words for words in commands_in(page.read_text("utf-8")) if not exists(words)} == set()


def test_pages_show_commands_at_all() -> None:
    assert len(commands_in((ROOT / "docs" / "responding.md").read_text("utf-8"))) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_is_explained_and_no_other() -> None:
    named = set(re.findall(r"`(TOCSIN_[A-Z_]+)`", (ROOT / "docs" / "operating.md").read_text("utf-8")))
    assert named == {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}


def test_defaults_on_the_page_are_the_defaults() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    for name, port in re.findall(r"`TOCSIN_([A-Z_]+_PORT)` \((\d+)\)", text):
        assert Settings.model_fields[name.lower()].default == int(port)


def test_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
