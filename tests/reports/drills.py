"""Scored drills written straight into the tables, for looking at reports of them."""

from datetime import date, datetime
from typing import Any

from models.action import CorrectiveAction
from models.clock import iso_utc
from models.database import Store, Work
from models.decision import Answer, Decision
from models.drill import Drill
from models.incident import Incident
from tests.reports.breach import AWARE, ID, after

SCENARIO = "open-bucket"


def score(points: int, met: bool = False, action: str | None = None) -> dict[str, Any]:
    """Give a score with one expectation, one clock and, unless the expectation was met, one gap."""
    gap = {
        "what": "decision approve_notice was not there by PT12H",
        "owner": "data_protection_officer",
        "kind": "unmet_expectation",
        "name": "approve_notice",
        "by": "PT12H",
        "action": action,
    }
    expectation = {
        "kind": "decision",
        "name": "approve_notice",
        "owner": "data_protection_officer",
        "by": "PT12H",
        "happened_at": iso_utc(after(hours=6 if met else 20)),
        "met": met,
    }
    clock = {"rule": "eu-gdpr-33-authority", "allowed": 259200.0, "at_most": 93600.0, "took": 100800.0}
    slow = {"step": "contain_verify", "at_most": 600.0, "took": 900.0}
    return {
        "points": points,
        "clocks": {"good": 4, "of": 5},
        "decisions": {"good": 3, "of": 4},
        "expectations": [expectation],
        "clock_forecasts": [clock],
        "slower_than_forecast": [slow],
        "gaps": [] if met else [gap],
        "people": [],
        "days": 6.0,
        "previous": None,
        "previous_points": None,
    }


def add_drill(
    unit: Work, name: str, started: datetime, told: dict[str, Any] | None, status: str = "done"
) -> None:
    """Keep a drill of the sample scenario under an incident that exists."""
    unit.session.add(
        Drill(
            incident_id=name,
            scenario=SCENARIO,
            scenario_hash="a" * 64,
            run=name,
            status=status,
            started_at=started,
            clock_at=started,
            ended_at=after(days=6),
            injected=[0],
            score=told,
        )
    )


def earlier_drill(store: Store, name: str, started: datetime, points: int, *, status: str = "done") -> None:
    """Keep an earlier drill with its incident."""
    with store.work() as unit:
        known = unit.session.get_one(Incident, ID)
        row = known.model_dump() | {"id": name, "drill": True, "declared_at": started}
        unit.session.add(Incident(**row))
        unit.session.flush()
        add_drill(unit, name, started, score(points, met=True), status)


def score_breach(store: Store, points: int = 80) -> None:
    """Make the realistic incident a scored drill with one gap, whose action is overdue."""
    action = f"{ID}/A9"
    with store.work() as unit:
        made = {"title": "Drill: approve sooner", "kind": "corrective", "owner": "dpo-1"}
        unit.session.add(CorrectiveAction(id=action, incident_id=ID, due_on=date(2026, 3, 10), **made))
        add_drill(unit, ID, AWARE, score(points, action=action))
        body = {"scenario": SCENARIO, "points": points, "gaps": 1}
        unit.record(
            "drill:scored", actor="tocsin", role="incident_lead", incident_id=ID, drill=True, body=body
        )


def answer_as(store: Store, staff: str, role: str) -> None:
    """Let somebody take part."""
    with store.work() as unit:
        decision = f"{ID}/another"
        asked = {"question": {"en": "Well?", "zh": "如何？"}, "roles": [role], "requested_by": "tocsin"}
        unit.session.add(
            Decision(id=decision, incident_id=ID, step="another", kind="approval", asked_at=AWARE, **asked)
        )
        unit.session.flush()
        unit.session.add(
            Answer(decision_id=decision, staff_id=staff, role=role, verdict="approve", answered_at=AWARE)
        )
