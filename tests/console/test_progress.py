"""Long work shows how far it is on a terminal, and says nothing elsewhere."""

import io
import os
import pty
import sys

import pytest

from console.progress import bar

END = "that is all."


def shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, *, quiet: bool) -> str:
    """Draw a bar where standard error is a terminal; gives what that shows."""
    reader, drawn = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(drawn, "w") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        with bar("Reading people.csv", quiet=quiet) as advance:
            advance(12_345, 0.5)
        stream.write(END)
        stream.flush()
        said = b""
        while not said.endswith(END.encode()):  # a terminal hands over what it has, not all at once
            said += os.read(reader, 1 << 16)
    os.close(reader)
    return said.decode().removesuffix(END)


def test_bar_shows_title_and_count_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown_on_a_terminal(monkeypatch, quiet=False)
    assert "Reading people.csv" in said
    assert "12,345" in said


def test_bar_is_silent_with_json_output_and_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown_on_a_terminal(monkeypatch, quiet=True) == ""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", io.StringIO())
        with bar("Reading people.csv") as advance:
            advance(12_345, 0.5)
        assert not sys.stderr.getvalue()
