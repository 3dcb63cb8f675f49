"""Who answered for what: the plan's roles beside the deed, and findings that are confidential and heard."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.accountability import ConductFinding, Responsibility
from models.action import CorrectiveAction
from models.database import Store
from models.decision import Answer, Decision
from models.errors import InvalidInputError, RefusedError, TocsinError
from models.incident import Incident, IncidentKey
from models.ledger import LedgerEntry
from models.playbook_run import StepRun
from models.staff import Staff
from response.accountability import compile_responsibilities, record_conduct
from response.accountability_statement import read_accountability
from response.corrective import finish_action
from tests.support.steps import declared, step

FINDING = {
    "staff": "resp-1",
    "duty": "Look at night signals within fifteen minutes",
    "finding": "Looked after five minutes.",
    "consequence": "commendation",
}


def judge(store: Store, incident: Incident, form: dict[str, Any], by: str = "audit-1") -> dict[str, Any]:
    with store.work() as unit:
        return record_conduct(unit, step(store, incident, "accountability"), json.dumps(form).encode(), by)


def test_finding_is_sealed_with_the_incidents_key(store: Store) -> None:
    incident = declared(store)
    judge(store, incident, {"findings": [FINDING]})
    with store.reading() as session:
        row = session.exec(select(ConductFinding)).one()
        sealer = store.sealer(incident.id, session.get(IncidentKey, incident.id).wrapped)
    assert (row.id, row.staff_id, row.consequence) == (f"{incident.id}/F1", "resp-1", "commendation")
    assert json.loads(sealer.open(row.sealed, f"finding/{row.id}"))["finding"] == FINDING["finding"]


def test_no_findings_need_a_reason(store: Store) -> None:
    incident = declared(store)
    with pytest.raises(InvalidInputError, match="none_because"):
        judge(store, incident, {})
    assert judge(store, incident, {"none_because": "Everybody did what the plan says."}) == {"findings": 0}


@pytest.mark.parametrize("consequence", ["warning", "sanction"])
def test_nobody_is_judged_adversely_unheard(store: Store, consequence: str) -> None:
    incident = declared(store)
    unheard = {**FINDING, "consequence": consequence}
    with pytest.raises(InvalidInputError, match="reply"):
        judge(store, incident, {"findings": [unheard]})
    judge(store, incident, {"findings": [{**unheard, "reply": "I was alone on shift."}]})


def test_training_becomes_an_action_that_names_nobody_with_owner_day_and_proof(store: Store) -> None:
    incident = declared(store)
    trained = {**FINDING, "consequence": "training", "follow_up": {"owner": "lead-1", "due_on": "2099-05-01"}}
    judge(store, incident, {"findings": [FINDING, trained, {**FINDING, "consequence": "training"}]})
    with store.reading() as session:
        findings = session.exec(select(ConductFinding).order_by(ConductFinding.id)).all()
        actions = session.exec(select(CorrectiveAction).order_by(CorrectiveAction.id)).all()
        entries = session.exec(select(LedgerEntry.document).where(LedgerEntry.tag == "action:added")).all()
    assert [row.action_id for row in findings] == [None, f"{incident.id}/A1", f"{incident.id}/A2"]
    soon = store.clock().date() + timedelta(days=30)
    assert [(row.owner, row.due_on) for row in actions] == [("lead-1", date(2099, 5, 1)), ("audit-1", soon)]
    assert actions[0].title == f"Training that follows from finding {incident.id}/F2"
    assert [json.loads(entry)["body"]["action"] for entry in entries] == [row.id for row in actions]
    with store.work() as unit:
        finish_action(unit, actions[0].id, "Certificate 4711", "lead-1")
    told = json.loads(read_accountability(store, incident.id, "en", "json", "dpo-1"))
    assert [each["action"] for each in told["findings"]][1] == actions[0].id
    page = read_accountability(store, incident.id, "en", "html", "dpo-1").decode()
    assert "Certificate 4711" in page


def test_departments_and_vendors_are_judged_too_and_heard(store: Store) -> None:
    incident = declared(store)
    with store.reading() as session:
        home = session.exec(select(Staff.department)).first()
    general = {name: FINDING[name] for name in ("duty", "finding")}
    about = {**general, "vendor": "cloud-ag", "consequence": "warning"}
    with pytest.raises(InvalidInputError, match="reply"):
        judge(store, incident, {"findings": [about]})
    judge(store, incident, {"findings": [
        {**about, "reply": "We told you within a day."},
        {**general, "department": home, "consequence": "improvement"},
    ]})  # fmt: skip
    with store.reading() as session:
        rows = session.exec(select(ConductFinding).order_by(ConductFinding.id)).all()
    assert [(row.staff_id, row.department, row.vendor, row.consequence) for row in rows] == [
        (None, None, "cloud-ag", "warning"),
        (None, home, None, "improvement"),
    ]
    page = read_accountability(store, incident.id, "zh", "html", "dpo-1").decode()
    for said in ("cloud-ag（供应商）", f"{home}（部门）", "We told you within a day.", "要求改进"):
        assert said in page


@pytest.mark.parametrize(
    ("bent", "named"),
    [
        ({"vendor": "cloud-ag"}, "one of staff, department and vendor"),
        ({"staff": None}, "one of staff, department and vendor"),
        ({"staff": None, "department": "Nowhere"}, "no department 'Nowhere'"),
        ({"follow_up": {"owner": "lead-1"}}, "has no follow_up"),
        ({"consequence": "training", "follow_up": {"due_on": "2020-01-01"}}, "has passed"),
        ({"consequence": "training", "follow_up": {"owner": "nobody-1"}}, "nobody-1"),
    ],
)
def test_finding_that_does_not_fit_is_refused_and_nothing_kept(
    store: Store, bent: dict[str, Any], named: str
) -> None:
    incident = declared(store)
    with pytest.raises(TocsinError, match=named):
        judge(store, incident, {"findings": [FINDING, {**FINDING, **bent}]})
    with store.reading() as session:
        assert (
            session.exec(select(ConductFinding)).all() == session.exec(select(CorrectiveAction)).all() == []
        )


def test_nobody_judges_themselves(store: Store) -> None:
    with pytest.raises(RefusedError, match="own conduct"):
        judge(store, declared(store), {"findings": [FINDING]}, by="resp-1")


def test_plan_and_deed_stand_side_by_side(store: Store) -> None:
    incident = declared(store)
    with store.work() as unit:
        now = unit.clock()
        for key in ("record", "confirm_facts"):
            run = StepRun(
                incident_id=incident.id,
                step=key,
                phase="detect",
                status="done",
                started_at=now,
                finished_at=now,
            )
            unit.session.add(run)
        decision = Decision(
            id=f"{incident.id}/confirm_facts",
            incident_id=incident.id,
            step="confirm_facts",
            kind="manual",
            question={"en": "?"},
            roles=["incident_lead"],
            requested_by="tocsin",
            asked_at=now,
        )
        unit.session.add(decision)
        unit.session.flush()
        given = Answer(
            decision_id=decision.id,
            staff_id="lead-2",
            role="incident_lead",
            verdict="answer",
            answered_at=now,
        )
        unit.session.add(given)
    for _ in range(2):
        with store.work() as unit:
            compile_responsibilities(unit, step(store, incident, "compile_accountability"))
    with store.reading() as session:
        rows = {row.step: row for row in session.exec(select(Responsibility))}
    assert rows["confirm_facts"].acted == ["lead-2"]
    assert rows["confirm_facts"].accountable == "incident_lead"
    assert (rows["record"].acted, rows["record"].responsible) == (["tocsin"], ["security"])
