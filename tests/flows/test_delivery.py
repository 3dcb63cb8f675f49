"""A campaign beside the plan, on the real engine: delivered by a run of its own once two people approved it."""

from pathlib import Path

import pytest

from models.notice import Campaign
from notifications.campaign import approve_campaign, get_campaign, prepare_campaign
from notifications.import_people import import_people
from notifications.texts.notice_text import NoticeDetails
from response.plan import find_incident
from tests.support.engine import Staged, until

pytestmark = pytest.mark.engine


def prepared(staged: Staged, folder: Path) -> str:
    """Prepare a campaign to one person, who has no address: nothing has to leave for it to end."""
    incident_id = staged.declare()
    people = folder / "people.csv"
    people.write_text("id,email,place\n1,,SG\n")
    import_people(staged.store, incident_id, people)
    with staged.store.work() as unit:
        incident = find_incident(unit.session, incident_id)
        said = NoticeDetails("Example Bank", incident_id, "help@bank.example", categories=("name",))
        return prepare_campaign(unit, incident, "breach-notice", said, actor="comms-1").id


def campaign(staged: Staged, campaign_id: str) -> Campaign:
    with staged.store.reading() as session:
        return get_campaign(session, campaign_id)


def test_approved_campaign_is_delivered_by_one_run_that_shows_its_progress(
    staged: Staged, tmp_path: Path
) -> None:
    campaign_id = prepared(staged, tmp_path)
    with staged.store.work() as unit:
        approve_campaign(unit, campaign_id, ("dpo-1", "legal-1"))
    until(lambda: campaign(staged, campaign_id).status == "done", 60, "the campaign to be delivered")
    (run,) = until(
        lambda: [each for each in staged.engine.deliveries(campaign_id) if each.ended], 30, "its run to end"
    )
    assert run.kind == "COMPLETED"
    found = staged.ask("POST", "/artifacts/latest/filter", {"limit": 200})
    key = campaign_id.lower().replace("/", "-")
    assert [float(each["data"]) for each in found if each["key"] == f"{key}-delivery"] == [100.0]
