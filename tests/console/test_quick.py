"""The short way to triage and duties: the same answers, and the same refusals, as the parser's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli.commands import app
from console.cli.quick import Asked, read_plainly
from tests.console.test_cli import FACTS
from tests.support.shell import run

ROOT = Path(__file__).parents[2]
AT = "2026-03-03T12:00:00+08:00"


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


def test_short_way_refuses_as_the_parser_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text("title: x\nawareat: 1\n")
    refusals = []
    for arguments in (["duties", str(file), "--json"], ["duties", "--json", "--", str(file)]):
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


@pytest.mark.parametrize("command", [("duties",), ("duties", "--all"), ("triage",)], ids=" ".join)
def test_answer_leaves_nothing_in_the_users_folders(
    command: tuple[str, ...], facts: str, tmp_path: Path
) -> None:
    home = tmp_path / "somebody"
    home.mkdir()
    program = [
        sys.executable,
        "-B",
        "-c",
        "from console.cli.main import main; main()",
        *command,
        facts,
        "--json",
    ]
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    told = subprocess.run(program, cwd=home, env=environment, check=True, capture_output=True)
    assert json.loads(told.stdout)
    assert list(home.iterdir()) == []
