"""Who answered for what: the plan's roles beside the deed, and findings that are confidential and heard."""

import json
from typing import Any

import pytest
from sqlmodel import select

from models.accountability import ConductFinding, Responsibility
from models.database import Store
from models.decision import Answer, Decision
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident, IncidentKey
from models.playbook_run import StepRun
from response.accountability import compile_responsibilities, record_conduct
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
