"""What the SMS provider posts is written or kept before it is answered, and nothing of it is lost or done twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from twilio.request_validator import RequestValidator

from models.database import Store, make_engine
from models.enquiry import Enquiry
from models.errors import RefusedError, UnavailableError
from models.notice import Campaign, Delivery, Suppression, TextPost
from notifications.targets import REHEARSAL_TOKEN
from response import text_posts
from response.text_posts import GIVE_UP_AFTER, take_kept, take_post
from tests.support.steps import declared

URL = "https://bank.example/receipts/sms"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DELIVERED = {"MessageSid": "SM7", "MessageStatus": "delivered", "To": "+6591234567"}
QUESTION = {"MessageSid": "SM8", "From": "+6591234567", "Body": "Is my card in it?"}
STOP = {"MessageSid": "SM9", "From": "+6591234567", "Body": "STOP"}
START = {"MessageSid": "SM10", "From": "+6591234567", "Body": "START"}


def post(store: Store, kind: text_posts.Kind, form: dict[str, str], at: datetime = NOW) -> str:
    signature = RequestValidator(REHEARSAL_TOKEN).compute_signature(URL, form)
    return take_post(store, kind, URL, form, signature, machine=lambda: at)


def again(store: Store, seconds: float) -> int:
    return take_kept(store, machine=lambda: NOW + timedelta(seconds=seconds))


def record_message(store: Store) -> None:
    """Write the row of a message that the provider knows as SM7."""
    incident = declared(store)
    with store.work() as unit:
        campaign = Campaign(
            id=f"{incident.id}/N1",
            incident_id=incident.id,
            message="breach-notice",
            template_hash="",
            facts_version=1,
            details={},
            prepared_at=NOW,
        )
        unit.session.add(campaign)
        unit.session.flush()
        row = Delivery(campaign_id=campaign.id, channel="sms", person=1, status="sent", reference="SM7")
        unit.session.add(row)


def status(store: Store) -> str:
    with store.reading() as session:
        return session.exec(select(Delivery)).one().status


def count(store: Store, table: type) -> int:
    with store.reading() as session:
        return len(session.exec(select(table)).all())


def test_report_that_overtook_its_message_is_written_after_a_restart(store: Store) -> None:
    assert post(store, "report", DELIVERED) == "kept"
    record_message(store)
    restarted = Store(store.settings)
    assert again(restarted, 4) == 0
    assert again(restarted, 5) == 1
    assert (status(store), count(store, TextPost)) == ("delivered", 0)


def test_report_on_a_known_message_is_written_at_once_and_again_changes_nothing(store: Store) -> None:
    record_message(store)
    assert [post(store, "report", DELIVERED) for _ in range(2)] == ["written", "written"]
    assert (status(store), count(store, TextPost)) == ("delivered", 0)


def test_report_that_says_nothing_final_is_not_kept(store: Store) -> None:
    assert post(store, "report", DELIVERED | {"MessageStatus": "queued"}) == "on_its_way"
    assert count(store, TextPost) == 0


def test_report_on_a_message_nobody_knows_is_tried_rarer_and_given_up(store: Store) -> None:
    post(store, "report", DELIVERED)
    for seconds in (5, 40, 200, 1000, 5000):
        assert again(store, seconds) == 0
    with store.reading() as session:
        kept = session.exec(select(TextPost)).one()
    assert (kept.tries, kept.due_at) == (5, NOW + timedelta(seconds=5000 + 3600))
    again(store, GIVE_UP_AFTER.total_seconds() + 3600)
    assert count(store, TextPost) == 0


@pytest.mark.parametrize("form", [QUESTION, STOP])
def test_reply_that_can_not_be_written_is_kept_sealed_and_written_later(
    store: Store, monkeypatch: pytest.MonkeyPatch, form: dict[str, str]
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(text_posts, "write_reply", lambda *_: 1 / 0)
        assert [post(store, "reply", form) for _ in range(2)] == ["kept", "seen"]
        assert again(store, 5) == 0
    for path in store.settings.home.glob("*.db*"):
        assert b"+6591234567" not in path.read_bytes()
        assert form["Body"].encode() not in path.read_bytes()
    assert again(store, 60) == 1
    assert count(store, Enquiry) + count(store, Suppression) == 1
    assert [post(store, "reply", form), again(store, 10_000)] == ["seen", 0]


def test_stop_posted_again_after_a_start_does_not_stop_again(store: Store) -> None:
    taken = [post(store, "reply", form) for form in (STOP, START, STOP)]
    assert (taken, count(store, Suppression)) == (["written", "written", "seen"], 0)


def test_post_is_not_answered_as_taken_while_the_database_is_away(store: Store) -> None:
    away = Store(store.settings)
    away.engine = make_engine(f"sqlite:///{store.settings.home}/nowhere/tocsin.db")
    with pytest.raises(UnavailableError):
        post(away, "reply", STOP)


@pytest.mark.parametrize("kind", ["report", "reply"])
def test_post_without_the_providers_signature_is_refused(store: Store, kind: text_posts.Kind) -> None:
    with pytest.raises(RefusedError, match="not signed"):
        take_post(store, kind, URL, STOP, "x")
    assert (count(store, Suppression), count(store, TextPost)) == (0, 0)
