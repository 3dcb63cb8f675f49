"""Readiness is earned: each part counts only what was done, lately, and is on record."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from console.founding import found_home
from models.call import Call
from models.clock import VirtualClock, system_clock
from models.database import Store
from models.drill import Drill
from models.errors import NotFoundError, RefusedError
from models.notice import Campaign, DeliveryWindow
from models.settings import Settings
from models.staff import Staff
from reports.exercises_held import RESTORE_TESTED
from response.calling.calls import check_contacts
from response.incidents import Declarer, declare
from response.organisation import sample_text
from response.preparedness.papers import TEXT_APPROVED, approve_text
from response.preparedness.people import CONFIRMED_WITHIN
from response.preparedness.readiness import readiness
from response.staff import import_staff

LANGUAGES = ("de", "en", "es", "fr", "ja", "zh-Hans", "zh-Hant")


@pytest.fixture
def bank(store: Store) -> Store:
    import_staff(store, sample_text(), "organisation.yaml", by="tocsin")
    return store


def earned(store: Store) -> dict[str, float]:
    return {part.name: round(part.earned, 1) for part in readiness(store).parts}


def confirm(store: Store, people: int | None = None) -> None:
    """Let everybody, or the first so many, confirm a check of the contact tree."""
    with store.work() as unit:
        check_contacts(unit, "lead-1", "incident_lead")
        calls = unit.session.exec(select(Call).where(Call.channel == "email").order_by(Call.id)).all()
        for call in calls[:people]:
            call.used_at = unit.clock()


def drill_with(store: Store, points: int) -> None:
    """Leave a drill that was carried to its end."""
    with store.work() as unit:
        by = Declarer("tocsin", "responder", "a drill")
        incident = declare(unit, "A drill", by, playbook="exposed-storage", drill=True)
        began = {"started_at": unit.clock(), "clock_at": unit.clock()}
        score = {"status": "done", "score": {"points": points}}
        unit.session.add(
            Drill(
                incident_id=incident.id, scenario="open-bucket", scenario_hash="x", run="x", **began, **score
            )
        )


def test_house_in_which_nothing_was_done_earns_no_more_than_its_reviewed_law(bank: Store) -> None:
    assert {name for name, points in earned(bank).items() if points} <= {"law reviewed"}
    assert readiness(bank).points <= 10
    assert all(part.mend for part in readiness(bank).parts if part.earned < part.weight)


def test_confirmed_contact_tree_counts_until_it_is_old(bank: Store, clock: VirtualClock) -> None:
    confirm(bank, 8)
    assert earned(bank)["contact tree"] == 10.0
    confirm(bank)
    assert (earned(bank)["contact tree"], earned(bank)["approvers"]) == (20.0, 15.0)
    clock.advance(CONFIRMED_WITHIN + timedelta(seconds=1))
    assert (earned(bank)["contact tree"], earned(bank)["approvers"]) == (0.0, 0.0)


def claim_mails(store: Store, *, rehearsed: bool) -> None:
    """Leave a campaign whose mails were claimed a hundred a second."""
    with store.work() as unit:
        by = Declarer("tocsin", "responder", "a rate")
        incident = declare(unit, "A rate", by, playbook="exposed-storage")
        name = f"{incident.id}/N1"
        frozen = {"message": "breach-notice", "template_hash": "", "facts_version": 0, "details": {}}
        unit.session.add(Campaign(id=name, incident_id=incident.id, prepared_at=unit.clock(), **frozen))
        unit.session.flush()
        for second in range(3):
            at = unit.clock() + timedelta(seconds=second)
            claimed = {"claimed_at": at, "lease_until": at, "worker": "w", "rehearsed": rehearsed}
            unit.session.add(
                DeliveryWindow(campaign_id=name, channel="email", first=0, last=0, size=100, **claimed)
            )


def test_rate_of_rehearsal_servers_earns_a_part_only_and_says_so(bank: Store) -> None:
    claim_mails(bank, rehearsed=True)
    [part] = [each for each in readiness(bank).parts if each.name == "time to the last notice"]
    assert (part.earned, "rehearsal servers on this machine only" in part.finding) == (3.0, True)
    assert "own relay" in part.mend
    claim_mails(bank, rehearsed=False)
    [part] = [each for each in readiness(bank).parts if each.name == "time to the last notice"]
    assert (part.earned, "with the real relay or provider" in part.finding, part.mend) == (10.0, True, "")


def test_exercise_duties_count_by_the_proofs_that_still_hold(bank: Store, clock: VirtualClock) -> None:
    assert earned(bank)["exercise duties"] == 0.0
    drill_with(bank, points=10)
    assert (
        earned(bank)["exercise duties"] == 5.0
    )  # nothing is known of this house but its own quarterly rule and cards
    clock.advance(timedelta(days=93))
    assert earned(bank)["exercise duties"] == 0.0


def test_role_with_one_holder_is_not_ready(bank: Store) -> None:
    confirm(bank)
    with bank.work() as unit:
        unit.session.get_one(Staff, "dpo-2").active = False
    [part] = [each for each in readiness(bank).parts if each.name == "approvers"]
    assert "data_protection_officer" in part.mend


def test_last_drill_counts_by_its_points_for_a_quarter(bank: Store, clock: VirtualClock) -> None:
    drill_with(bank, points=90)
    assert earned(bank)["last drill"] == 18.0
    clock.advance(timedelta(days=93))
    assert earned(bank)["last drill"] == 0.0


def test_restore_test_counts_for_a_month(bank: Store, clock: VirtualClock) -> None:
    with bank.work() as unit:
        unit.record(RESTORE_TESTED, actor="tocsin", role="administrator", body={"entries": 1})
    assert earned(bank)["restore test"] == 15.0
    clock.advance(timedelta(days=32))
    assert earned(bank)["restore test"] == 0.0


def test_texts_count_as_approved_only_as_they_are_written(bank: Store) -> None:
    with bank.work() as unit:
        for language in LANGUAGES:
            approve_text(unit, "breach-notice", language, "legal-1")
    assert earned(bank)["notice texts"] == 10.0
    with bank.work() as unit:
        body = {"message": "breach-notice", "language": "en", "digest": "of another text"}
        unit.record(TEXT_APPROVED, actor="legal-1", role="legal", body=body)
    assert earned(bank)["notice texts"] == 10.0


@pytest.mark.parametrize(
    ("language", "by", "refusal"),
    [("en", "resp-1", RefusedError), ("en", "nobody", NotFoundError), ("tlh", "legal-1", NotFoundError)],
)
def test_text_is_approved_only_by_those_who_may(
    bank: Store, language: str, by: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), bank.work() as unit:
        approve_text(unit, "breach-notice", language, by)
    assert earned(bank)["notice texts"] == 0.0


def test_law_counts_by_the_places_of_the_organisation(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    found_home(settings)
    store = Store(settings, system_clock)
    [part] = [each for each in readiness(store).parts if each.name == "law reviewed"]
    store.engine.dispose()
    assert "rules read at their source" in part.finding
    assert 0 < part.earned <= 10
