"""The root cause: signed by a person, with actions that somebody owns."""

import json
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from response.cause_review import review_root_cause
from response.investigation import record_root_cause
from response.remarks import read_remarks
from response.reporting import read_report
from tests.support.steps import declared, step

FORM: dict[str, Any] = {
    "summary": {"en": "A policy was copied without review."},
    "veris": {"action": ["error.misconfiguration"], "asset": ["S - File"], "attribute": ["confidentiality"]},
    "whys": [{"en": "Anyone could read it."}, {"zh": "变更无需复核。"}],
    "factors": [{"kind": "human_error", "text": {"en": "The wrong template was used."}}],
    "failed_control": {"en": "Review of storage policies"},
    "actions": [{"title": "Two reviewers", "kind": "preventive", "owner": "lead-1", "due_on": "2026-04-01"}],
}


def sign(store: Store, incident: Incident, form: dict[str, Any]) -> dict[str, Any]:
    with store.work() as unit:
        return record_root_cause(
            unit, step(store, incident, "root_cause"), json.dumps(form).encode(), "resp-1"
        )


def test_root_cause_is_kept_with_signer_and_actions(store: Store) -> None:
    incident = declared(store)
    assert sign(store, incident, FORM) == {"root_cause": "human_error", "actions": 1}
    with store.reading() as session:
        cause, action = session.get(RootCause, incident.id), session.exec(select(CorrectiveAction)).one()
        signed = session.exec(select(LedgerEntry).where(LedgerEntry.tag == "root_cause:signed")).one()
    assert (cause.signed_by, cause.signed_at, cause.whys) == ("resp-1", store.clock(), FORM["whys"])
    assert (action.id, action.owner, action.due_on) == (f"{incident.id}/A1", "lead-1", date(2026, 4, 1))
    assert json.loads(signed.document)["role"] == "responder"


def test_signing_again_adds_actions_and_keeps_the_old(store: Store) -> None:
    incident = declared(store)
    sign(store, incident, FORM)
    sign(store, incident, FORM)
    with store.reading() as session:
        ids = [row.id for row in session.exec(select(CorrectiveAction).order_by(CorrectiveAction.id))]
    assert ids == [f"{incident.id}/A1", f"{incident.id}/A2"]


def action(**changed: str) -> dict[str, Any]:
    return {**FORM, "actions": [{**FORM["actions"][0], **changed}]}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {**FORM, "summary": {}},
        {**FORM, "whys": []},
        {**FORM, "actions": []},
        {**FORM, "blame": "resp-2"},
        action(due_on="2026-03-02"),
        action(kind="someday"),
    ],
    ids=["empty", "no language", "no why", "no action", "unknown key", "past day", "unknown kind"],
)
def test_form_that_says_too_little_is_refused_whole(store: Store, form: dict[str, Any]) -> None:
    incident = declared(store)
    with pytest.raises(InvalidInputError):
        sign(store, incident, form)
    with store.reading() as session:
        assert session.get(RootCause, incident.id) is None


def test_action_of_nobody_known_is_refused(store: Store) -> None:
    incident = declared(store)
    with pytest.raises(NotFoundError):
        sign(store, incident, action(owner="nobody-9"))


def test_wrong_line_is_named(store: Store) -> None:
    incident = declared(store)
    text = "summary: {en: It was open.}\nwhys: 3\n"
    with pytest.raises(InvalidInputError) as told, store.work() as unit:
        record_root_cause(unit, step(store, incident, "root_cause"), text.encode(), "resp-1")
    assert told.value.where.endswith((":1", ":2"))


def reviewed(store: Store, incident: Incident) -> tuple[str | None, list[str]]:
    with store.reading() as session:
        row = session.get(RootCause, incident.id)
        tags = select(LedgerEntry.document).where(LedgerEntry.tag == "root_cause:reviewed")
        return row.reviewed_by, [json.loads(each)["actor"] for each in session.exec(tags)]


def test_root_cause_is_reviewed_by_another_and_anew_once_signed_anew(store: Store) -> None:
    incident = declared(store)
    sign(store, incident, FORM)
    assert (
        review_root_cause(store, incident.id, "audit-1", "Follows from the evidence.").reviewed_by
        == "audit-1"
    )
    assert reviewed(store, incident) == ("audit-1", ["audit-1"])
    assert read_remarks(store, incident.id, f"{incident.id}/root_cause") == ["Follows from the evidence."]
    for language, said in (("en", "Reviewed"), ("zh", "复核")):
        assert said in read_report(store, incident.id, language, "html").decode()
    sign(store, incident, FORM)
    assert reviewed(store, incident) == (None, ["audit-1"])


@pytest.mark.parametrize(
    ("by", "finding", "error"),
    [
        ("resp-1", "Mine is fine.", RefusedError),
        ("care-1", "I like it.", RefusedError),
        ("nobody-1", "x", NotFoundError),
        ("audit-1", " ", InvalidInputError),
    ],
)
def test_review_by_signer_without_role_or_finding_is_refused(
    store: Store, by: str, finding: str, error: type[Exception]
) -> None:
    incident = declared(store)
    with pytest.raises(NotFoundError):
        review_root_cause(store, incident.id, "audit-1", "There is none yet.")
    sign(store, incident, FORM)
    with pytest.raises(error):
        review_root_cause(store, incident.id, by, finding)
    assert reviewed(store, incident) == (None, [])
