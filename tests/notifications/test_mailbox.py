"""The bounce mailbox over IMAP and as a maildir: each mail once, seen only when kept; a campaign that stops."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from models.database import Store
from models.errors import InvalidInputError, UnavailableError
from notifications.balance import balance
from notifications.campaign import get_campaign
from notifications.channels.rehearsal.mail import received_mails
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.import_people import import_people
from notifications.mail_receipts import stop_where_bounced, take_mails
from notifications.mailbox import Maildir, open_mailbox
from notifications.receipts import take_bounce
from tests.notifications.conftest import INCIDENT, approved
from tests.notifications.test_bounces import report
from tests.notifications.test_delivery import deliver_all
from tests.simulators.imap_server import PASSWORD, USER, Kept, imap_server
from tests.support.ports import spare_port

PEOPLE = "id,email,place\n" + "".join(f"{n},p{n}@mail.example,DE\n" for n in range(4))


@pytest.fixture
def bounces(
    store: Store, incident_id: str, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> list[bytes]:
    """Tell four people and give the mail that comes back from each."""
    import_people(store, incident_id, people_file(PEOPLE))
    assert deliver_all(store, approved(store)).finished
    mails = sorted(received_mails(rehearsal.mail_folder), key=lambda entry: entry["to"])
    return [
        b"Message-ID: <bounce-%d@relay.example>\n" % at
        + report().replace(b"<42@bank.example>", entry["message_id"].encode())
        for at, entry in enumerate(mails)
    ]


@pytest.fixture
def server() -> Iterator[Kept]:
    with imap_server() as kept:
        yield kept


def url(server: Kept, password: str = PASSWORD, folder: str = "INBOX") -> str:
    return f"imap://{USER}:{quote(password)}@127.0.0.1:{server.port}/{folder}"


def bounced(store: Store) -> int:
    with store.reading() as session:
        found = balance(session, INCIDENT)
    assert found.is_exact
    return found.counts["bounced"]


def test_mails_of_an_imap_folder_are_taken_once(store: Store, bounces: list[bytes], server: Kept) -> None:
    server.add(bounces[0], b"Subject: hello\n\nhello", bounces[1])
    for expected in ({"bounce": 2, "other": 1}, {}):
        with open_mailbox(url(server)) as mailbox:
            assert take_mails(store, mailbox) == expected
    assert (bounced(store), server.seen) == (2, {1, 2, 3})


def test_bounce_that_arrives_twice_is_settled_once(store: Store, bounces: list[bytes], server: Kept) -> None:
    server.add(bounces[0], bounces[0])
    with open_mailbox(url(server)) as mailbox:
        assert take_mails(store, mailbox) == {"bounce": 1, "unchanged": 1}
    assert [receipt.kind for receipt in take_bounce(store, bounces[0])] == ["seen"]
    assert bounced(store) == 1


def test_mail_that_could_not_be_kept_is_read_again(
    store: Store, bounces: list[bytes], server: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(bounces[0])
    with monkeypatch.context() as broken:
        broken.setattr("notifications.receipts.read_bounce", lambda _raw: 1 / 0)
        with open_mailbox(url(server)) as mailbox:
            assert take_mails(store, mailbox) == {"faulty": 1}
    assert server.seen == set()
    with open_mailbox(url(server)) as mailbox:
        assert take_mails(store, mailbox) == {"bounce": 1}


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"password": "wrong"}, "refuses us"), ({"folder": "Elsewhere"}, "no folder Elsewhere")],
)
def test_server_that_does_not_let_us_in_is_named_without_the_password(
    server: Kept, changed: dict[str, str], says: str
) -> None:
    with pytest.raises(UnavailableError, match=says) as refused, open_mailbox(url(server, **changed)):
        pass
    assert refused.value.where == f"127.0.0.1:{server.port}"
    assert not {USER, PASSWORD, "wrong"} & set(str(refused.value).replace(".", " ").split())


def test_server_that_is_away_is_named() -> None:
    with (
        pytest.raises(UnavailableError, match="does not answer"),
        open_mailbox(f"imap://u:p@127.0.0.1:{spare_port()}"),
    ):
        pass


@pytest.mark.parametrize(
    "address", ["", "bounces", "pop3://host", "imap://", "imaps://host:x", "imap://h/a\r\nb"]
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="can't be used"):
        open_mailbox(address)


def test_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no maildir"):
        Maildir(tmp_path)


def test_campaign_of_which_too_many_come_back_is_stopped(
    store: Store, bounces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.mail_receipts.JUDGE_AFTER", 4)
    campaign, called = f"{INCIDENT}/N1", []
    with store.work() as unit:
        unit.session.get_one(type(get_campaign(unit.session, campaign)), campaign).status = "sending"
    take_bounce(store, bounces[0])
    store.settings.stop_bounced = 0.25
    assert stop_where_bounced(store, [campaign]) == []
    take_bounce(store, bounces[1])
    assert stop_where_bounced(store, [campaign], lambda _, row: called.append(row.stopped_because)) == [
        campaign
    ]
    assert called == ["email: 2 of 4 came back"]
    assert stop_where_bounced(store, [campaign]) == []
