"""Newer law for an open incident: shown, put in force by a person, and both answers on record."""

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from models.database import Store
from models.errors import RefusedError
from models.incident import Incident
from models.obligation import Obligation
from regulations.loader import Law, load_law, read_law
from response.law_upgrade import GONE, apply_law, law_changes
from tests.response.test_supplements import GDPR, entries
from tests.support.filings import duty_of
from tests.support.steps import assessed


def law_with(old: str, new: str, file: str = "eu/gdpr.yaml") -> Law:
    """Give the law as it ships, with one passage of one file in other words."""
    folder = Path(str(files("regulations") / "law"))
    texts = {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.yaml"))
    }
    assert old in texts[file]
    return read_law({**texts, file: texts[file].replace(old, new)}.items())


def changes(store: Store, incident: Incident, law: Law | None = None) -> dict[str, tuple[str, ...]]:
    with store.reading() as session:
        attached = session.get_one(Incident, incident.id)
        return {each.rule: each for each in law_changes(session, attached, store.clock(), law)}


def shorter() -> Law:
    return law_with("value: 72", "value: 48")


def test_same_law_changes_nothing_and_enters_nothing(store: Store) -> None:
    incident = assessed(store)
    assert changes(store, incident) == {}
    assert apply_law(store, incident.id, "legal-1") == ()
    assert entries(store, "law:applied") == []


def test_shorter_limit_is_shown_and_pinned_only_when_applied(store: Store) -> None:
    incident, law = assessed(store), shorter()
    before = duty_of(store, incident, GDPR)
    change = changes(store, incident, law)[GDPR]
    assert (change.kind, change.pinned) == ("changed", before.rule_hash)
    assert change.after == ("due", before.due_at - timedelta(hours=24))
    assert duty_of(store, incident, GDPR).rule_hash == before.rule_hash

    apply_law(store, incident.id, "legal-1", law)
    after = duty_of(store, incident, GDPR)
    assert (after.due_at, after.rule_hash) == (before.due_at - timedelta(hours=24), change.installed)
    moved = [body for body in entries(store, "obligation:clock_moved") if GDPR in body["obligation"]]
    assert moved[-1]["earlier_rule_hash"] == before.rule_hash
    assert changes(store, incident, law) == {}
    [applied] = entries(store, "law:applied")
    assert applied["law_sha256"] == law.content_hash != load_law().content_hash


def test_rule_that_says_the_same_in_other_words_is_pinned_anew(store: Store) -> None:
    incident = assessed(store)
    law = law_with("that is likely to put people at risk", "that may well put people at risk")
    before = duty_of(store, incident, GDPR)
    apply_law(store, incident.id, "legal-1", law)
    after = duty_of(store, incident, GDPR)
    assert (after.status, after.due_at) == (before.status, before.due_at)
    assert after.rule_hash != before.rule_hash
    [entry] = entries(store, "obligation:law_changed")
    assert (entry["earlier_rule_hash"], entry["rule_hash"]) == (before.rule_hash, after.rule_hash)


def test_changed_word_of_law_is_seen_in_every_rule_that_uses_it(store: Store) -> None:
    incident = assessed(store)
    law = law_with(
        "breach.exfiltration, in: [likely, confirmed]", "breach.exfiltration, is: confirmed", "terms.yaml"
    )
    found = changes(store, incident, law)
    assert {change.kind for change in found.values()} == {"changed"}
    assert GDPR in found
    assert "eu-gdpr-33-5-record" in found
    assert "eu-dora-19-final" not in found
    assert law.content_hash != load_law().content_hash


def test_new_rule_and_one_that_is_gone_open_and_end_duties(store: Store) -> None:
    incident, law = assessed(store), law_with(f"id: {GDPR}\n", "id: eu-gdpr-33-anew\n")
    found = changes(store, incident, law)
    assert (found[GDPR].kind, found["eu-gdpr-33-anew"].kind) == ("removed", "added")
    apply_law(store, incident.id, "dpo-1", law)
    gone: Obligation = duty_of(store, incident, GDPR)
    assert (gone.status, gone.reason) == ("fallen_away", GONE)
    assert duty_of(store, incident, "eu-gdpr-33-anew").status == "open"
    [applied] = entries(store, "law:applied")
    assert (applied["added"], applied["removed"]) == (1, 1)


def test_only_those_who_answer_for_the_law_apply_it(store: Store) -> None:
    incident = assessed(store)
    with pytest.raises(RefusedError):
        apply_law(store, incident.id, "care-1", shorter())
    assert duty_of(store, incident, GDPR).rule_hash == load_law().versions(GDPR)[-1].rule.content_hash


def test_closed_incident_keeps_the_law_of_its_day(store: Store) -> None:
    incident = assessed(store)
    with store.work() as unit:
        unit.session.get_one(Incident, incident.id).status = "closed"
    with pytest.raises(RefusedError, match="closed"):
        apply_law(store, incident.id, "legal-1", shorter())
