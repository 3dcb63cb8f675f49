"""What a terminal, a pipe and a disk do to what is printed."""

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.support.shell import run

PROGRAM = (sys.executable, "-c", "from console.cli.main import main; main()")
FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text("title: x\n")


def test_what_others_wrote_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init")
    finding = {"id": "1", "title": "[/bold] \x1b[2J \u202egpj", "description": "x", "severity": "high"}
    (tmp_path / "finding.json").write_text(json.dumps(finding))
    run("signal", "take", "finding.json")
    capsys.readouterr()
    assert run("signal", "list") == 0
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)


@pytest.mark.parametrize("words", ["law list", "law list --json", "duties good.yaml --json --all"])
def test_reader_that_goes_away_ends_the_command_quietly(words: str) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *words.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.communicate()[1] == b""
    assert process.returncode == 1


@pytest.mark.skipif(not FULL.exists(), reason="this machine has no device that is always full")
@pytest.mark.parametrize("words", ["law list", "duties good.yaml --json", "incident show none --json"])
def test_full_disk_is_told_once(words: str) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *words.split()], check=False, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("tocsin: The disk is full.\n")
    assert done.stderr.count("tocsin:") == 1


def test_terminal_without_unicode_gets_escapes() -> None:
    plain = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    for words in ("law show cn-pipl-57-regulator", "law show cn-pipl-57-regulator --json"):
        done = subprocess.run(
            [*PROGRAM, *words.split()], check=False, capture_output=True, text=True, env=os.environ | plain
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "\\u" in done.stdout
    assert json.loads(done.stdout)


def test_ctrl_c_is_told_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stopped(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", TextIOWrapper(Stopped()))
    assert run("facts", "import", "-", "--from", "veris") == 1
    assert capsys.readouterr().err.startswith("tocsin: Interrupted.\n  remedy: What was committed stays")


def test_headings_are_chinese_where_chinese_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init")
    monkeypatch.setenv("TOCSIN_LANGUAGE", "zh")
    capsys.readouterr()
    assert run("incident", "list") == 0
    assert capsys.readouterr().out == "事件: 无.\n"
    assert run("staff", "list") == 0
    told = capsys.readouterr().out
    assert ("联络名单" in told, "部门" in told, "department" in told) == (True, True, False)
