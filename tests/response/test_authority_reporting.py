"""Reports to authorities: drafted from facts, never out without an approval; a person settles every other duty."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from response.authorities.filings import approve_filing, file_one, record_receipt, submit_filing
from response.authorities.reading import read_filing
from response.closure import mark_handled
from response.duties import stands
from response.duty_settlement import cover_duties
from response.facts import latest_facts
from tests.support.filings import acting, approve, draft, duty_of, filing_of, submit, tags
from tests.support.steps import assessed

GDPR = "eu-gdpr-33-authority"


def test_every_sure_duty_to_an_authority_gets_one_draft(store: Store) -> None:
    incident = assessed(store)
    number = draft(store, incident)
    with store.reading() as session:
        drafts = list(session.exec(select(Filing)))
    assert number == len(drafts) == len({filing.obligation_id for filing in drafts})
    assert {filing.rule for filing in drafts} >= {GDPR, "cn-pipl-57-regulator", "cn-nfra-69-initial-2h"}
    assert {filing.status for filing in drafts} == {"draft"}


def test_report_is_in_the_language_of_its_law(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    assert filing_of(store, incident, "cn-pipl-57-regulator").language == "zh"
    assert filing_of(store, incident, GDPR).language == "en"


def test_drafting_again_keeps_a_draft_that_says_the_same(store: Store) -> None:
    incident = assessed(store)
    number = draft(store, incident)
    first = filing_of(store, incident, GDPR)
    draft(store, incident)
    assert filing_of(store, incident, GDPR).id == first.id
    assert len(tags(store, "filing")) == number


def test_names_of_staff_are_not_in_the_record_but_can_be_shown(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    filing = filing_of(store, incident, GDPR)
    assert "Lindqvist" not in json.dumps(filing.content, ensure_ascii=False)
    assert json.loads(read_filing(store, filing.id, "en", "json"))["field_30"] == "Amara Lindqvist"
    assert "Amara Lindqvist" in read_filing(store, filing.id, "zh", "html").decode()


def test_nothing_goes_out_without_an_approval(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    with pytest.raises(RefusedError, match="Nobody approved"):
        submit(store, incident)
    assert duty_of(store, incident, GDPR).status == "open"
    assert tags(store, "filing").count("filing:submitted") == 0


def test_draft_younger_than_its_approval_stays(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    approve(store, incident)
    clock.advance(timedelta(minutes=1))
    draft(store, incident)
    with pytest.raises(RefusedError, match="younger"):
        submit(store, incident)


def test_approved_reports_close_their_duties_and_are_noted_in_the_facts(
    store: Store, clock: VirtualClock
) -> None:
    incident = assessed(store)
    number = draft(store, incident)
    clock.advance(timedelta(minutes=5))
    approve(store, incident)
    assert submit(store, incident) == number
    filing, duty = filing_of(store, incident, GDPR), duty_of(store, incident, GDPR)
    assert (filing.status, filing.approved_by, filing.submitted_at) == ("submitted", "legal-1", clock())
    assert (duty.status, duty.met_at, duty.met_by) == ("met", clock(), filing.id)
    with store.reading() as session:
        assert latest_facts(session, session.get(Incident, incident.id)).filed[GDPR] == clock()


def test_follow_up_duty_of_the_law_starts_when_the_first_report_is_filed(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    assert duty_of(store, incident, "eu-gdpr-33-4-phases").status == "open"
    acting(store, incident, mark_handled, "close_handling")
    assert draft(store, incident, "interim") > 0
    follow_up = {
        row["id"]: row["value"] for row in filing_of(store, incident, "eu-gdpr-33-4-phases").content["fields"]
    }
    assert follow_up["field_3"] == "b"


def test_only_interim_reports_with_a_number_in_law_go_before_handling_ends(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    before = draft(store, incident, "interim")
    assert filing_of(store, incident, "cn-nfra-69-written-24h").stage == "interim"
    acting(store, incident, mark_handled, "close_handling")
    assert draft(store, incident, "interim") > before


def test_what_a_first_report_left_open_becomes_a_duty_where_the_law_has_no_next_report(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    with store.reading() as session:
        rows = list(session.exec(select(Obligation)))
    supplements = [row for row in rows if "supplement_of" in row.detail]
    assert supplements
    for row in supplements:
        assert stands(row)
        assert row.detail["missing"]


def test_report_after_its_limit_is_late(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    draft(store, incident)
    clock.advance(timedelta(hours=73))
    approve(store, incident)
    submit(store, incident)
    duty = duty_of(store, incident, GDPR)
    assert (duty.status, duty.met_at) == ("late", clock())


def test_one_rule_for_people_and_authority_is_met_by_the_report_only_in_part(store: Store) -> None:
    incident = assessed(store)
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    duty = duty_of(store, incident, "cn-nfra-63-pi")
    assert (duty.status, set(duty.detail["parts"])) == ("open", {"authority"})


PROGRESS = "cn-nfra-69-progress-2h"


def test_progress_report_comes_back_until_handling_ends(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store, regimes={"nfra": {"grade": "particularly_major"}})
    draft(store, incident)
    approve(store, incident)
    submit(store, incident)
    file_by_hand(store, f"{incident.id}/{PROGRESS}")
    second = duty_of(store, incident, f"{PROGRESS}#2")
    assert (duty_of(store, incident, PROGRESS).status, second.status) == ("met", "open")
    assert second.due_at == clock() + timedelta(hours=2)
    clock.advance(timedelta(hours=1))
    file_by_hand(store, second.id)
    assert duty_of(store, incident, f"{PROGRESS}#3").due_at == clock() + timedelta(hours=2)
    acting(store, incident, mark_handled, "close_handling")
    assert duty_of(store, incident, f"{PROGRESS}#3").status == "fallen_away"


def file_by_hand(store: Store, duty: str) -> None:
    filing = file_one(store, duty, by="legal-1")
    approve_filing(store, filing.id, by="dpo-1")
    submit_filing(store, filing.id, by="legal-1")


def test_person_files_one_report_with_its_receipt(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    filing = file_one(store, f"{incident.id}/{GDPR}", by="legal-1")
    with pytest.raises(RefusedError, match="approved"):
        submit_filing(store, filing.id, by="legal-1", receipt_number="DE-77")
    approve_filing(store, filing.id, by="dpo-1")
    clock.advance(timedelta(minutes=1))
    done = submit_filing(store, filing.id, by="legal-1")
    assert (done.status, done.submitted_by) == ("submitted", "legal-1")
    assert record_receipt(store, filing.id, "legal-1", "DE-77").status == "acknowledged"
    assert tags(store, "filing") == [
        "filing:drafted",
        "filing:approved",
        "filing:submitted",
        "filing:acknowledged",
    ]


def test_report_cannot_be_submitted_in_the_future_or_by_anybody(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    filing = file_one(store, f"{incident.id}/{GDPR}", by="legal-1")
    approve_filing(store, filing.id, by="dpo-1")
    with pytest.raises(InvalidInputError):
        submit_filing(store, filing.id, by="legal-1", at=clock() + timedelta(hours=1))
    with pytest.raises(RefusedError):
        submit_filing(store, filing.id, by="care-1")


KEPT = "eu-gdpr-33-5-record"
REST = {"rule": "*", "waived": "let rest"}


def settle(store: Store, incident: Incident, *lines: dict[str, str]) -> dict[str, Any]:
    document = json.dumps({"duties": list(lines)}).encode()
    found: dict[str, Any] = acting(store, incident, cover_duties, "open_duties", document, "legal-1")
    return found


def test_duty_left_without_a_word_is_refused_and_nothing_is_kept(store: Store) -> None:
    incident = assessed(store)
    with pytest.raises(InvalidInputError, match="left without a word"):
        settle(store, incident, {"rule": "cn-*", "waived": "not ours"})
    assert duty_of(store, incident, "cn-pipl-57-regulator").status == "open"


def test_each_duty_is_met_or_waived_with_decider_and_reason(store: Store, clock: VirtualClock) -> None:
    incident = assessed(store)
    done = settle(
        store,
        incident,
        {"rule": "*", "stage": "record", "met_by": "the register", "met_at": "2026-03-03T11:00:00+08:00"},
        {"rule": "*", "waived": "does not apply, says counsel"},
    )
    kept, pipl = duty_of(store, incident, KEPT), duty_of(store, incident, "cn-pipl-57-regulator")
    assert (kept.status, kept.met_at, kept.reason) == ("met", clock(), "the register")
    assert (pipl.status, pipl.decided_by, pipl.reason) == (
        "waived",
        "legal-1",
        "does not apply, says counsel",
    )
    assert len(tags(store, "obligation")) >= done["duties_settled"]


def test_nothing_counts_as_reported_without_a_filing(store: Store) -> None:
    incident = assessed(store)
    at = {"met_at": "2026-03-03T11:00:00+08:00"}
    with pytest.raises(RefusedError, match="only as a filing"):
        settle(store, incident, {"rule": GDPR, "met_by": "letter of 3 March", **at}, REST)
    draft_only = file_one(store, f"{incident.id}/{GDPR}", by="legal-1")
    with pytest.raises(RefusedError, match="only as a filing"):
        settle(store, incident, {"rule": GDPR, "met_by": draft_only.id, **at}, REST)
    assert duty_of(store, incident, GDPR).status == "open"


def test_duty_may_be_met_by_a_report_that_was_submitted_for_another(store: Store) -> None:
    incident = assessed(store)
    file_by_hand(store, f"{incident.id}/{GDPR}")
    sent, at = f"{incident.id}/{GDPR}/1", "2026-03-03T11:00:00+08:00"
    settle(store, incident, {"rule": "cn-pipl-57-regulator", "met_by": sent, "met_at": at}, REST)
    assert duty_of(store, incident, "cn-pipl-57-regulator").met_by is not None


@pytest.mark.parametrize(
    "line",
    [
        {"rule": "*"},
        {"rule": "*", "waived": " "},
        {"rule": "*", "met_by": "a letter"},
        {"rule": "*", "met_by": "a letter", "met_at": "2026-03-03T11:00:00"},
        {"rule": "*", "met_by": "a letter", "met_at": "2027-03-03T11:00:00Z"},
        {"rule": "*", "waived": "no", "because": "?"},
    ],
)
def test_form_that_says_too_little_is_refused(store: Store, line: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        settle(store, assessed(store), line)
