"""Enquiries and complaints: registered once, given to the privacy officer, due by the law's term, answered, counted."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from twilio.request_validator import RequestValidator

from models.clock import VirtualClock
from models.database import Store
from models.enquiry import Enquiry
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.notice import Suppression
from models.places import COUNTRIES
from models.vocabulary import EnquiryKind
from notifications.balance import balance
from notifications.campaign import approve_campaign, prepare_campaign
from notifications.channels.callbacks import read_text_reply
from notifications.channels.rehearsal.servers import running
from notifications.channels.rehearsal.text import texts_by_number
from notifications.import_people import import_people
from notifications.targets import REHEARSAL_TOKEN
from notifications.texts.notice_text import NoticeDetails
from reports.view import EnquiryFigures
from response.hearing.enquiries import (
    Asked,
    answer_enquiry,
    assign_enquiry,
    count_enquiries,
    list_enquiries,
    read_enquiry,
    record_enquiry,
)
from response.hearing.enquiry_terms import due_of, terms
from response.hearing.text_replies import write_reply
from response.telling.coverage import coverage_of
from response.telling.disclosure import deliver_campaign
from tests.support.steps import declared

URL = "https://bank.example/receipts/sms/replies"
WORDS = "Was my card number in it? 我的卡号泄露了吗？"
ROLE = "customer_service"


@pytest.fixture
def incident(store: Store) -> Incident:
    return declared(store)


def told(store: Store, incident: Incident, folder: Path, name: str = "people") -> str:
    """Tell one person in Singapore by SMS; gives the campaign's id."""
    people = folder / f"{name}.csv"
    people.write_text("id,phone,place\n7,9123 4567,SG\n")
    import_people(store, incident.id, people)
    said = NoticeDetails(
        "Example Bank", incident.id, "help@bank.example", "+65 6123 4567", categories=("name",)
    )
    with store.work() as unit:
        campaign_id = prepare_campaign(unit, incident, "breach-notice", said).id
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
    deliver_campaign(store, campaign_id)
    return campaign_id


def reply(store: Store, body: str, sid: str = "SM1", sender: str = "+6591234567", **more: str) -> str:
    form = {"MessageSid": sid, "From": sender, "To": "+15005550006", "Body": body, **more}
    signature = RequestValidator(REHEARSAL_TOKEN).compute_signature(URL, form)
    posted = read_text_reply(REHEARSAL_TOKEN, URL, form, signature)
    with store.work() as unit:
        taken = write_reply(unit, posted)
    return f"{taken.kind}{'' if taken.changed else ' again'}"


def record(store: Store, incident: Incident, kind: str = "enquiry", **more: object) -> Enquiry:
    with store.work() as unit:
        asked = Asked(WORDS, EnquiryKind(kind), **more)  # type: ignore[arg-type]
        return record_enquiry(unit, incident.id, asked, "care-1", ROLE)


def documents(store: Store) -> list[str]:
    with store.reading() as session:
        return [entry.document.decode() for entry in session.exec(select(LedgerEntry))]


def officers(store: Store) -> list[str]:
    from response.staff import staff_with_role

    with store.reading() as session:
        return [row.id for row in staff_with_role(session, "data_protection_officer")]


def test_enquiry_goes_to_the_privacy_officer_and_is_answered_once(store: Store, incident: Incident) -> None:
    enquiry, officer = record(store, incident), officers(store)[0]
    assert (enquiry.id, enquiry.status, enquiry.assigned_to) == (f"{incident.id}/Q1", "assigned", officer)
    with store.work() as unit:
        answer_enquiry(unit, enquiry.id, "No, it was not.", officer)
    with store.reading() as session:
        assert read_enquiry(store, session, enquiry.id, officer) == (WORDS, "No, it was not.")
    with pytest.raises(RefusedError, match="was answered"), store.work() as unit:
        answer_enquiry(unit, enquiry.id, "Yes.", officer)


def test_enquiry_leaves_nothing_of_what_was_said_in_the_clear(store: Store, incident: Incident) -> None:
    enquiry = record(store, incident)
    with store.work() as unit:
        answer_enquiry(unit, enquiry.id, "No, it was not.", officers(store)[0])
    with store.reading() as session:
        row = session.get_one(Enquiry, enquiry.id)
        assert b"card" not in row.sealed
        assert b"not" not in (row.answer or b"")
    entries = [json.loads(each) for each in documents(store) if "enquiry:" in each]
    assert [entry["tag"] for entry in entries] == ["enquiry:received", "enquiry:answered"]
    assert not any("card" in each or "卡" in each or "No, it" in each for each in documents(store))


def test_enquiry_is_answered_by_nobody_but_a_privacy_officer(store: Store, incident: Incident) -> None:
    enquiry = record(store, incident)
    with store.reading() as session:
        other = next(
            row.id
            for row in session.exec(select(staff_table()))
            if "data_protection_officer" not in row.roles
        )
    for act in (
        lambda unit: answer_enquiry(unit, enquiry.id, "No.", other),
        lambda unit: assign_enquiry(unit, enquiry.id, other, officers(store)[0]),
    ):
        with pytest.raises(RefusedError, match="may not"), store.work() as unit:
            act(unit)


def staff_table() -> type:
    from models.staff import Staff

    return Staff


def test_enquiry_is_refused_without_words_or_about_a_person_who_is_not_there(
    store: Store, incident: Incident
) -> None:
    with pytest.raises(InvalidInputError), store.work() as unit:
        record_enquiry(unit, incident.id, Asked("  "), "care-1", ROLE)
    with pytest.raises(NotFoundError), store.work() as unit:
        record_enquiry(unit, incident.id, Asked("Hello", person=99), "care-1", ROLE)
    with pytest.raises(NotFoundError), store.work() as unit:
        record_enquiry(unit, "INC-1999-0001", Asked("Hello"), "care-1", ROLE)
    with store.reading() as session:
        assert list_enquiries(session) == []


@pytest.mark.parametrize(
    ("kind", "place", "due"),
    [
        ("rights_request", "DE", "2026-03-01T00:00:00+00:00"),  # a month from the last of January
        ("rights_request", "NO", "2026-03-01T00:00:00+00:00"),
        ("rights_request", "CN-31", "2026-03-03T00:00:00+00:00"),
        ("rights_request", "US-CA", "2026-03-18T00:00:00+00:00"),
        ("rights_request", "US-NY", None),
        ("complaint", "CN", "2026-02-16T00:00:00+00:00"),
        ("complaint", "DE", None),
        ("enquiry", "DE", None),
        ("complaint", "", None),
    ],
)
def test_enquiry_is_due_as_the_law_of_the_place_says(kind: str, place: str, due: str | None) -> None:
    found = due_of(kind, place, datetime(2026, 1, 31, 15, tzinfo=UTC))
    assert (found.at.isoformat() if found else None) == due


@given(st.sampled_from(sorted(COUNTRIES)), st.datetimes(timezones=st.just(UTC)), st.sampled_from(EnquiryKind))
def test_enquiry_is_never_due_before_it_came(place: str, at: datetime, kind: EnquiryKind) -> None:
    if at.year < 9990:
        found = due_of(kind, place, at)
        assert found is None or timedelta(days=15) <= found.at - at <= timedelta(days=58)


def test_every_term_has_a_source() -> None:
    assert all(term.citation and term.source for term in terms())


def test_enquiries_are_listed_by_urgency_and_counted(
    store: Store, incident: Incident, clock: VirtualClock, tmp_path: Path
) -> None:
    told(store, incident, tmp_path)
    late = record(store, incident, "complaint")
    with store.work() as unit:
        row = unit.session.get_one(Enquiry, late.id)
        row.due_at = clock() - timedelta(hours=1)
        unit.session.add(row)
    record(store, incident)
    done = record(store, incident)
    with store.work() as unit:
        answer_enquiry(unit, done.id, "No.", officers(store)[0])
    with store.reading() as session:
        listed = [row.id.rpartition("/")[2] for row in list_enquiries(session, incident.id)]
        counts = count_enquiries(session, incident.id, clock())
        shown = coverage_of(session, incident.id, clock()).enquiries
    assert listed == ["Q1", "Q2", "Q3"]
    assert (counts.kinds, counts.total) == ({"complaint": 1, "enquiry": 2}, 3)
    assert (counts.answered, counts.open, counts.overdue) == (1, 2, 1)
    assert shown == EnquiryFigures({"complaint": 1, "enquiry": 2}, answered=1, waiting=2, overdue=1)


def test_reply_by_sms_is_an_enquiry_of_the_person_who_was_told(
    store: Store, incident: Incident, tmp_path: Path
) -> None:
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        store.settings.rehearsal_http_port = servers.http_port
        campaign_id = told(store, incident, tmp_path)
    assert [reply(store, WORDS), reply(store, WORDS)] == ["enquiry", "enquiry again"]
    with store.reading() as session:
        (row,) = list_enquiries(session)
        assert read_enquiry(store, session, row.id, officers(store)[0]) == (WORDS, None)
    assert (row.incident_id, row.campaign_id, row.person) == (incident.id, campaign_id, 1)
    assert (row.channel, row.kind, row.reference) == ("sms", "enquiry", "SM1")


def test_reply_of_a_stranger_is_kept_with_the_number_sealed(store: Store, incident: Incident) -> None:
    assert reply(store, "Who are you?", sender="+6590000000") == "enquiry"
    with store.reading() as session:
        (row,) = list_enquiries(session)
        assert row.incident_id is None
        assert read_enquiry(store, session, row.id, officers(store)[0])[0] == "+6590000000\nWho are you?"
    assert not any("6590000000" in each for each in documents(store))


def test_stop_keeps_the_number_from_every_later_sms_until_start(
    store: Store, incident: Incident, tmp_path: Path
) -> None:
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        store.settings.rehearsal_http_port = servers.http_port
        assert [reply(store, " Stop. "), reply(store, "STOP")] == ["stop", "stop again"]
        told(store, incident, tmp_path)
        assert texts_by_number(servers.text_folder) == {}
        with store.reading() as session:
            assert balance(session, incident.id).counts["suppressed"] == 1
        assert [reply(store, "START"), reply(store, "start")] == ["start", "start again"]
    with store.reading() as session:
        assert session.exec(select(Suppression)).all() == []
    tags = [json.loads(each)["tag"] for each in documents(store)]
    assert [tag for tag in tags if tag.startswith("suppression:")] == [
        "suppression:added",
        "suppression:lifted",
    ]
    assert not any("91234567" in each for each in documents(store))


@pytest.mark.parametrize(
    ("body", "more", "kind"),
    [
        ("退订", {}, "stop"),
        ("td", {}, "stop"),
        ("anything", {"OptOutType": "STOP"}, "stop"),
        ("Help", {}, "help again"),
        ("", {}, "empty again"),
        ("Please stop my card", {}, "enquiry"),
    ],
)
def test_reply_is_read_by_its_meaning(
    store: Store, incident: Incident, body: str, more: dict[str, str], kind: str
) -> None:
    assert reply(store, body, **more) == kind


def test_start_does_not_bring_a_dead_number_back(store: Store, incident: Incident) -> None:
    from notifications.outbox.letters import suppression_key

    key = suppression_key(store.organisation_key.sealer, "sms", "+6591234567")
    with store.work() as unit:
        unit.session.add(Suppression(address_key=key, channel="sms", reason="landline", since=unit.clock()))
    assert reply(store, "START") == "start again"
