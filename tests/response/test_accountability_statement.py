"""The accountability statement: opened for the roles that may know, each opening on record, nothing elsewhere."""

import json
from typing import Any

import pytest
from sqlmodel import col, select

from models.database import Store
from models.errors import NotFoundError, RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from response.accountability import record_conduct
from response.accountability_statement import read_accountability
from response.reporting import read_report
from tests.support.steps import declared, step

JUDGED: dict[str, Any] = {
    "staff": "resp-1",
    "duty": "Look at night signals within fifteen minutes",
    "finding": "Looked after two hours.",
    "reply": "I was alone on shift.",
    "consequence": "training",
}


@pytest.fixture
def judged(store: Store) -> Incident:
    """Have the auditor judge one person."""
    incident = declared(store)
    form = json.dumps({"findings": [JUDGED]}).encode()
    with store.work() as unit:
        record_conduct(unit, step(store, incident, "accountability"), form, "audit-1")
    return incident


def openings(store: Store) -> list[tuple[str, str, int]]:
    with store.reading() as session:
        query = select(LedgerEntry).where(LedgerEntry.tag == "conduct:opened").order_by(col(LedgerEntry.seq))
        told = [json.loads(row.document) for row in session.exec(query)]
    return [(each["actor"], each["role"], each["body"]["findings"]) for each in told]


@pytest.mark.parametrize("by", ["exec-1", "audit-1", "dpo-1"])
def test_those_who_may_know_read_finding_and_reply_and_it_is_on_record(
    store: Store, judged: Incident, by: str
) -> None:
    told = json.loads(read_accountability(store, judged.id, "en", "json", by))
    (finding,) = told["findings"]
    assert {name: finding[name] for name in ("finding", "reply", "consequence", "decided_by")} == {
        "finding": JUDGED["finding"],
        "reply": JUDGED["reply"],
        "consequence": "training",
        "decided_by": "audit-1",
    }
    assert [(who, count) for who, _, count in openings(store)] == [(by, 1)]


@pytest.mark.parametrize("by", ["resp-1", "lead-1", "legal-1", "comms-1", "care-1"])
def test_nobody_else_reads_it(store: Store, judged: Incident, by: str) -> None:
    with pytest.raises(RefusedError, match="may not do this"):
        read_accountability(store, judged.id, "en", "html", by)
    assert openings(store) == []


@pytest.mark.parametrize(
    ("language", "warning"), [("en", "Confidential: for executive"), ("zh", "机密：仅供")]
)
def test_statement_shows_finding_reply_and_training_in_both_languages(
    store: Store, judged: Incident, language: str, warning: str
) -> None:
    text = read_accountability(store, judged.id, language, "html", "dpo-1").decode()
    for said in (warning, JUDGED["finding"], JUDGED["reply"], JUDGED["duty"]):
        assert said in text
    assert text.count("resp-1") >= 2


@pytest.mark.parametrize("kind", ["incident", "summary", "lessons", "customers", "regulator"])
def test_no_other_report_tells_of_it(store: Store, judged: Incident, kind: str) -> None:
    for form in ("html", "json"):
        text = read_report(store, judged.id, "en", form, kind).decode()
        assert JUDGED["finding"] not in text
        assert JUDGED["reply"] not in text


def test_unknown_language_is_refused_and_leaves_no_entry(store: Store, judged: Incident) -> None:
    with pytest.raises(NotFoundError, match="no report templates"):
        read_accountability(store, judged.id, "xx", "html", "dpo-1")
    assert openings(store) == []
