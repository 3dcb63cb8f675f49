"""What comes back after a campaign's end is taken, and its reader told another way, without anybody asking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from console.parts import parts_of
from models.database import Store
from models.errors import UnavailableError
from models.notice import Campaign
from models.playbook_run import StepRun
from models.settings import Settings
from notifications.balance import balance
from notifications.campaign import approve_campaign, prepare_campaign
from notifications.channels.rehearsal.mail import received_mails
from notifications.channels.rehearsal.servers import Rehearsal, running
from notifications.channels.rehearsal.text import texts_by_number
from notifications.import_people import import_people
from notifications.texts.notice_text import NoticeDetails
from response.telling.disclosure import deliver_campaign
from response.telling.receiving import receive
from tests.notifications.test_bounces import report
from tests.support.steps import declared


@pytest.fixture
def rehearsal(store: Store) -> Iterator[Rehearsal]:
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        store.settings.rehearsal_http_port = servers.http_port
        yield servers


@pytest.fixture
def told(store: Store, rehearsal: Rehearsal, tmp_path: Path) -> str:
    """Tell one person by e-mail and put the mail that comes back into a maildir."""
    incident = declared(store)
    people = tmp_path / "people.csv"
    people.write_text("id,email,phone,place\n1,ann@mail.example,9123 4567,SG\n")
    import_people(store, incident.id, people)
    said = NoticeDetails("Example Bank", incident.id, "help@bank.example")
    with store.work() as unit:
        campaign = prepare_campaign(unit, incident, "breach-notice", said)
        approve_campaign(unit, campaign.id, ("comms-1", "dpo-1"))
    assert not deliver_campaign(store, campaign.id).more
    [mail] = received_mails(rehearsal.mail_folder)
    (tmp_path / "box" / "new").mkdir(parents=True)
    back = report().replace(b"<42@bank.example>", mail["message_id"].encode())
    (tmp_path / "box" / "new" / "1").write_bytes(back)
    store.settings.bounce_mailbox = SecretStr(f"maildir:{tmp_path / 'box'}")
    return incident.id


def test_reader_whose_mail_came_back_is_told_by_sms_without_anybody_asking(
    store: Store, told: str, rehearsal: Rehearsal
) -> None:
    found = receive(store)
    assert (found.mails, found.delivered) == ({"bounce": 1}, (f"{told}/N1",))
    assert texts_by_number(rehearsal.text_folder) == {"+6591234567": 1}
    with store.reading() as session:
        counted = balance(session, told)
    assert (counted.is_exact, counted.told, counted.affected) == (True, 1, 1)
    assert receive(store).delivered == ()


@pytest.mark.parametrize("status", ["running", "waiting", "failed"])
def test_campaign_that_its_plan_delivers_is_left_to_it(
    store: Store, told: str, rehearsal: Rehearsal, status: str
) -> None:
    with store.work() as unit:
        row = {
            "incident_id": told,
            "step": "s",
            "phase": "notify",
            "action": "notice.deliver",
            "status": status,
        }
        unit.session.add(StepRun(**row, started_at=unit.clock()))
    assert receive(store).delivered == ()
    assert texts_by_number(rehearsal.text_folder) == {}


def test_mailbox_that_is_away_keeps_nobody_from_being_told(
    store: Store, told: str, rehearsal: Rehearsal, tmp_path: Path
) -> None:
    with store.work() as unit:  # somebody's SMS became due again
        unit.session.get_one(Campaign, f"{told}/N1").status = "sending"
    with pytest.raises(UnavailableError):
        receive(store, address=f"maildir:{tmp_path / 'nowhere'}")
    with store.reading() as session:
        assert session.get_one(Campaign, f"{told}/N1").status == "done"


@pytest.mark.parametrize(
    ("settings", "runs"),
    [({}, False), ({"bounce_mailbox": "maildir:/box"}, True), ({"twilio_account_sid": "AC1"}, True)],
)
def test_receiving_runs_where_notices_really_leave(
    tmp_path: Path, settings: dict[str, str], runs: bool
) -> None:
    names = [part.name for part in parts_of(Settings(home=tmp_path, **settings))]
    assert ("receiving" in names) is runs
