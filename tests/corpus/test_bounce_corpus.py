"""Real bounces: hard ones are found, soft ones are not taken for hard."""

import gzip
import json
from pathlib import Path

import pytest

from notifications.bounces.reading import read_bounce
from notifications.channels.smtp_answers import read_reply

pytestmark = pytest.mark.corpus
RETRY = {
    *(
        "mailboxfull",
        "expired",
        "suspend",
        "filtered",
        "speeding",
        "toomanyconn",
        "systemfull",
        "systemerror",
    ),
    "networkerror",
}


def test_bounces_of_real_relays_are_told_hard_from_soft(shared: Path) -> None:
    hard, soft = [], []
    with gzip.open(shared / "corpora/bounces/mails.jsonl.gz", "rt") as mails:
        for mail in map(json.loads, mails):
            found = read_bounce(mail["raw"].encode("utf-8", "surrogateescape"))
            for place, label in enumerate(mail["expected"]):
                report = found[min(place, len(found) - 1)] if found else None
                (hard if label["hard"] else soft).append(report is not None and report.is_hard)
    assert sum(hard) / len(hard) >= 0.98
    assert sum(soft) / len(soft) <= 0.01


def test_replies_of_real_relays_are_read_by_meaning(shared: Path) -> None:
    right = []
    for line in (shared / "corpora/bounces/smtp-replies.jsonl").read_text().splitlines():
        label = json.loads(line)
        usual = (
            "retry" if label["reason"] in RETRY else "refused" if label["reason"] == "mesgtoobig" else "stop"
        )
        expected = "bad_address" if label["hard"] else usual
        right.append(read_reply(label["code"], label["text"]).calls_for == expected)
    assert sum(right) / len(right) >= 0.95
