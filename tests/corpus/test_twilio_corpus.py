"""The SMS provider's published error codes: each code we read exists there, and none about the address is missed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from notifications.channels.twilio_answers import meanings, read_code

pytestmark = pytest.mark.corpus

# Written by the provider since the list was published; from its pages on each code.
NEWER = {21266, 21635, 21659, 21660, 21661, 21662, 30036, 30037, 30038, 30039, 30040, 30041, 30042, 30043, 30044,
         30045, 30451, 30452, 30453, 30454, 30500}  # fmt: skip
MESSAGING = {"Programmable SMS", "Programmable Messaging"}


@pytest.fixture(scope="module")
def codes(shared: Path) -> dict[int, dict[str, Any]]:
    lines = (shared / "corpora" / "twilio" / "error-codes.jsonl").read_text("utf-8").splitlines()
    return {row["code"]: row for row in map(json.loads, lines)}


def test_codes_we_read_are_published_ones(codes: dict[int, dict[str, Any]]) -> None:
    assert meanings().keys() - codes.keys() - NEWER == set()


def of(codes: dict[int, dict[str, Any]], pattern: str) -> set[int]:
    found = re.compile(pattern, re.IGNORECASE)
    return {
        code
        for code, row in codes.items()
        if found.search(row["message"]) and (row["product"] in MESSAGING or 21600 <= code < 21800)
    }


@pytest.mark.parametrize(
    ("pattern", "meaning"),
    [
        (r"not a valid mobile|not currently reachable via sms|unknown destination|landline", "bad_address"),
        (r"unsubscribed|blocked by user|recipient blocked", "opted_out"),
        (r"rate limit|queue overflow|congestion|provider timeout", "retry"),
        (r"account suspended|messaging service (does not exist|contains no|is not available)", "stop"),
        (r"alpha sender|sender id|unregistered number|contentvariables|contentsid is invalid", "stop"),
    ],
)
def test_published_messages_are_read_by_their_meaning(
    codes: dict[int, dict[str, Any]], pattern: str, meaning: str
) -> None:
    found = of(codes, pattern)
    assert found
    assert {code: read_code(code) for code in found if read_code(code) != meaning} == {}
