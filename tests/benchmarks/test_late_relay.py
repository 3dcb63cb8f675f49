"""The relay of the e-mail benchmark answers as one does, however its input is cut, and never before the time."""

import socket
import time

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.late_relay import HOST, Session, late

TEXT = b"Subject: x\r\n\r\n..dots\r\n.. \r\nend\r\n"
TALK = (
    b"EHLO client\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
    + (TEXT + b".\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n") * 2
    + b".\r\nRSET\r\nQUIT\r\n"
)
LATE = 0.005


def codes(answers: bytes) -> list[bytes]:
    return [line[:3] for line in answers.splitlines() if line[3:4] == b" "]


@given(cuts=st.lists(st.integers(0, len(TALK)), max_size=12).map(sorted))
def test_relay_answers_each_command_and_text_once_however_they_are_cut(cuts: list[int]) -> None:
    with socket.socket() as line:
        session = Session(line)
        parts = [TALK[start:end] for start, end in zip([0, *cuts], [*cuts, len(TALK)], strict=True)]
        answers = b"".join(session.take(part) for part in parts)
    envelope = [b"250", b"250", b"354"]
    texts = [b"250", *envelope] * 2
    assert codes(answers) == [b"250", *envelope, *texts, b"250", b"250", b"221"]


def test_relay_holds_every_answer_for_its_time() -> None:
    with late(LATE) as port, socket.create_connection((HOST, port)) as line, line.makefile("rb") as read:
        read.readline()
        waits = []
        for _ in range(20):
            began = time.monotonic()
            line.sendall(b"NOOP\r\n")
            read.readline()
            waits.append(time.monotonic() - began)
    assert min(waits) >= LATE
