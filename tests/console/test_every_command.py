"""Every command there is, and every one that comes: bad input ends in one message, and changes nothing."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from models.database import Store
from models.home import init_home
from models.ledger import LedgerEntry
from models.settings import Settings
from tests.response.conftest import declare
from tests.support.shell import every_command, run

COMMANDS = dict(every_command())
RUNS_FOR_LONG = {("up",), ("demo",)}
READS = {
    "balance", "check", "connectors", "count", "diff", "duties", "history", "lint", "list", "plan", "preview",
    "progress", "retention", "score", "show",
}  # fmt: skip
ASKS = {("staff", "check")}  # asks people; reads nothing
WORDS = (
    "INC-2026-9999",
    "../../etc/passwd",
    "x" * 10_000,
    "💥 \u202eabc",
    "'; drop table incident;--",
    "-1",
    "",
)
BOMB = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}]\n" for old, new in pairwise("abcdefghijk"))
FILES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path,
    "folder": lambda path: path.mkdir(),
    "folder of nonsense": lambda path: (path.mkdir(), (path / "a.yaml").write_bytes(b"title: \xff")),
    "empty": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 8),
    "aliases": lambda path: path.write_text(BOMB * 3),
    "nested": lambda path: path.write_text("title: " + "[" * 3000 + "]" * 3000),
    "objects": lambda path: path.write_text("title: !!python/object/apply:os.getcwd []"),
    "dates": lambda path: path.write_text("2026-03-03: 2026-13-45\n1: null\n"),
    "link to itself": lambda path: path.symlink_to(path),
    "json": lambda path: path.write_text('[{"title": NaN, "id": "\\ud800"}, 3]'),
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Open a home with one open incident."""
    settings = Settings(home=tmp_path_factory.mktemp("every") / "home")
    init_home(settings)
    store = Store(settings)
    declare(store)
    return store


@pytest.fixture(autouse=True)
def there(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with the home named."""
    monkeypatch.setenv("TOCSIN_HOME", str(store.settings.home))
    monkeypatch.chdir(tmp_path)


def is_file(parameter: Any) -> bool:
    """Tell whether a parameter names a file."""
    kind = getattr(parameter.type_descriptor.annotation, "__name__", "")
    return kind == "Path" or parameter.metavar in {"FILE", "FACTS", "PLAYBOOK", "SCENARIO"}


def line(path: tuple[str, ...], wrong: str, file: str = "") -> list[str]:
    """Write a command line in which every word that is needed is wrong, and every file is the one given."""
    options, words = list(path), []
    for each in COMMANDS[path].params:
        given = file if is_file(each) and file else wrong
        if each.opts[0] == "--json":
            options.append("--json")
        elif each.required or given == file:
            words += [given] if not each.opts[0].startswith("-") else []
            options += [each.opts[0], given] if each.opts[0].startswith("-") else []
    return [*options, "--", *words]


def entries(store: Store) -> int:
    with store.reading() as session:
        return session.exec(select(func.count()).select_from(LedgerEntry)).one()


def assert_told(arguments: Sequence[str], status: int, said: Any) -> None:
    """Expect a promised status, a message for each refusal, and JSON where it was asked for."""
    assert status in {0, 1, 2}, arguments
    assert "fault of its own" not in said.out + said.err, arguments
    assert status == 0 or (said.out + said.err).strip(), arguments
    assert len(said.err) < 20_000, arguments
    assert "\u202e" not in said.err, arguments
    if "--json" in arguments:
        json.loads(said.out)


@pytest.mark.parametrize("path", [path for path in COMMANDS if path not in RUNS_FOR_LONG], ids=" ".join)
def test_command_tells_what_is_wrong_and_changes_nothing(
    path: tuple[str, ...], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = entries(store)
    bare = {path} if any(each.required for each in COMMANDS[path].params) else set()
    for arguments in sorted(bare | {tuple(line(path, word)) for word in WORDS}):
        status = run(*arguments)
        assert_told(arguments, status, capsys.readouterr())
        assert status == 0 or entries(store) == before, arguments
        before = entries(store)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "path", [path for path, command in COMMANDS.items() if any(map(is_file, command.params))], ids=" ".join
)
def test_command_tells_what_is_wrong_with_a_file(
    path: tuple[str, ...], kind: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FILES[kind](tmp_path / "given")
    before = entries(store)
    arguments = line(path, "INC-2026-0001", str(tmp_path / "given"))
    status = run(*arguments)
    assert_told(arguments, status, capsys.readouterr())
    assert status == 0 or entries(store) == before


@pytest.mark.parametrize("path", [path for path in COMMANDS if path[-1] in READS], ids=" ".join)
def test_command_that_reads_offers_json(path: tuple[str, ...]) -> None:
    assert path in ASKS or "--json" in [each.opts[0] for each in COMMANDS[path].params]
