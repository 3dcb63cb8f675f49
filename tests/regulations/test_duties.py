"""Duties from one facts file: statuses, order, exemptions, versions, and the contract's JSON."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import InvalidInputError
from models.facts import Facts
from models.facts_reading import facts_from
from regulations.duties import evaluate_duties, open_duties, to_json
from regulations.duty import Duty
from regulations.loader import load_law

BANK: dict[str, Any] = {
    "title": "Customer export stolen",
    "occurred_at": "2026-03-02T22:10:00+08:00",
    "detected_at": "2026-03-03T09:00:00+08:00",
    "aware_at": "2026-03-03T10:30:00+08:00",
    "determined_at": "2026-03-03T12:00:00+08:00",
    "assessed_at": "2026-03-04T09:00:00+08:00",
    "organisation": {
        "country": "CN",
        "establishments": ["CN", "DE", "US-NY", "SG", "GB"],
        "role": "controller",
        "sectors": ["bank"],
        "traits": [],
    },
    "breach": {
        "confidentiality": True,
        "integrity": False,
        "availability": False,
        "vector": "hacking",
        "malicious": True,
        "unintelligible": False,
        "service_impact": "none",
    },
    "data": {"categories": ["name", "contact", "national_id", "account_number", "transactions"]},
    "people": {
        "total": 12400,
        "by_place": {"CN-44": 11000, "DE": 380, "US-CA": 520, "US-NY": 300, "SG": 100, "GB": 100},
    },
}
AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def graded(**grades: str) -> Any:
    found = {
        scheme: SimpleNamespace(possible=(code,), reasons=(), unknowns=()) for scheme, code in grades.items()
    }
    return lambda _facts: found


def risked(risk: str) -> Any:
    return lambda _facts: assessment(risk)


def assessment(risk: str) -> Any:
    possible = ("none", "risk", "high_risk") if risk == "undecided" else (risk,)
    open_ = SimpleNamespace(fact="breach.malicious", would_change=("authority", "individuals"))
    because = SimpleNamespace(decision="authority", facts=("data.categories",))
    return SimpleNamespace(possible=possible, reasons=(because,), unknowns=(open_,))


def duties(
    facts: Mapping[str, Any] = BANK,
    at: datetime = AT,
    *,
    all_: bool = True,
    risk: str = "high_risk",
    **grades: str,
) -> dict[str, Duty]:
    grades = {"cac": "relatively_major", "nfra": "general", "dora": "not_major", "cbrc2008": "none"} | grades
    found = evaluate_duties(facts_from(facts), at, all=all_, assess=risked(risk), grade=graded(**grades))
    return {duty.rule: duty for duty in found}


def changed(*path: str, to: Any) -> dict[str, Any]:
    facts = deepcopy(BANK)
    part = facts
    for key in path[:-1]:
        part = part.setdefault(key, {})
    part[path[-1]] = to
    return facts


def test_duties_of_a_bank_in_six_places_have_the_moments_calculated_by_hand() -> None:
    found = duties()
    expected = {
        "cn-nfra-69-initial-2h": "2026-03-02T16:10:00Z",
        "cn-cac-general-operator-4h": "2026-03-03T06:30:00Z",
        "cn-nfra-69-written-24h": "2026-03-03T14:10:00Z",
        "us-bank-36h": "2026-03-04T16:00:00Z",
        "eu-gdpr-33-authority": "2026-03-06T02:30:00Z",
        "uk-gdpr-33-ico": "2026-03-06T02:30:00Z",
        "us-ny-dfs-72h": "2026-03-06T04:00:00Z",
        "sg-pdpa-26d1-pdpc": "2026-03-07T16:00:00Z",
        "us-ny-breach": "2026-04-02T04:00:00Z",
        "us-ca-breach": "2026-04-02T07:00:00Z",
    }
    assert {rule: found[rule].to_json()["due_at"] for rule in expected} == expected
    assert {found[rule].status for rule in expected} == {"due"}


def test_duties_without_a_number_are_immediate() -> None:
    found = duties()
    rules = (
        "cn-pipl-57-regulator",
        "cn-pipl-57-individuals",
        "eu-gdpr-34-individuals",
        "uk-gdpr-34-individuals",
    )
    assert {(found[rule].status, found[rule].due_at) for rule in rules} == {("immediate", None)}


def test_duties_come_soonest_first() -> None:
    found = evaluate_duties(facts_from(BANK), AT, assess=risked("high_risk"), grade=graded(cac="major"))
    due = [duty.due_at for duty in found if duty.due_at is not None]
    assert due == sorted(due)
    statuses = [duty.status for duty in found]
    assert statuses.index("due") > max(
        place for place, status in enumerate(statuses) if status == "immediate"
    )


def test_duties_of_the_past_are_overdue() -> None:
    found = duties()
    assert found["cn-nfra-69-initial-2h"].is_overdue
    assert not found["eu-gdpr-33-authority"].is_overdue


def test_duties_list_every_rule_with_a_reason_when_all_are_asked_for() -> None:
    found = duties()
    assert set(found) == {loaded.rule.id for loaded in load_law().rules}
    assert all(duty.because for duty in found.values())
    assert found["jp-appi-26-preliminary"].because.startswith("Does not apply: nobody affected in JP")
    assert not {duty.status for duty in duties(all_=False).values()} & {"not_required"}


@pytest.mark.parametrize(
    ("risk", "authority", "individuals"),
    [
        ("none", "not_required", "not_required"),
        ("risk", "due", "not_required"),
        ("high_risk", "due", "immediate"),
        ("undecided", "depends", "depends"),
    ],
)
def test_gdpr_follows_the_risk_decision(risk: str, authority: str, individuals: str) -> None:
    found = duties(risk=risk)
    assert found["eu-gdpr-33-authority"].status == authority
    assert found["eu-gdpr-34-individuals"].status == individuals
    assert found["eu-gdpr-33-5-record"].status == "immediate"


def test_duty_that_depends_keeps_its_limit_and_names_what_would_settle_it() -> None:
    duty = duties(risk="undecided")["eu-gdpr-33-authority"]
    assert duty.to_json()["due_at"] == "2026-03-06T02:30:00Z"
    assert [unknown.fact for unknown in duty.unknowns] == ["breach.malicious"]
    assert "data.categories" in duty.facts


def test_encryption_frees_from_telling_people_but_not_the_chinese_authority() -> None:
    facts = changed("breach", "unintelligible", to=True)
    assert duties(facts)["eu-gdpr-34-individuals"].status == "depends"  # is the key safe?
    facts["breach"]["key_compromised"] = False
    found = duties(facts)
    assert found["eu-gdpr-34-individuals"].status == "not_required"
    assert found["us-ca-breach"].because.startswith(
        "Does not apply: an exemption holds: breach.unintelligible"
    )
    assert found["cn-pipl-57-regulator"].status == "immediate"
    facts["breach"]["key_compromised"] = True
    assert duties(facts)["us-ca-breach"].status == "due"


def test_unknown_facts_never_drop_a_duty_silently() -> None:
    nothing = facts_from({"title": "Something happened"})
    answers = evaluate_duties(nothing, AT, all=True, assess=risked("undecided"), grade=graded())
    found = {duty.rule: duty for duty in answers}
    in_force = [
        loaded.rule for loaded in load_law().rules if loaded.binds and loaded.rule.in_force.until is None
    ]
    dropped = {
        rule.id
        for rule in in_force
        if found[rule.id].status == "not_required" and rule.in_force.holds_on(AT.date())
    }
    assert dropped == {"br-pix-in412", "eu-dora-its5-reclassify"}  # they wait for a request, for a filing
    assert all(found[rule.id].unknowns for rule in in_force if found[rule.id].status == "depends")


def test_filed_duty_is_filed_and_starts_the_next_clock() -> None:
    facts = changed(
        "filed", to={"eu-gdpr-33-authority": "2026-03-04T08:00:00Z", "us-ca-breach": "2026-03-04T08:00:00Z"}
    )
    found = duties(facts)
    assert found["eu-gdpr-33-authority"].status == "filed"
    assert found["eu-gdpr-33-4-phases"].status == "immediate"
    assert found["us-ca-breach-attorney-general"].to_json()["due_at"] == "2026-03-20T07:00:00Z"
    before = duties(facts, at=datetime(2026, 3, 4, 7, tzinfo=UTC))
    assert before["eu-gdpr-33-authority"].status == "due"
    assert before["eu-gdpr-33-4-phases"].status == "not_started"


def test_dora_long_stop_is_the_same_report_and_ends_with_it() -> None:
    facts = changed("organisation", "traits", to=["dora_entity"])
    facts["classified_at"] = {"dora": "2026-03-03T04:00:00Z"}
    assert duties(facts)["eu-dora-19-initial-longstop"].status == "due"
    facts["filed"] = {"eu-dora-19-initial-classified": "2026-03-03T07:00:00Z"}
    found = duties(facts)
    assert found["eu-dora-19-initial-longstop"].status == "filed"
    assert found["eu-dora-19-intermediate"].to_json()["due_at"] == "2026-03-06T07:00:00Z"


def test_dora_long_stop_falls_away_after_a_late_classification() -> None:
    facts = changed("organisation", "traits", to=["dora_entity"])
    facts["classified_at"] = {"dora": "2026-03-04T10:00:00Z"}
    found = duties(facts)
    assert found["eu-dora-19-initial-longstop"].status == "not_required"
    assert found["eu-dora-19-initial-classified"].to_json()["due_at"] == "2026-03-04T14:00:00Z"
    assert "eu-dora-19-initial-longstop" not in duties(facts, all_=False)


def test_progress_reports_recur_until_handling_ends() -> None:
    facts = changed("filed", to={"cn-nfra-69-initial-2h": "2026-03-03T08:00:00+08:00"})
    found = duties(facts, nfra="particularly_major")["cn-nfra-69-progress-2h"]
    assert (found.status, found.recurring, found.to_json()["due_at"]) == ("due", True, "2026-03-03T02:00:00Z")
    facts["filed"]["cn-nfra-69-progress-2h"] = "2026-03-03T09:50:00+08:00"
    assert (
        duties(facts, nfra="particularly_major")["cn-nfra-69-progress-2h"].to_json()["due_at"]
        == "2026-03-03T03:50:00Z"
    )
    facts["handled_at"] = "2026-03-04T10:00:00Z"
    assert duties(facts, nfra="particularly_major")["cn-nfra-69-progress-2h"].status == "not_required"


def test_clock_that_waits_for_a_decision_has_not_started() -> None:
    facts = changed("determined_at", to=None)
    facts["organisation"]["traits"] = ["listed_us"]
    found = duties(facts)
    assert {found[rule].status for rule in ("us-bank-36h", "us-ny-dfs-72h", "us-sec-8k-105")} == {
        "not_started"
    }
    assert "determined_at" in [unknown.fact for unknown in found["us-bank-36h"].unknowns]


def test_occurrence_not_known_leaves_the_bank_regulators_clock_not_started() -> None:
    found = duties(changed("occurred_at", to=None))
    assert found["cn-nfra-69-initial-2h"].status == "not_started"
    assert found["cn-cac-general-operator-4h"].status == "due"


@pytest.mark.parametrize(
    ("grade", "status"),
    [("general", "not_required"), ("relatively_major", "due"), ("particularly_major", "due")],
)
def test_cac_binds_from_the_third_grade_up(grade: str, status: str) -> None:
    assert duties(cac=grade)["cn-cac-general-operator-4h"].status == status


def test_cac_hours_follow_what_the_operator_is() -> None:
    cii = duties(changed("organisation", "traits", to=["critical_infrastructure"]))
    assert (cii["cn-cac-cii-1h"].status, cii["cn-cac-general-operator-4h"].status) == ("due", "not_required")
    unknown = duties(changed("organisation", "traits", to=None))
    assert {unknown[rule].status for rule in ("cn-cac-cii-1h", "cn-cac-general-operator-4h")} == {"depends"}


def test_rules_that_are_no_law_are_shown_as_such_and_never_due() -> None:
    found = duties()
    no_law = [duty for duty in found.values() if duty.standing not in {"in_force", "supervisory_guidance"}]
    assert len(no_law) >= 15
    assert {duty.status for duty in no_law} == {"not_required"}
    assert found["cn-nfra-2026-draft"].because.startswith("A draft, not law")
    assert found["uk-ps26-2-initial"].because == "Not in force on the day: in force from 2027-03-18."
    assert found["hk-pcpd-guidance"].because.startswith("Voluntary")


def test_law_of_the_day_the_clock_started_counts() -> None:
    facts = changed("detected_at", to="2025-12-30T09:00:00-08:00")
    facts.update(occurred_at=None, aware_at="2025-12-30T10:00:00-08:00", determined_at=None)
    assert duties(facts)["us-ca-breach"].status == "immediate"  # the thirty days came on 2026-01-01
    assert duties()["us-ca-breach"].status == "due"


def test_apra_is_told_once_any_other_regulator_was() -> None:
    facts = changed("organisation", "establishments", to=["CN", "AU"])
    assert duties(facts, risk="risk")["au-cps234-72h"].status == "depends"
    facts["filed"] = {"cn-nfra-69-initial-2h": "2026-03-03T11:00:00+08:00"}
    assert duties(facts, risk="risk")["au-cps234-72h"].status == "due"


def test_processor_tells_its_controller_and_not_the_authority() -> None:
    found = duties(changed("organisation", "role", to="processor"))
    assert found["eu-gdpr-33-2-processor"].status == "immediate"
    assert found["eu-gdpr-33-authority"].status == "not_required"


def test_answers_say_when_nobody_read_the_source() -> None:
    found = duties()
    assert found["cn-pboc4-brief"].verified is False
    assert found["cn-nfra-69-initial-2h"].verified is True


def test_json_has_the_keys_of_the_contract() -> None:
    [plain] = [plain for plain in to_json(duties().values()) if plain["rule"] == "eu-gdpr-33-authority"]
    contract = ("rule", "jurisdiction", "stage", "recipient", "status", "clock", "starts_at", "due_at")
    assert {*contract, "because", "citation", "facts", "verified"} <= set(plain)
    assert plain["jurisdiction"] == "EU"
    assert plain["stage"] == "initial"
    assert plain["clock"] == "aware_at"
    assert plain["starts_at"] == "2026-03-03T02:30:00Z"
    assert plain["due_local"] == "2026-03-06T03:30:00+01:00"
    assert plain["due_organisation"] == "2026-03-06T10:30:00+08:00"
    assert plain["citation"] == "General Data Protection Regulation (EU) 2016/679, Art. 33(1), (3)"


def test_duties_are_the_same_for_the_same_facts() -> None:
    assert duties() == duties()


def test_duties_refuse_a_moment_without_an_offset() -> None:
    with pytest.raises(InvalidInputError, match="no offset"):
        evaluate_duties(Facts(title="x"), datetime(2026, 3, 3))  # noqa: DTZ001


def test_open_duties_leave_out_what_is_done_or_does_not_apply() -> None:
    found = list(open_duties(duties().values()))
    assert found
    assert not {duty.status for duty in found} & {"filed", "not_required"}
