"""When the last message leaves: from what was measured, what is set or stated, and a cautious guess otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from models.database import Store
from models.notice import Campaign, DeliveryWindow
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.forecast import ASSUMED, Rate, campaign_forecast, forecast, measured_rate, rate_of
from notifications.import_people import import_people
from notifications.plan import PlanLine, plan_lines
from notifications.progress import campaign_progress
from tests.notifications.conftest import INCIDENT, approved, prepare
from tests.notifications.test_delivery import deliver_all

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
PEOPLE = """id,email,phone,place,language
1,a@mail.example,,DE,de
2,b@mail.example,,DE,de
3,,9123 4567,SG,en
4,,,US-NY,en
"""


@pytest.fixture
def people(store: Store, incident_id: str, people_file: Callable[..., Path]) -> None:
    import_people(store, incident_id, people_file(PEOPLE))


def claimed(
    store: Store,
    campaign_id: str,
    *moments: float,
    size: int = 64,
    channel: str = "email",
    rehearsed: bool = True,
) -> None:
    with store.work() as unit:
        for seconds in moments:
            at = AT + timedelta(seconds=seconds)
            unit.session.add(
                DeliveryWindow(
                    campaign_id=campaign_id,
                    channel=channel,
                    first=0,
                    last=0,
                    size=size,
                    worker="w",
                    claimed_at=at,
                    lease_until=at,
                    open=False,
                    rehearsed=rehearsed,
                )
            )


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_forecast_adds_the_channels_up(mails: int, texts: int, fast: float, slow: float) -> None:
    rates = {"email": Rate(fast, "stated"), "sms": Rate(slow, "stated")}
    found = forecast({"email": mails, "sms": texts}, rates, AT, None)
    assert (found.last_at - AT).total_seconds() == pytest.approx(mails / fast + texts / slow, abs=1e-3)
    assert found.in_time is None


@pytest.mark.parametrize(("hours", "in_time"), [(3, True), (2, False)])
def test_forecast_says_whether_the_limit_can_be_met(hours: int, in_time: bool) -> None:
    rates = {"email": Rate(10, "stated")}
    found = forecast({"email": 100_000}, rates, AT, AT + timedelta(hours=hours))
    assert (found.in_time, found.last_at) == (in_time, AT + timedelta(seconds=10_000))


def test_forecast_waits_for_the_canary_where_bounces_can_come_back(store: Store, people: None) -> None:
    campaign = prepare(store)
    with store.work() as unit:
        unit.session.get_one(Campaign, campaign).canary = 1

    def lasts() -> float:
        with store.reading() as session:
            found = campaign_forecast(session, store.settings, campaign, AT)
        return (found.last_at - found.begins_at).total_seconds()

    sending = 2 / ASSUMED["email"] + 1 / ASSUMED["sms"]
    assert lasts() == pytest.approx(sending)
    store.settings.canary_seconds = 300
    assert lasts() == pytest.approx(sending + 300)
    with store.work() as unit:
        unit.session.get_one(Campaign, campaign).canary_judged_at = unit.clock()
    assert lasts() == pytest.approx(sending)


def test_rate_is_measured_between_claims_without_the_pauses(store: Store, people: None) -> None:
    campaign = prepare(store)
    claimed(store, campaign, 0, 2, 4, 3600, 3602)
    with store.reading() as session:
        assert measured_rate(session, "email", rehearsed=True) == 32.0
        assert measured_rate(session, "email", rehearsed=False) is None
        assert measured_rate(session, "sms", rehearsed=True) is None


def test_rate_of_a_rehearsal_server_is_not_counted_on_for_the_bank_s_relay(
    store: Store, people: None
) -> None:
    claimed(store, prepare(store), 0, 2, 4)
    store.settings.smtp_url = SecretStr("smtp://relay.bank.example:587")
    with store.reading() as session:
        found = rate_of(session, store.settings, "email", drill=False)
        drilled = rate_of(session, store.settings, "email", drill=True)
    assert (found.basis, drilled.basis) == ("assumed", "measured")


def test_rate_known_best_is_taken(store: Store, people: None) -> None:
    def rate(stated: float | None = None) -> tuple[float, str]:
        with store.reading() as session:
            found = rate_of(session, store.settings, "email", drill=False, stated=stated)
        return found.per_second, found.basis

    assert rate() == (ASSUMED["email"], "assumed")
    claimed(store, prepare(store), 0, 2, 4)
    assert rate() == (32.0, "measured")
    store.settings.mail_rate = 5.0
    assert (rate(), rate(3.0), rate(50.0)) == ((5.0, "limit"), (3.0, "stated"), (5.0, "stated"))


def test_plan_counts_people_by_language_channel_and_law(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    wanted = (
        PlanLine("de", "email", "eu", 2),
        PlanLine("en", "sms", "sg", 1),
        PlanLine("en", "none", "us", 1),
    )
    for before in (lambda: None, lambda: approved(store)):  # without a campaign and with one that waits
        before()
        with store.reading() as session:
            assert plan_lines(session, INCIDENT, "breach-notice") == wanted
    deliver_all(store, f"{INCIDENT}/N1")
    with store.reading() as session:
        assert plan_lines(session, INCIDENT, "breach-notice") == wanted[2:]


def test_progress_goes_from_nothing_to_all(store: Store, people: None, rehearsal: Rehearsal) -> None:
    campaign = approved(store)

    def share() -> tuple[float, bool]:
        with store.reading() as session:
            found = campaign_progress(session, store.settings, campaign, store.clock())
        return found.share, found.forecast is None

    assert share() == (0.25, False)  # nobody can be told who has no address
    deliver_all(store, campaign)
    assert share() == (1.0, True)


def test_approval_keeps_the_forecast_it_was_given_on(store: Store, people: None) -> None:
    campaign = approved(store)
    with store.reading() as session:
        kept = campaign_progress(session, store.settings, campaign, store.clock()).campaign.forecast
        assert kept == campaign_forecast(session, store.settings, campaign, store.clock()).to_json()
    assert kept["people"] == {"email": 2, "sms": 1}
