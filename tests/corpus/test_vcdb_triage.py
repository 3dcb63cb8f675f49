"""Real records, dirty as they are: every one becomes facts and is triaged."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models.facts import Facts
from regulations.facts_import.reading import facts_from
from regulations.triage import Triage, triage

pytestmark = pytest.mark.corpus


def records(path: Path) -> list[dict[str, Any]]:
    packed = path.read_bytes()
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in text.splitlines()]


def triaged(form: Any, path: Path) -> list[tuple[Facts, Triage]]:
    """Triage each record; records that give the same facts share one answer, as triage is pure."""
    answers: dict[str, Triage] = {}
    found = []
    for record in records(path):
        facts, _ = facts_from(form, record)
        key = facts.model_dump_json(exclude={"title"})
        if key not in answers:
            answers[key] = triage(facts)
        found.append((facts, answers[key]))
    return found


@pytest.fixture(scope="module")
def veris(shared: Path) -> list[tuple[Facts, Triage]]:
    return triaged("veris", shared / "corpora/vcdb/incidents.jsonl.gz")


def test_every_veris_record_is_triaged(veris: list[tuple[Facts, Triage]]) -> None:
    assert len(veris) == 3722
    assert {answer.decisions["document"] for _, answer in veris} == {"yes"}


def test_what_depends_on_something_says_on_what(veris: list[tuple[Facts, Triage]]) -> None:
    for _, answer in veris:
        named = {change for unknown in answer.unknowns for change in unknown.would_change}
        assert {name for name, word in answer.decisions.items() if word == "depends"} <= named


def test_veris_unknowns_are_not_read_as_no(veris: list[tuple[Facts, Triage]]) -> None:
    words = Counter(answer.decisions["authority"] for _, answer in veris)
    assert words["no"] < 20
    assert words["depends"] > 1000


def test_every_notice_is_triaged(shared: Path) -> None:
    found = triaged("notice", shared / "corpora/breach-feed/notices.jsonl")
    assert len(found) == 100
    assert sum(facts.people.total is None for facts, _ in found) == 71


def test_every_listed_breach_is_triaged(shared: Path) -> None:
    found = triaged("hibp", shared / "corpora/hibp/breaches.jsonl.gz")
    assert len(found) == 356
    assert Counter(answer.decisions["authority"] for _, answer in found) == {"yes": 355, "depends": 1}
