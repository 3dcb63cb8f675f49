"""Exercises that others led: recorded with evidence, counted as what they are, withdrawn where the record was wrong."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import col, select

from models.action import CorrectiveAction
from models.call import Call
from models.clock import VirtualClock, iso_utc
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.ledger import LedgerEntry
from models.outside_exercise import OutsideExercise
from response.corrective import finish_action, list_actions
from response.deadlines import watch
from response.drilling.outside import (
    export_outside,
    list_outside,
    read_held_outside,
    record_outside,
    withdraw_outside,
)
from response.drilling.proof import drill_duties, issue_proof
from response.organisation import sample_text
from response.remarks import read_remarks
from response.staff import import_staff

MINUTES = b"Minutes of the exercise: Anna Lind played the journalist."
DAY = timedelta(days=1)


@pytest.fixture
def house(store: Store) -> Store:
    """Set up the sample bank."""
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    import_staff(store, sample_text(), "organisation.yaml", by="admin-1")
    return store


@pytest.fixture
def minutes(tmp_path: Path) -> Path:
    path = tmp_path / "minutes of Anna Lind.pdf"
    path.write_bytes(MINUTES)
    return path


def form(store: Store, **changed: Any) -> bytes:
    """Write down an exercise of yesterday, two hours long, with one finding."""
    ended = store.clock() - DAY
    told = {
        "schema": "tocsin/outside-exercise/1",
        "kind": "outside_tabletop",
        "title": "Vendor breach, talked through",
        "led_by": "example-consulting",
        "plan": "vendor-breach",
        "began_at": iso_utc(ended - timedelta(hours=2)),
        "ended_at": iso_utc(ended),
        "participants": {"legal": ["legal-1"], "incident_lead": ["lead-1"]},
        "findings": [
            {"what": "Nobody knew the vendor's hotline", "owner": "resp-1", "due_on": str(due(store))}
        ],
    }
    return yaml.safe_dump(told | changed).encode()


def due(store: Store) -> date:
    return (store.clock() + 30 * DAY).date()


def record(store: Store, minutes: Path, by: str = "lead-1", **changed: Any) -> OutsideExercise:
    return record_outside(store, read_held_outside(form(store, **changed), "held.yaml"), minutes, by)


def entries(store: Store) -> list[tuple[str, str, dict[str, Any]]]:
    with store.reading() as session:
        told = session.exec(select(LedgerEntry.document).order_by(col(LedgerEntry.seq))).all()
    read = [json.loads(each) for each in told]
    return [(each["tag"], each["actor"], each["body"]) for each in read if each["tag"] != "staff:imported"]


def proved_by(store: Store) -> dict[str, str]:
    """Name the kind of exercise that proves each duty."""
    return {each.duty.id: each.last.kind for each in drill_duties(store) if each.last}


def test_recorded_exercise_proves_the_duties_that_accept_its_kind(house: Store, minutes: Path) -> None:
    row = record(house, minutes)
    accepting = {each.duty.id for each in drill_duties(house) if "outside_tabletop" in each.duty.counts}
    of_other_plans = {each.duty.id for each in drill_duties(house) if each.duty.plans}
    assert set(proved_by(house)) == accepting - of_other_plans
    lasts = {(each.last.id, each.last.kind, each.last.at) for each in drill_duties(house) if each.last}
    assert lasts == {(row.id, "outside_tabletop", house.clock() - DAY)}


def test_red_team_is_no_exercise_of_the_plan(house: Store, minutes: Path) -> None:
    record(house, minutes, kind="red_team", plan=None)
    assert proved_by(house) == {"eu-dora-24-6": "red_team", "us-glba-guidelines": "red_team"}


def test_only_a_drill_of_our_own_counts_for_the_houses_own_rule(house: Store, minutes: Path) -> None:
    record(house, minutes, kind="outside_exercise", plan="payment-card-skimming")
    proved = proved_by(house)
    assert set(proved.values()) == {"outside_exercise"}
    assert {"pci-dss-12-10-2", "house-quarterly"} & set(proved) == {"pci-dss-12-10-2"}


def test_ledger_says_who_recorded_what_with_which_evidence(house: Store, minutes: Path) -> None:
    row = record(house, minutes)
    recorded, added = entries(house)
    assert recorded == (
        "exercise:recorded",
        "lead-1",
        {
            "exercise": "EXT-2026-0001",
            "kind": "outside_tabletop",
            "led_by": "example-consulting",
            "plan": "vendor-breach",
            "participants": {"incident_lead": ["lead-1"], "legal": ["legal-1"]},
            "sha256": row.sha256,
            "bytes": len(MINUTES),
        },
    )
    assert added[2] == {
        "action": "EXT-2026-0001/A1",
        "owner": "resp-1",
        "due_on": due(house).isoformat(),
    }


def test_evidence_is_sealed_and_comes_back_as_it_was_handed_in(
    house: Store, minutes: Path, tmp_path: Path
) -> None:
    row = record(house, minutes)
    assert MINUTES not in row.sealed
    assert b"Anna" not in row.sealed_label
    folder = tmp_path / "out"
    folder.mkdir()
    copy = export_outside(house, row.id, folder, "audit-1")
    assert (copy.name, copy.read_bytes()) == (minutes.name, MINUTES)
    assert entries(house)[-1][:2] == ("exercise:exported", "audit-1")


def test_finding_is_an_action_that_is_owned_called_about_and_done(
    house: Store, minutes: Path, clock: VirtualClock
) -> None:
    own_id = record(house, minutes).id
    clock.advance(31 * DAY)
    assert watch(house).overdue == (f"{own_id}/A1",)
    with house.reading() as session:
        calls = session.exec(select(Call.staff_id, Call.incident_id, Call.drill)).all()
    assert {each for each, *_ in calls} >= {"resp-1", "lead-1", "dpo-1"}
    assert {(incident, drill) for _, incident, drill in calls} == {(None, False)}
    with house.work() as unit:
        finish_action(unit, f"{own_id}/A1", "change 4711", "resp-1")
    with house.reading() as session:
        assert [row.status for row in list_actions(session, own_id)] == ["done"]
    assert watch(house).overdue == ()


def test_withdrawn_record_proves_nothing_and_stays_to_be_seen(house: Store, minutes: Path) -> None:
    row = record(house, minutes)
    withdraw_outside(house, row.id, "dpo-1", "It was the year before")
    assert proved_by(house) == {}
    with house.reading() as session:
        (kept,) = list_outside(session)
        assert (kept.withdrawn_by, session.exec(select(CorrectiveAction.status)).all()) == (
            "dpo-1",
            ["withdrawn"],
        )
    assert read_remarks(house, None, row.id) == ["It was the year before"]
    with pytest.raises(RefusedError, match="withdrawn already"):
        withdraw_outside(house, row.id, "dpo-1", "Again")
    assert record(house, minutes).id == "EXT-2026-0002"


def test_same_exercise_is_recorded_once(house: Store, minutes: Path) -> None:
    record(house, minutes)
    with pytest.raises(RefusedError, match="EXT-2026-0001 is this exercise"):
        record(house, minutes)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_proof_tells_it_apart_from_what_tocsin_measured(house: Store, minutes: Path, language: str) -> None:
    record(house, minutes)
    start, end = house.clock() - 90 * DAY, house.clock() + DAY
    page = issue_proof(house, start, end, language, "html").decode()
    said = {"en": "Tocsin measured nothing of them", "zh": "Tocsin 未对其计时或评分"}[language]
    assert [word for word in (said, "example-consulting", "EXT-2026-0001/A1") if word not in page] == []
    told = json.loads(issue_proof(house, start, end, language, "json"))
    assert (told["drills"], told["tabletops"]) == ([], [])
    assert [(each["id"], each["recorded_by"]) for each in told["outside"]] == [("EXT-2026-0001", "lead-1")]


def test_proof_names_a_withdrawn_record(house: Store, minutes: Path) -> None:
    withdraw_outside(house, record(house, minutes).id, "lead-1", "Never held")
    told = json.loads(issue_proof(house, house.clock() - 90 * DAY, house.clock(), "en", "json"))
    assert [(each["id"], each["status"]) for each in told["unfinished"]] == [("EXT-2026-0001", "withdrawn")]


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"kind": "drill"}, InvalidInputError, "kind"),
        ({"began_at": "2026-01-01T10:00:00"}, InvalidInputError, "timezone"),
        ({"ended_at": "2020-01-01T10:00:00Z"}, InvalidInputError, "ends before it begins"),
        ({"ended_at": "2199-01-01T10:00:00Z"}, InvalidInputError, "not over yet"),
        ({"participants": {}}, InvalidInputError, "participants"),
        ({"participants": {"legal": ["nobody-1"]}}, NotFoundError, "nobody-1"),
        ({"plan": "no-such-plan"}, NotFoundError, "no-such-plan"),
        ({"led_by": "Anna Lind"}, InvalidInputError, "led_by"),
        (
            {"findings": [{"what": "x", "owner": "resp-1", "due_on": "2020-01-01"}]},
            InvalidInputError,
            "has passed",
        ),
        ({"measured": 100}, InvalidInputError, "measured"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    house: Store, minutes: Path, changed: dict[str, Any], error: type[TocsinError], said: str
) -> None:
    with pytest.raises(error, match=said):
        record(house, minutes, **changed)
    with house.reading() as session:
        assert (list_outside(session), entries(house)) == ((), [])


def test_who_may_not_vouch_for_it_is_refused(house: Store, minutes: Path) -> None:
    with pytest.raises(RefusedError, match="may not do this"):
        record(house, minutes, by="care-1")


def test_empty_evidence_is_none(house: Store, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    with pytest.raises(InvalidInputError, match="empty"):
        record(house, empty)
