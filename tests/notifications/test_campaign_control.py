"""What keeps a campaign from doing harm: a canary, a limit, a stop by itself, and people who may end it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from models.clock import system_clock
from models.database import Store
from models.errors import RefusedError
from models.ledger import LedgerEntry
from models.notice import Campaign, DeliveryWindow
from notifications.balance import balance
from notifications.campaign import approve_campaign, get_campaign, resume_campaign
from notifications.channels.rehearsal.mail import mails_by_recipient
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.import_people import import_people
from notifications.outbox.delivery import BatchResult, deliver_batch
from notifications.pacing import allowance, canary_size, most_in_a_batch
from tests.notifications.conftest import INCIDENT, prepare

ON_BOTH = ("test_canary_is_told_first_and_the_rest_when_its_time_is_up", "test_limit_holds_over_all_claims")


@pytest.fixture
def people(store: Store, incident_id: str, people_file: Callable[..., Path]) -> Callable[..., None]:
    def add(good: int, dead: int = 0) -> None:
        rows = [f"d{n},d{n}@bounce.example,DE" for n in range(dead)]
        rows += [f"g{n},g{n}@mail.example,DE" for n in range(good)]
        import_people(store, incident_id, people_file("id,email,place\n" + "\n".join(rows) + "\n"))

    return add


def canary(store: Store, size: int) -> str:
    campaign_id = prepare(store)
    with store.work() as unit:
        campaign = get_campaign(unit.session, campaign_id)
        campaign.canary = size
        unit.session.add(campaign)
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
    return campaign_id


def batch(store: Store, campaign_id: str, later: float = 0.0) -> BatchResult:
    return deliver_batch(
        store, campaign_id, "test", machine=lambda: system_clock() + timedelta(seconds=later)
    )


def told(store: Store) -> int:
    with store.reading() as session:
        found = balance(session, INCIDENT)
    assert found.is_exact
    return found.told


def tags(store: Store) -> list[str]:
    with store.reading() as session:
        every = session.execute(select(LedgerEntry.tag).order_by(LedgerEntry.seq)).scalars()
        return [tag for tag in every if tag.startswith("campaign:")]


def test_canary_is_told_first_and_the_rest_when_its_time_is_up(
    store: Store, people: Callable[..., None], rehearsal: Rehearsal
) -> None:
    people(30)
    store.settings.canary_seconds = 300
    campaign = canary(store, 5)
    first = batch(store, campaign)
    assert (told(store), first.more, first.finished) == (5, False, False)
    assert first.next_at is not None
    assert (batch(store, campaign).sent, told(store)) == (0, 5)
    assert batch(store, campaign, later=301).more
    assert batch(store, campaign, later=301).finished
    assert (told(store), set(mails_by_recipient(rehearsal.mail_folder).values())) == (30, {1})
    assert tags(store)[2:] == ["campaign:started", "campaign:canary_passed", "campaign:done"]


def test_canary_that_bounces_stops_the_campaign_until_a_person_resumes_it(
    store: Store, people: Callable[..., None], rehearsal: Rehearsal
) -> None:
    people(30, dead=3)
    campaign = canary(store, 10)
    called: list[str] = []
    stopped = deliver_batch(store, campaign, "test", when_stopped=lambda _, row: called.append(row.id))
    assert (stopped.status, stopped.stopped_because) == ("paused", "canary: 3 of 10 could not be reached")
    assert (called, told(store), batch(store, campaign).counts) == ([campaign], 7, {})
    with store.work() as unit:
        resume_campaign(unit, campaign, actor="comms-1")
    assert batch(store, campaign).finished
    assert told(store) == 30


def test_canary_within_the_threshold_goes_on(
    store: Store, people: Callable[..., None], rehearsal: Rehearsal
) -> None:
    people(30, dead=2)
    campaign = canary(store, 10)
    assert [batch(store, campaign).more, batch(store, campaign).finished] == [True, True]


@pytest.mark.parametrize(("size", "audience", "becomes"), [(100, 999, 0), (100, 1000, 100), (0, 10**6, 0)])
def test_canary_is_for_campaigns_of_ten_times_its_size(
    store: Store, size: int, audience: int, becomes: int
) -> None:
    store.settings.canary_size = size
    assert canary_size(store.settings, audience) == becomes


def test_limit_holds_over_all_claims(store: Store, people: Callable[..., None], rehearsal: Rehearsal) -> None:
    people(30)
    store.settings.mail_rate = 100.0
    store.settings.delivery_batch = 10
    campaign = canary(store, 0)
    assert batch(store, campaign).finished
    with store.reading() as session:
        rows = session.execute(
            select(DeliveryWindow.claimed_at, DeliveryWindow.size).order_by(DeliveryWindow.id)
        )
        for (earlier, size), (later, _) in pairwise(rows.tuples().all()):
            assert (later - earlier).total_seconds() >= size / 100.0


def test_limit_says_how_long_to_wait(store: Store, people: Callable[..., None]) -> None:
    people(30)
    store.settings.mail_rate = 5.0
    campaign, now = prepare(store), system_clock()
    with store.work() as unit:
        row = get_campaign(unit.session, campaign)
        claimed = {"first": 0, "last": 0, "worker": "w", "lease_until": now, "open": False}
        unit.session.add(
            DeliveryWindow(campaign_id=row.id, channel="email", size=20, claimed_at=now, **claimed)
        )
        unit.session.flush()
        connection = unit.session.connection()

        def wait(seconds: float) -> tuple[int, float]:
            at = now + timedelta(seconds=seconds)
            found = allowance(connection, store.settings, row, "email", 64, at)
            return found.people, found.wait_seconds

        assert [wait(0), wait(3), wait(5)] == [(5, 4.0), (5, 1.0), (5, 0.0)]
    assert (most_in_a_batch(store.settings, 2000), most_in_a_batch(store.settings, 10)) == (150, 10)


def test_who_asks_for_a_campaign_can_not_approve_it(store: Store, people: Callable[..., None]) -> None:
    people(3)
    campaign_id = prepare(store, actor="comms-1")
    with store.work() as unit, pytest.raises(RefusedError, match="1 approved"):
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
    with store.work() as unit:
        approve_campaign(unit, campaign_id, ("comms-2", "dpo-1"))
        assert unit.session.get_one(Campaign, campaign_id).approved_by == ["comms-2", "dpo-1"]
