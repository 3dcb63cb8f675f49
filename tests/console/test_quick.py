"""The short way to triage and duties: the same answers as the parser's, and readings of the law that can't go stale."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console.cli.commands import app
from console.cli.law_memo import law_memo, memo_file
from console.cli.main import main
from console.cli.quick import Asked, read_plainly
from regulations.plain_yaml import MEMO, read_plain
from tests.console.test_cli import FACTS, run

AT = "2026-03-03T12:00:00+08:00"
TEXT = "a: [1, yes]\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tocsin"


@pytest.fixture
def facts(tmp_path: Path) -> str:
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS)
    return str(file)


@pytest.mark.parametrize(
    "words", [("duties", "--at", AT), ("duties", "--all", "--at", AT), ("triage",)], ids=" ".join
)
def test_short_way_answers_as_the_parser_does(
    words: tuple[str, ...], facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *options = words
    arguments = [command, facts, *options, "--json"]
    assert read_plainly(arguments) is not None
    assert run(*arguments) == 0
    assert capsys.readouterr().out == CliRunner().invoke(app, arguments).output


def test_short_way_refuses_as_the_parser_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text("title: x\nawareat: 1\n")
    refusals = []
    for arguments in (["duties", str(file), "--json"], ["duties", "--json", "--", str(file)]):
        monkeypatch.setattr(sys, "argv", ["tocsin", *arguments])
        assert run(*arguments) == 1
        refusals.append(json.loads(capsys.readouterr().out))
    assert refusals[0] == refusals[1]
    assert "awareat" in refusals[0]["error"]


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("duties f --json", Asked("duties", "f", None, False)),
        ("duties --all --json f --at 2026", Asked("duties", "f", "2026", True)),
        ("triage - --json", Asked("triage", "-", None, False)),
        ("duties f --json --json", None),
        ("duties f --json --at", None),
        ("duties f --json --at=2026", None),
        ("duties f g --json", None),
        ("duties --json", None),
        ("triage f --json --all", None),
        ("triage f --json --at 2026", None),
        ("duties f --json --help", None),
    ],
)
def test_only_the_plainest_command_line_is_taken(line: str, asked: Asked | None) -> None:
    assert read_plainly(line.split()) == asked


def kept() -> dict[str, Any]:
    """Read one text as the law is read, and say what is kept afterwards."""
    with law_memo():
        read_plain(TEXT, "x.yaml")
    with law_memo():
        return dict(MEMO.kept)


def test_readings_are_kept_and_found_by_the_whole_text(cache: Path) -> None:
    assert len(kept()) > 160  # the text, and every text of the law
    [file] = cache.iterdir()
    assert file == memo_file()
    assert file.stat().st_mode & 0o777 == 0o600
    with law_memo():
        assert read_plain(TEXT, "x.yaml") == {"a": [1, "yes"]}
        assert not MEMO.has_missed
        assert read_plain(TEXT + "b: 2\n", "x.yaml") == {"a": [1, "yes"], "b": 2}
        assert MEMO.has_missed


def test_reading_is_nobodys_but_the_readers() -> None:
    kept()
    with law_memo():
        read_plain(TEXT, "x.yaml").clear()
        assert read_plain(TEXT, "x.yaml") == {"a": [1, "yes"]}


def test_damaged_readings_are_not_used(cache: Path) -> None:
    kept()
    [file] = cache.iterdir()
    whole = bytearray(file.read_bytes())
    whole[-1] ^= 1
    file.write_bytes(whole)
    with law_memo():
        assert MEMO.kept == {}


def test_readings_that_others_may_write_are_not_used(cache: Path) -> None:
    kept()
    [file] = cache.iterdir()
    file.chmod(0o666)
    with law_memo():
        assert MEMO.kept == {}


def test_answer_needs_no_cache_folder(
    tmp_path: Path, facts: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder would be")
    for base in (str(occupied), "relative", "/proc/nowhere"):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        with pytest.raises(SystemExit) as ended:
            main(["duties", facts, "--at", AT, "--json"])
        assert ended.value.code == 0
        assert json.loads(capsys.readouterr().out)
