"""Delivery against real servers on loopback: everybody once, whatever the relay and the provider answer."""

import csv
import email
import email.policy
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.clock import system_clock
from models.database import Store
from models.errors import RefusedError
from models.notice import Campaign, Delivery
from notifications.balance import Balance, balance
from notifications.campaign import cancel_campaign, pause_campaign, resume_campaign
from notifications.channels.rehearsal.mail import MailFault, mail_content, mails_by_recipient, received_mails
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.channels.rehearsal.text import TextFault, received_texts, texts_by_number
from notifications.import_people import import_people
from notifications.outbox.delivery import BatchResult, deliver_batch
from notifications.outbox.outcomes import RetryPolicy
from notifications.outbox.sending import Pace
from notifications.postal import write_postal_file
from tests.notifications.conftest import INCIDENT, approved, prepare
from tests.support.ports import spare_port

HURRY = Pace(retry=RetryPolicy(first=timedelta(0), grace=timedelta(0), tries=3))
SAMPLE = """id,name,email,phone,place,categories
1,Anna Müller,anna@mail.example,,DE,name;payment_card
2,王伟,wang@mail.example,13800138000,CN,name;national_id
3,Tom,,9123 4567,SG,
4,Nobody,,,US-NY,
5,Ben,ben@bounce.example,9123 4568,SG,
"""
ON_BOTH = (
    "test_delivery_tells_each_person_once_on_the_first_channel_that_works",
    "test_delivery_settles_a_mail_whose_answer_was_lost",
    "test_cancelled_campaign_gives_its_people_back",
    "test_people_imported_later_are_told_by_another_campaign",
)


@pytest.fixture
def people(store: Store, incident_id: str, people_file: Callable[..., Path]) -> None:
    import_people(store, incident_id, people_file(SAMPLE))


def deliver_all(store: Store, campaign_id: str, pace: Pace = HURRY) -> BatchResult:
    for _ in range(50):
        result = deliver_batch(store, campaign_id, "test", pace=pace)
        if not result.more:
            return result
    raise AssertionError(result)


def balance_of(store: Store) -> Balance:
    with store.reading() as session:
        return balance(session, INCIDENT)


def nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {status: count for status, count in counts.items() if count}


def test_delivery_tells_each_person_once_on_the_first_channel_that_works(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    result = deliver_all(store, approved(store))
    assert (result.status, result.remaining, result.progress) == ("done", 0, 1.0)
    assert mails_by_recipient(rehearsal.mail_folder) == {"anna@mail.example": 1, "wang@mail.example": 1}
    assert texts_by_number(rehearsal.text_folder) == {"+6591234567": 1, "+6591234568": 1}
    found = balance_of(store)
    assert nonzero(found.counts) == {"sent": 4, "no_address": 1}
    assert nonzero(found.campaigns[0].by_channel["email"]) == {"sent": 2, "bounced": 1}
    assert found.is_exact


def test_delivery_writes_to_each_in_their_language_about_their_own_data(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    deliver_all(store, approved(store))
    texts = {}
    for entry in received_mails(rehearsal.mail_folder):
        mail = email.message_from_bytes(
            mail_content(rehearsal.mail_folder, entry), policy=email.policy.default
        )
        texts[entry["to"][0]] = mail.get_body(("plain",)).get_content()
    assert "Guten Tag Anna Müller," in texts["anna@mail.example"]
    assert "Ihre Kartennummer" in texts["anna@mail.example"]
    assert "Ihre Personenkennnummer" not in texts["anna@mail.example"]
    assert "尊敬的王伟：" in texts["wang@mail.example"]
    assert "身份证号码" in texts["wang@mail.example"]


def test_delivery_refuses_a_campaign_that_nobody_approved(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    with pytest.raises(RefusedError, match="not approved"):
        deliver_batch(store, prepare(store), "test")
    assert received_mails(rehearsal.mail_folder) == []


def test_delivery_with_the_relay_down_loses_nothing_and_goes_on_later(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    port, store.settings.rehearsal_smtp_port = store.settings.rehearsal_smtp_port, spare_port()
    campaign_id = approved(store)
    result = deliver_batch(store, campaign_id, "test", pace=HURRY)
    assert (result.sent, result.remaining, result.status) == (1, 3, "sending")
    assert "relay does not answer" in result.unavailable[0]
    assert balance_of(store).is_exact
    store.settings.rehearsal_smtp_port = port
    assert deliver_all(store, campaign_id).status == "done"
    assert sum(mails_by_recipient(rehearsal.mail_folder).values()) == 2


def test_delivery_waits_for_a_greylisting_relay(
    store: Store, incident_id: str, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> None:
    import_people(store, incident_id, people_file("name,email\nAnn,ann@greylist.example\n"))
    campaign_id = approved(store)
    later = Pace(retry=RetryPolicy(first=timedelta(minutes=5)))
    first = deliver_batch(store, campaign_id, "test", pace=later)
    assert (first.deferred, first.more, first.remaining) == (1, False, 1)
    assert timedelta(minutes=4) < first.next_at - system_clock() < timedelta(minutes=6)
    in_time = lambda: datetime.now(UTC) + timedelta(minutes=6)  # noqa: E731
    assert deliver_batch(store, campaign_id, "test", machine=in_time).status == "done"
    assert mails_by_recipient(rehearsal.mail_folder) == {"ann@greylist.example": 1}


def test_delivery_stops_and_pauses_at_a_refusal_by_policy(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    # Refused on every line: what another line had begun before the first refusal may otherwise leave.
    rehearsal.mail.faults.append(MailFault("554 5.7.1 Client host rejected: blocked", times=99))
    campaign_id = approved(store)
    result = deliver_batch(store, campaign_id, "test", pace=HURRY)
    assert (result.status, result.sent) == ("paused", 0)
    assert result.stopped_because == "email: blocked (554)"
    assert balance_of(store).is_exact
    rehearsal.mail.faults.clear()
    with store.work() as unit:
        resume_campaign(unit, campaign_id, actor="comms-1")
    assert deliver_all(store, campaign_id).status == "done"


@pytest.mark.parametrize("at", ["drop_before", "drop_after"])
def test_delivery_settles_a_mail_whose_answer_was_lost(
    store: Store, people: None, rehearsal: Rehearsal, at: str
) -> None:
    rehearsal.mail.faults.append(MailFault(at=at, times=1))
    result = deliver_all(store, approved(store))
    assert result.status == "done"
    assert mails_by_recipient(rehearsal.mail_folder) == {"anna@mail.example": 1, "wang@mail.example": 1}


def test_delivery_holds_an_unknown_mail_without_a_journal(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    from pydantic import SecretStr

    rehearsal.mail.faults.append(MailFault(at="drop_after", times=1))
    store.settings.smtp_url = SecretStr(f"smtp://127.0.0.1:{rehearsal.smtp_port}")
    assert deliver_all(store, approved(store)).status == "done"
    found = balance_of(store)
    assert nonzero(found.counts) == {"sent": 3, "unknown": 1, "no_address": 1}
    assert found.is_exact


@pytest.mark.parametrize("status", [429, 500])
def test_delivery_retries_sms_when_the_provider_is_busy_or_fails(
    store: Store, people: None, rehearsal: Rehearsal, status: int
) -> None:
    rehearsal.text.faults.append(TextFault(status, times=1, retry_after=0))
    assert deliver_all(store, approved(store)).status == "done"
    assert texts_by_number(rehearsal.text_folder) == {"+6591234567": 1, "+6591234568": 1}


def test_delivery_finds_an_sms_whose_answer_was_lost(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    rehearsal.text.faults.append(TextFault(0, times=1))
    assert deliver_all(store, approved(store)).status == "done"
    assert texts_by_number(rehearsal.text_folder) == {"+6591234567": 1, "+6591234568": 1}
    with store.reading() as session:
        row = session.get(Delivery, (f"{INCIDENT}/N1", "sms", 3))
    assert row.reference in {message["sid"] for message in received_texts(rehearsal.text_folder)}


def test_delivery_says_what_to_do_when_the_provider_refuses_the_account(
    store: Store, people: None, rehearsal: Rehearsal
) -> None:
    from pydantic import SecretStr

    store.settings.twilio_account_sid = "AC" + "1" * 32
    store.settings.twilio_auth_token = SecretStr("wrong")
    store.settings.twilio_base_url = rehearsal.http_url
    result = deliver_batch(store, approved(store), "test", pace=HURRY)
    assert "TOCSIN_TWILIO_AUTH_TOKEN" in result.stopped_because
    assert (result.sent, result.remaining) == (2, 2)
    assert balance_of(store).is_exact


def test_delivery_of_a_drill_goes_to_the_rehearsal_servers_and_says_so(
    store: Store, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> None:
    from pydantic import SecretStr

    from tests.notifications.conftest import add_incident

    store.settings.smtp_url = SecretStr("smtp://127.0.0.1:1")
    drill = add_incident(store, "DRL-2026-0001", drill=True)
    import_people(store, drill, people_file(SAMPLE))
    assert deliver_all(store, approved(store, drill)).status == "done"
    mails = received_mails(rehearsal.mail_folder)
    assert len(mails) == 2
    assert all(b"DRILL" in mail_content(rehearsal.mail_folder, entry) for entry in mails)
    assert all("DRILL" in message["body"] for message in received_texts(rehearsal.text_folder))


def test_cancelled_campaign_gives_its_people_back(store: Store, people: None, rehearsal: Rehearsal) -> None:
    campaign_id = approved(store)
    with store.work() as unit:
        cancel_campaign(unit, campaign_id, "wrong text", actor="comms-1")
    assert deliver_batch(store, campaign_id, "test").finished
    assert nonzero(balance_of(store).counts) == {"excluded": 4, "no_address": 1}
    assert deliver_all(store, approved(store)).status == "done"
    found = balance_of(store)
    assert nonzero(found.counts) == {"sent": 4, "no_address": 1}
    assert found.is_exact


def test_paused_campaign_sends_nothing(store: Store, people: None, rehearsal: Rehearsal) -> None:
    campaign_id = approved(store)
    with store.work() as unit:
        pause_campaign(unit, campaign_id, "checking")
    result = deliver_batch(store, campaign_id, "test")
    assert (result.status, result.more, result.stopped_because) == ("paused", False, "checking")
    assert received_mails(rehearsal.mail_folder) == []


def test_people_imported_later_are_told_by_another_campaign(
    store: Store, people: None, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> None:
    deliver_all(store, approved(store))
    import_people(store, INCIDENT, people_file("id,email\n6,new@mail.example\n4,four@mail.example\n"))
    assert balance_of(store).not_planned == 1
    deliver_all(store, approved(store))
    found = balance_of(store)
    assert (nonzero(found.counts), found.affected, found.is_exact) == ({"sent": 6}, 6, True)
    assert set(mails_by_recipient(rehearsal.mail_folder).values()) == {1}
    with store.reading() as session:
        assert session.get(Campaign, f"{INCIDENT}/N2").audience == 2


def test_delivery_pauses_when_too_many_addresses_are_dead(
    store: Store, incident_id: str, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> None:
    rows = "".join(f"p{n}@{'bounce' if n % 2 else 'mail'}.example\n" for n in range(100))
    import_people(store, incident_id, people_file(f"email\n{rows}"))
    store.settings.delivery_batch = 10
    result = deliver_batch(store, approved(store), "test", pace=Pace(judge_after=40))
    assert (result.status, result.remaining > 0) == ("paused", True)
    assert result.stopped_because.endswith("addresses are dead")
    assert balance_of(store).is_exact


def test_people_nobody_could_reach_go_to_the_post(store: Store, people: None, rehearsal: Rehearsal) -> None:
    deliver_all(store, approved(store))
    path, count = write_postal_file(store, INCIDENT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (count, stat.S_IMODE(path.stat().st_mode)) == (1, 0o600)
    assert rows == [
        {
            "person": "4",
            "reference": "4",
            "name": "Nobody",
            "place": "US-NY",
            "language": "en",
            "reason": "no_address",
        }
    ]
