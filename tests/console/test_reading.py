"""Files that a person names: read whole or refused, never read without end."""

import os
import threading
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from console.reading import MOST_BYTES, read_file, read_words
from models.errors import InvalidInputError


def test_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "form").write_bytes(b"x" * MOST_BYTES)
    assert len(read_file(tmp_path / "form")) == MOST_BYTES


def test_file_above_the_largest_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "form").write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(InvalidInputError, match=r"The form is larger than 16 MiB\."):
        read_file(tmp_path / "form", "form")


def test_standard_input_above_the_largest_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"x" * (MOST_BYTES + 1))))
    with pytest.raises(InvalidInputError, match="larger than"):
        read_file("-")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_device_is_refused(device: str) -> None:
    with pytest.raises(InvalidInputError, match="this is a device") as refused:
        read_file(device)
    assert refused.value.expected == "a file or a pipe"


def test_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("said",))
    writer.start()
    assert read_words(tmp_path / "pipe") == "said"
    writer.join()
