"""Handing out a proof of drills leaves its digest in the ledger."""

from datetime import timedelta
from hashlib import sha256

import orjson
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store
from models.ledger import LedgerEntry
from response.drilling.proof import drill_duties, issue_proof


def test_copy_of_a_proof_is_checked_by_its_digest_in_the_ledger(store: Store, clock: VirtualClock) -> None:
    content = issue_proof(store, clock() - timedelta(days=90), clock(), "zh", "html")
    with store.reading() as session:
        document = session.exec(
            select(LedgerEntry.document).where(LedgerEntry.tag == "report:compiled")
        ).one()
    body = orjson.loads(document)["body"]
    assert (body["kind"], body["sha256"]) == ("drill_proof", {"zh.html": sha256(content).hexdigest()})


def test_duties_without_any_exercise_have_no_proof(store: Store) -> None:
    assert {each.state for each in drill_duties(store)} == {"no_proof"}
    assert len(drill_duties(store, voluntary=True)) > len(drill_duties(store))
