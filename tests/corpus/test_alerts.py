"""Real alerts and findings of many kinds: each is recognised for what it is, none crashes, none is dropped."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from response.signals.reading import UNKNOWN, read_signal, split_signals
from tests.response.test_signal_covers import damaged, paths

pytestmark = pytest.mark.corpus
OUR_NAMES = {
    "ocsf": "ocsf",
    "github.secret_scanning_alert": "github.secret_scanning",
    "aws.guardduty": "aws.guardduty",
    "aws.macie": "aws.macie",
    "hibp.breach": "hibp",
    "ms.defender.alert_or_incident": "ms.defender",
}


def test_every_alert_is_recognised_as_what_it_is(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "corpora/alerts/alerts.jsonl").open(encoding="utf-8")]
    found = [(row["n"], read_signal(json.dumps(row["payload"]).encode()).form) for row in rows]
    assert found == [(row["n"], OUR_NAMES.get(row["source"], UNKNOWN)) for row in rows]


def test_every_alert_damaged_in_any_place_is_still_read_or_kept(shared: Path) -> None:
    rows = [json.loads(row) for row in (shared / "corpora/alerts/alerts.jsonl").open(encoding="utf-8")]
    for row in rows:
        for path in list(paths(row["payload"]))[:150]:
            for junk in (None, [], {"a": 1}, 10**400, "\ud800"):
                payload = json.dumps(damaged(row["payload"], path, junk)).encode()
                assert all(read_signal(part).title for part in split_signals(payload)), (row["n"], path)


def test_every_published_breach_gives_its_kinds_of_data(shared: Path) -> None:
    with gzip.open(shared / "corpora/hibp/breaches.jsonl.gz", "rt", encoding="utf-8") as lines:
        readings = [read_signal(line.encode()) for line in lines]
    assert Counter(reading.form for reading in readings) == {"hibp": len(readings)}
    assert all(reading.facts["data.categories"] for reading in readings)


def test_every_veris_record_is_read(shared: Path) -> None:
    with gzip.open(shared / "corpora/vcdb/incidents.jsonl.gz", "rt", encoding="utf-8") as lines:
        forms = Counter(read_signal(line.encode()).form for line in lines)
    assert forms == {"veris": 3722}
