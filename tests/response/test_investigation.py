"""The root cause: signed by a person, with actions that somebody owns."""

import json
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.database import Store
from models.errors import InvalidInputError, NotFoundError
from models.incident import Incident
from models.ledger import LedgerEntry
from response.investigation import record_root_cause
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
