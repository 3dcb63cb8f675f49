"""Signals by mail: findings as from the webhook, words for a person; kept sealed, once, seen only when kept."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlmodel import col, select

from console.parts import parts_of
from models.call import Call
from models.clock import VirtualClock
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.ledger import LedgerEntry
from models.settings import Settings
from models.signal import Signal, SignalMail
from notifications.mailbox import MAX_BYTES
from response.calling.call_sending import send_waiting_calls
from response.organisation import sample_text
from response.signal_answers import declare_signal, open_signal, set_signal_aside
from response.signal_calls import remind_of_signals
from response.signal_mail import Fetched, fetch_signals
from response.signal_state import waiting_signals
from response.signals.mail import MOST_HOPS, read_mail
from response.staff import import_staff
from tests.simulators.imap_server import PASSWORD, USER, imap_server
from tests.support.signals import macie

SCANNER = "findings@scanner.lantern-bay.example"
PROVEN = "mx.lantern-bay.example; dmarc=pass (p=reject) header.from={}"


def mail(
    sender: str, body: str = "", *, subject: str = "Security", proven: bool = True, **headers: str
) -> EmailMessage:
    """Write a mail; `proven`: the bank's own mail server vouches for the sender's domain."""
    message = EmailMessage()
    message["From"], message["Subject"] = sender, subject
    message["Message-ID"] = headers.pop("message_id", "<1@sender.example>")
    message["Date"] = headers.pop("date", "Tue, 03 Mar 2026 02:55:00 +0000")
    if proven:
        message["Authentication-Results"] = PROVEN.format(sender.rpartition("@")[2].strip(">"))
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def finding(**more: str) -> EmailMessage:
    """Write a scanner's mail with its finding attached."""
    message = mail(SCANNER, "A finding is attached.", Auto_Submitted="auto-generated", **more)
    message.add_attachment(macie(), maintype="application", subtype="json", filename="finding.json")
    return message


@pytest.fixture
def bank(store: Store) -> Store:
    """A bank with its people and its rules about senders."""
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    import_staff(store, sample_text(), "organisation.yaml", by="admin-1")
    return store


@pytest.fixture
def post(bank: Store, tmp_path: Path) -> Callable[..., Fetched]:
    """Put mails into a maildir and read it once."""
    box = tmp_path / "box"
    (box / "new").mkdir(parents=True)
    bank.settings.signal_mailbox = SecretStr(f"maildir:{box}")

    def put(*mails: EmailMessage | bytes) -> Fetched:
        for each in mails:
            name = f"{len(list(box.rglob('*'))):04d}"
            (box / "new" / name).write_bytes(each if isinstance(each, bytes) else each.as_bytes())
        found = fetch_signals(bank)
        assert list((box / "new").iterdir()) == []
        return found

    return put


def told(store: Store, signal_id: str) -> str:
    return open_signal(store, signal_id, "resp-1").text


def only(store: Store) -> Signal:
    with store.reading() as session:
        return session.exec(select(Signal)).one()


def tags(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.exec(select(LedgerEntry.tag).order_by(col(LedgerEntry.seq))))


def test_finding_in_a_scanner_s_mail_is_declared_as_from_the_webhook(bank: Store, post) -> None:
    found = post(finding())
    assert (found.mails, found.incidents) == ({"taken": 1}, ("INC-2026-0001",))
    signal = only(bank)
    assert (signal.form, signal.told_by, signal.named["target"]) == ("aws.macie", "detector", "exports-7")


@pytest.mark.parametrize(
    "body", [macie().decode(), "\n\n" + macie().decode() + "\n"], ids=["plain", "blank lines around"]
)
def test_finding_that_is_the_body_itself_is_taken(bank: Store, post, body: str) -> None:
    post(mail(SCANNER, body))
    assert (only(bank).form, only(bank).incident_id) == ("aws.macie", "INC-2026-0001")


def test_batch_attached_to_a_mail_gives_each_finding(bank: Store, post) -> None:
    batch = b"[" + macie(own_id="a") + b"," + macie(own_id="b", bucket="exports-8") + b"]"
    message = mail(SCANNER, "two")
    message.add_attachment(batch, maintype="application", subtype="octet-stream", filename="ALL.JSON")
    assert post(message).incidents == ("INC-2026-0001", "INC-2026-0002")


def test_finding_whose_sender_nothing_proves_waits_for_a_person(bank: Store, post) -> None:
    post(finding(proven=False))
    assert (only(bank).form, only(bank).incident_id) == ("aws.macie", None)
    assert declare_signal(bank, only(bank).id, "lead-1").id == "INC-2026-0001"


@pytest.mark.parametrize(
    "line",
    [
        "mx.lantern-bay.example; dmarc=fail header.from=scanner.lantern-bay.example",
        "mx.lantern-bay.example; dmarc=fail (dmarc=pass) header.from=scanner.lantern-bay.example",
        "mx.lantern-bay.example; dkim=pass header.d=evil.example; spf=pass",
        "mx.lantern-bay.example; dmarc=pass header.from=evil.example",
        "mx.evil.example; dmarc=pass header.from=scanner.lantern-bay.example",
        "mx.lantern-bay.example",
        "",
    ],
)
def test_only_our_own_server_s_verdict_on_this_very_domain_proves_a_sender(
    bank: Store, post, line: str
) -> None:
    post(finding(proven=False, Authentication_Results=line))
    assert only(bank).incident_id is None


def test_newest_verdict_counts_when_a_sender_wrote_one_in_our_name(bank: Store, post) -> None:
    forged = finding(proven=True)
    failed = b"Authentication-Results: mx.lantern-bay.example; dmarc=fail header.from=x\n"
    post(failed + forged.as_bytes())
    assert only(bank).incident_id is None


def test_words_of_a_person_wait_and_somebody_is_called_once_an_hour(
    bank: Store, post, clock: VirtualClock
) -> None:
    post(mail("Ms Quill <ann@mail.example>", "I can see my neighbour's balance.", subject="Strange"))
    assert (only(bank).form, only(bank).told_by, only(bank).title) == ("told", "unknown", "Told by a person")
    assert told(bank, only(bank).id) == "Strange\n\nI can see my neighbour's balance."
    post(mail("bob@mail.example", "Me too.", message_id="<2@x>"))
    with bank.reading() as session:
        assert len(waiting_signals(session)) == 2
        called = {call.staff_id for call in session.exec(select(Call)) if call.kind == "signal"}
    assert called == {"resp-1", "resp-2", "lead-1", "lead-2"}
    assert (tags(bank).count("person:called"), remind_of_signals(bank)) == (1, False)
    clock.advance(timedelta(minutes=61))
    assert (remind_of_signals(bank), tags(bank).count("person:called")) == (True, 2)


def test_nobody_is_called_about_what_was_answered(bank: Store, post, clock: VirtualClock) -> None:
    post(mail("ann@mail.example", "x"))
    set_signal_aside(bank, only(bank).id, "resp-1", "A test.")
    clock.advance(timedelta(minutes=61))
    assert (remind_of_signals(bank), send_waiting_calls(bank)) == (False, 0)
    with bank.reading() as session:
        assert {call.status for call in session.exec(select(Call))} == {"dropped"}


@pytest.mark.parametrize(
    ("sender", "teller"),
    [
        ("fraud.desk@police.example", "police"),
        ("NEWS@Newspaper.Example", "press"),
        ("lead@lantern-bay.example", "employee"),
        (SCANNER, "detector"),
        ("x@police.example.evil.example", "unknown"),
        ("police.example@evil.example", "unknown"),
    ],
)
def test_sender_s_address_says_who_tells_by_the_organisation_s_rules(
    bank: Store, post, sender: str, teller: str
) -> None:
    post(mail(sender, "Something was found."))
    assert (only(bank).told_by, only(bank).incident_id) == (teller, None)


def test_mail_of_two_senders_is_nobody_s(bank: Store, post) -> None:
    post(mail("a@police.example, b@evil.example", "Stop everything."))
    assert only(bank).told_by == "unknown"


def test_mail_is_kept_whole_and_sealed(bank: Store, post) -> None:
    raw = mail("ann@mail.example", "Geheimnis").as_bytes()
    post(raw)
    with bank.reading() as session:
        kept = session.exec(select(SignalMail)).one()
    assert b"Geheimnis" not in kept.raw
    assert open_signal(bank, only(bank).id, "resp-1", mail=True).mail == raw
    assert tags(bank)[-1] == "signal:opened"


def test_words_are_shown_to_those_only_who_may_answer(bank: Store, post) -> None:
    post(mail("ann@mail.example", "x"))
    with pytest.raises(RefusedError):
        open_signal(bank, only(bank).id, "comms-1")
    with pytest.raises(NotFoundError):
        open_signal(bank, "SIG-999999", "resp-1")


def test_same_mail_again_is_one_signal(bank: Store, post) -> None:
    first = mail("ann@mail.example", "I lost a folder.")
    footer = mail("ann@mail.example", "I lost a folder.\n-- \nsent through a list")
    other_way = mail("ann@mail.example", "I lost a folder.", message_id="<other@x>")
    assert post(first).mails == {"taken": 1}
    assert post(first, footer, other_way).mails == {"again": 3}
    assert only(bank).id == "SIG-000001"


def test_same_words_on_another_day_or_from_another_person_are_heard(bank: Store, post) -> None:
    later = mail("ann@mail.example", "It is down.", date="Wed, 04 Mar 2026 02:55:00 +0000")
    somebody = mail("bob@mail.example", "It is down.")
    assert post(mail("ann@mail.example", "It is down."), later, somebody).mails == {"taken": 3}


def test_finding_that_came_by_the_webhook_too_is_one_signal(bank: Store, post) -> None:
    from response.detection import take_signal

    signal, incident = take_signal(bank, macie(), None, "detector")
    found = post(finding())
    assert (found.signals, found.incidents) == ((signal.id,), (incident.id,))


@pytest.mark.parametrize(
    ("headers", "because"),
    [
        ({"Auto_Submitted": "auto-replied (vacation)"}, "it is an automatic answer"),
        ({"X_Autoreply": "yes"}, "it is an automatic answer"),
        ({"Auto_Submitted": "auto-generated"}, "Tocsin sent it itself"),
    ],
)
def test_automatic_mails_are_noted_and_no_signals(
    bank: Store, post, headers: dict[str, str], because: str
) -> None:
    assert post(mail(bank.settings.mail_from, "I am away.", **headers)).mails == {"set_aside": 1}
    with bank.reading() as session:
        [kept] = session.exec(select(SignalMail)).all()
        assert session.exec(select(Signal)).all() == []
    assert (kept.set_aside, kept.raw) == (because, b"")
    assert tags(bank)[-1] == "mail:set_aside"


def test_mail_in_a_circle_and_a_report_on_delivery_are_no_signals(post) -> None:
    circling = b"Received: from a\n" * (MOST_HOPS + 1) + mail("a@mail.example", "x").as_bytes()
    report = (
        b"From: mailer@x\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b--"
    )
    assert post(circling, report).mails == {"set_aside": 2}


def test_scanner_s_mail_that_says_it_was_generated_is_taken(post) -> None:
    assert post(mail(SCANNER, "Disk full.", Auto_Submitted="auto-generated")).mails == {"taken": 1}


def test_mail_of_html_alone_is_read_without_its_tags(bank: Store, post) -> None:
    message = mail("ann@mail.example")
    message.set_content(
        "<html><head><title>t</title><style>p{}</style></head><body><p>Caf&eacute; &lt;open&gt;</p>"
        "<script>alert(1)</script><div>two<br>lines</div></body></html>",
        subtype="html",
    )
    post(message)
    assert told(bank, only(bank).id) == "Security\n\nCafé <open>\ntwo\nlines"


def test_huge_mail_is_kept_as_far_as_it_is_read_and_waits(bank: Store, post) -> None:
    post(mail("ann@mail.example", "word " * (MAX_BYTES // 4)))
    with bank.reading() as session:
        [kept] = session.exec(select(SignalMail)).all()
    assert (kept.whole, only(bank).form) == (False, "told")
    assert "cut" in open_signal(bank, only(bank).id, "resp-1").about


BROKEN = {
    "empty": b"",
    "no headers": b"\n\nhello",
    "binary": bytes(range(256)) * 4,
    "no end of a part": b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi",
    "unknown charset": b"From: a@b.c\nContent-Type: text/plain; charset=klingon\n\nhi",
    "broken base64": b"From: a@b.c\nContent-Transfer-Encoding: base64\n\n!!!=",
    "broken words": b"From: =?utf-8?q?=ff?= <a@b.c>\nSubject: =?x-none?b?@@?=\n\nhi",
    "parts in parts": b"From: a@b.c\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(300)),
    "json that is none": b'From: a@b.c\nContent-Type: application/json\n\n{"id": ',
    "nul": b"From: a@b.c\nSubject: a\0b\n\nx\0y",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_mail_in_broken_form_is_kept_and_waits(bank: Store, post, raw: bytes) -> None:
    assert post(raw).mails == {"taken": 1}
    assert only(bank).incident_id is None
    assert open_signal(bank, only(bank).id, "resp-1", mail=True).mail == raw


@given(st.binary(max_size=400))
def test_reading_a_mail_never_fails(noise: bytes) -> None:
    for raw in (noise, b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + noise):
        assert len(read_mail(raw).text) <= len(raw) * 4


def test_mail_is_marked_as_seen_only_when_it_is_kept(
    bank: Store, post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("response.signal_mail.take_arrived", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            post(finding())
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1
    assert (post().incidents, only(bank).id) == (("INC-2026-0001",), "SIG-000001")


@pytest.fixture
def imap(bank: Store) -> Iterator[Callable[[bytes], Fetched]]:
    """Serve mails over IMAP and read the folder once."""
    with imap_server() as server:
        address = f"imap://{USER}:{quote(PASSWORD)}@127.0.0.1:{server.port}/INBOX"

        def put(raw: bytes) -> Fetched:
            server.add(raw)
            found = fetch_signals(bank, address)
            assert server.seen == set(server.mails)
            return found

        yield put


def test_signals_come_over_imap_too(imap: Callable[[bytes], Fetched]) -> None:
    assert imap(finding().as_bytes()).incidents == ("INC-2026-0001",)
    again = imap(mail("ann@mail.example", "words").as_bytes())
    assert (again.mails, again.signals, again.incidents) == ({"taken": 1}, ("SIG-000002",), ())


def test_mailbox_of_bounces_is_no_mailbox_for_signals(bank: Store) -> None:
    bank.settings.signal_mailbox = bank.settings.bounce_mailbox = SecretStr("maildir:/box")
    with pytest.raises(InvalidInputError, match="same mailbox"):
        fetch_signals(bank)


@pytest.mark.parametrize(("settings", "runs"), [({}, False), ({"signal_mailbox": "maildir:/box"}, True)])
def test_signal_mailbox_is_read_where_one_is_set(tmp_path: Path, settings, runs: bool) -> None:
    names = [part.name for part in parts_of(Settings(home=tmp_path, **settings))]
    assert ("signal-mailbox" in names) is runs
