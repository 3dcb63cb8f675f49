"""Bounces and reports that come back change the register, once, and only when they can be believed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from models.database import Store
from models.errors import RefusedError
from models.notice import Delivery
from notifications import mail_receipts
from notifications.balance import balance
from notifications.campaign import resume_campaign
from notifications.channels.callbacks import read_text_report
from notifications.channels.rehearsal.mail import mails_by_recipient, received_mails
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.channels.rehearsal.text import texts_by_number
from notifications.import_people import import_people
from notifications.mail_receipts import take_mails
from notifications.mailbox import Maildir
from notifications.message_ids import message_id, person_named
from notifications.outbox.canary import WhenStopped
from notifications.receipts import Receipt, take_bounce
from notifications.targets import REHEARSAL_TOKEN
from notifications.text_receipts import UNMATCHED, write_report
from tests.notifications.conftest import INCIDENT, approved
from tests.notifications.test_bounces import report
from tests.notifications.test_delivery import deliver_all

CAMPAIGN = f"{INCIDENT}/N1"
URL = "https://bank.example/receipts/sms"
PEOPLE = "id,email,phone,place\n1,ann@mail.example,9123 4567,SG\n2,ben@mail.example,,SG\n3,,9123 4569,SG\n"
ON_BOTH = ("test_bounce_after_the_end_tells_the_reader_by_sms",)


@pytest.fixture
def told(store: Store, incident_id: str, people_file: Callable[..., Path], rehearsal: Rehearsal) -> None:
    import_people(store, incident_id, people_file(PEOPLE))
    assert deliver_all(store, approved(store)).status == "done"


def bounce_of(rehearsal: Rehearsal, address: str, **more: str) -> bytes:
    entry = next(entry for entry in received_mails(rehearsal.mail_folder) if entry["to"] == [address])
    return report(**more).replace(b"<42@bank.example>", entry["message_id"].encode())


def with_an_id_of_the_relay(bounce: bytes) -> bytes:
    """Change a bounce as a relay does that gives each mail its own Message-ID."""
    own = b"Message-ID: <0100-000000@eu.relay.example>\n"
    return bounce.replace(b"Message-ID: ", own + b"X-Tocsin-Notice: ", 1)


def status(store: Store, channel: str, person: int) -> str:
    with store.reading() as session:
        assert balance(session, INCIDENT).is_exact
        return session.get_one(Delivery, (CAMPAIGN, channel, person)).status


def test_bounce_after_the_end_tells_the_reader_by_sms(store: Store, told: None, rehearsal: Rehearsal) -> None:
    raw = bounce_of(rehearsal, "ann@mail.example")
    assert [receipt.changed for receipt in take_bounce(store, raw)] == [True]
    assert [receipt.changed for receipt in take_bounce(store, raw)] == [False]
    assert deliver_all(store, CAMPAIGN).status == "done"
    assert texts_by_number(rehearsal.text_folder)["+6591234567"] == 1
    assert (status(store, "email", 1), status(store, "sms", 1)) == ("bounced", "sent")


def test_bounce_is_matched_where_the_relay_replaced_the_message_id(
    store: Store, told: None, rehearsal: Rehearsal
) -> None:
    raw = with_an_id_of_the_relay(bounce_of(rehearsal, "ann@mail.example"))
    assert [(each.person, each.changed) for each in take_bounce(store, raw)] == [(1, True)]


def test_dead_address_is_not_written_to_in_another_incident(
    store: Store, told: None, rehearsal: Rehearsal, people_file: Callable[..., Path]
) -> None:
    from tests.notifications.conftest import add_incident

    take_bounce(store, bounce_of(rehearsal, "ben@mail.example"))
    second = add_incident(store, "INC-2026-0002")
    import_people(store, second, people_file("email\nBEN@mail.example\n"))
    assert deliver_all(store, approved(store, second)).status == "done"
    assert mails_by_recipient(rehearsal.mail_folder)["ben@mail.example"] == 1
    with store.reading() as session:
        assert balance(session, second).counts["suppressed"] == 1


def test_bounce_with_an_invented_id_changes_nothing(store: Store, told: None, rehearsal: Rehearsal) -> None:
    genuine = bounce_of(rehearsal, "ann@mail.example")
    entry = received_mails(rehearsal.mail_folder)[0]["message_id"]
    forged = genuine.replace(entry.encode(), entry.replace("@", "0@").replace(".0", ".1").encode())
    assert not any(receipt.changed for receipt in take_bounce(store, forged))
    assert status(store, "email", 1) == "sent"


def test_bounce_folder_is_taken_once(store: Store, told: None, rehearsal: Rehearsal, tmp_path: Path) -> None:
    new = tmp_path / "maildir" / "new"
    new.mkdir(parents=True)
    (new / "1").write_bytes(
        bounce_of(rehearsal, "ann@mail.example", diagnosis="552 5.2.2 Mailbox full", status="5.2.2")
    )
    (new / "2").write_bytes(b"Subject: hello\n\nhello")
    mailbox = Maildir(new.parent)
    assert take_mails(store, mailbox) == {"bounce": 1, "other": 1}
    assert take_mails(store, mailbox) == {}
    assert status(store, "email", 1) == "bounced"


def test_mail_whose_own_id_is_no_text_is_taken_once(store: Store, told: None, rehearsal: Rehearsal) -> None:
    raw = b"Message-ID: <\xff@relay.example>\n" + bounce_of(rehearsal, "ann@mail.example")
    assert [[found.changed for found in take_bounce(store, raw)] for _ in range(2)] == [[True], [False]]


def test_mail_that_can_not_be_taken_keeps_no_other_waiting(
    store: Store, told: None, rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "maildir" / "new"
    new.mkdir(parents=True)
    (new / "1").write_bytes(b"Subject: poison\n\n")
    (new / "2").write_bytes(bounce_of(rehearsal, "ann@mail.example"))
    taken = mail_receipts.take_bounce

    def broken(given: Store, raw: bytes, **more: object) -> tuple[Receipt, ...]:
        return taken(given, raw if b"poison" not in raw else None, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(mail_receipts, "take_bounce", broken)
    assert take_mails(store, Maildir(new.parent)) == {"faulty": 1, "bounce": 1}


def sms_report(
    store: Store,
    sid: str,
    word: str,
    code: str = "",
    token: str = REHEARSAL_TOKEN,
    when_stopped: WhenStopped | None = None,
) -> Receipt:
    form = {"MessageSid": sid, "MessageStatus": word} | ({"ErrorCode": code} if code else {})
    signature = RequestValidator(token).compute_signature(URL, form)
    posted = read_text_report(REHEARSAL_TOKEN, URL, form, signature)
    with store.work() as unit:
        return write_report(unit, posted, now=store.clock(), when_stopped=when_stopped)


def reference(store: Store) -> str:
    with store.reading() as session:
        return session.get_one(Delivery, (CAMPAIGN, "sms", 3)).reference


@pytest.mark.parametrize(
    ("word", "code", "becomes"),
    [
        ("delivered", "", "delivered"),
        ("undelivered", "30005", "bounced"),
        ("failed", "30008", "deferred"),
        ("undelivered", "21610", "suppressed"),
        ("undelivered", "30007", "rejected"),
        ("undelivered", "30034", "deferred"),
        ("undelivered", "", "rejected"),
        ("undelivered", "x", "rejected"),
        ("sent", "", "sent"),
    ],
)
def test_sms_report_is_written_by_its_meaning(
    store: Store, told: None, word: str, code: str, becomes: str
) -> None:
    assert sms_report(store, reference(store), word, code).changed is (becomes != "sent")
    assert status(store, "sms", 3) == becomes


def test_sms_report_that_the_sender_is_at_fault_pauses_the_campaign(
    store: Store, told: None, rehearsal: Rehearsal
) -> None:
    called: list[str] = []
    sms_report(
        store,
        reference(store),
        "undelivered",
        "30034",
        when_stopped=lambda _, campaign: called.append(campaign.stopped_because),
    )
    (because,) = called
    assert because.startswith("sms: sender_not_usable (30034). Mend TOCSIN_TWILIO_FROM")
    with store.work() as unit:
        resume_campaign(unit, CAMPAIGN, actor="comms-1")
    assert deliver_all(store, CAMPAIGN).status == "done"
    assert texts_by_number(rehearsal.text_folder)["+6591234569"] == 2  # the first never arrived
    assert status(store, "sms", 3) == "sent"


def test_sms_report_is_given_up_after_as_many_tries_as_any_message(store: Store, told: None) -> None:
    with store.work() as unit:
        row = unit.session.get_one(Delivery, (CAMPAIGN, "sms", 3))
        row.attempts = 8
        unit.session.add(row)
    assert sms_report(store, reference(store), "undelivered", "30008").changed
    assert status(store, "sms", 3) == "rejected"


def test_sms_report_on_an_unknown_message_says_so(store: Store, told: None) -> None:
    assert sms_report(store, "SM" + "f" * 32, "delivered").kind == UNMATCHED


def test_sms_report_with_a_wrong_signature_is_refused(store: Store, told: None) -> None:
    with pytest.raises(RefusedError, match="not signed"):
        sms_report(store, reference(store), "delivered", token="other")
    assert status(store, "sms", 3) == "sent"


def test_message_id_leads_back_only_with_the_key(store: Store) -> None:
    sealer, other = store.organisation_key.sealer, store.organisation_key.incident_sealer
    made = message_id(sealer, CAMPAIGN, 77, "bank.example")
    wrapped = store.organisation_key.new_incident_key("X")
    assert person_named(sealer, made) == 77
    assert person_named(other("X", wrapped), made) is None
    assert "77." not in made
