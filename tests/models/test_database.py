"""Units of work: rows and ledger entries together, or neither."""

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import TocsinError
from models.incident import SequenceNumber
from models.ledger import LedgerEntry, last_checkpoint


def test_work_commits_rows_and_entries_together(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(SequenceNumber(series="incident/2026", last=1))
        unit.record("incident:declared", actor="detector", role="responder", incident_id="INC-2026-0001")
    with store.reading() as session:
        assert session.get(SequenceNumber, "incident/2026").last == 1
        assert [entry.tag for entry in session.exec(select(LedgerEntry))] == ["incident:declared"]
        assert last_checkpoint(session).size == 1


def test_work_that_fails_leaves_neither(store: Store) -> None:
    def declare_then_fail() -> None:
        with store.work() as unit:
            unit.session.add(SequenceNumber(series="incident/2026", last=1))
            unit.record("incident:declared", actor="detector", role="responder")
            raise TocsinError("Refused in the middle.")

    with pytest.raises(TocsinError):
        declare_then_fail()
    with store.reading() as session:
        assert session.get(SequenceNumber, "incident/2026") is None
        assert last_checkpoint(session) is None
