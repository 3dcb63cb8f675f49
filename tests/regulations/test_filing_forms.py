"""Reports from facts: what is known is said, what is not is named, and nothing is made up."""

import fnmatch
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from models.facts_reading import facts_from
from regulations.filing_forms.answers import ANSWERS
from regulations.filing_forms.choices import in_words
from regulations.filing_forms.filling import FilledForm, fill
from regulations.filing_forms.forms import form_for, forms
from regulations.filing_forms.known import Cause, Known, PlannedAction
from regulations.loader import load_law

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
STAGES = ("initial", "interim", "final")
SIGNED = Cause(
    {"en": "A switch was open."}, {"en": "Review"}, ({"en": "Nobody looked."},), ("human_error",), NOON
)
OPEN_BUCKET: dict[str, Any] = {
    "title": "Export on an open bucket",
    "occurred_at": "2026-03-03T08:00:00+08:00",
    "detected_at": "2026-03-03T09:00:00+08:00",
    "aware_at": "2026-03-03T10:30:00+08:00",
    "organisation": {
        "name": "Lantern Bay Bank",
        "country": "CN",
        "establishments": ["DE"],
        "sectors": ["bank"],
    },
    "breach": {
        "confidentiality": True,
        "integrity": False,
        "availability": False,
        "vector": "misconfiguration",
        "actor": "external",
        "malicious": False,
        "exfiltration": "likely",
        "service_impact": "none",
    },
    "data": {"categories": ["name", "account_number"]},
    "people": {"total": {"at_least": 1900, "at_most": 2000}, "relations": ["customer"]},
}
RANSOMWARE = {
    **OPEN_BUCKET,
    "breach": {
        "confidentiality": True,
        "availability": True,
        "integrity": True,
        "vector": "ransomware",
        "actor": "external",
        "malicious": True,
        "backup": "electronic",
    },
}
STOLEN = {**OPEN_BUCKET, "breach": {"confidentiality": True, "vector": "theft", "unintelligible": True}}


def known(document: dict[str, Any], stage: str = "initial", **more: Any) -> Known:
    given = {"staff": {"data_protection_officer": ("dpo-1",), "incident_lead": ("lead-1", "lead-2")}, **more}
    given = {"told_by": "detector", "risk": "risk", **given}
    return Known(facts_from(document), "INC-2026-0001", NOON, stage, **given)


def filled(rule: str, document: dict[str, Any], stage: str = "initial", **more: Any) -> FilledForm:
    content = next((each.rule.content for each in load_law().rules if each.rule.id == rule), ())
    return fill(form_for(rule, stage, content), known(document, stage, rule=rule, **more), "en")


def values(form: FilledForm) -> dict[str, Any]:
    return {row["id"]: row["value"] for row in form.content["fields"]}


def test_nothing_known_means_nothing_said() -> None:
    found = filled("cn-pipl-57-regulator", {"title": "Something"})
    assert found.missing == ("unit", "course", "kinds", "cause", "harm", "remedies", "people_can", "contact")
    assert set(values(found).values()) == {None}


def test_what_is_known_is_said_in_both_languages() -> None:
    found = values(filled("cn-pipl-57-regulator", OPEN_BUCKET))
    assert found["kinds"] == {"en": "names, account numbers", "zh": "姓名、账户号码"}
    assert found["people"] == {"en": "between 1,900 and 2,000", "zh": "1,900至2,000"}
    assert found["cause"]["zh"] == "事件起因为系统配置错误。"


def test_stage_decides_what_is_required() -> None:
    first = filled("cn-nfra-69-initial-2h", OPEN_BUCKET)
    last = filled("cn-nfra-69-final-5wd", OPEN_BUCKET, "final")
    assert "root_cause" not in first.missing
    assert "root_cause" in last.missing


def test_signed_cause_and_actions_fill_the_final_report() -> None:
    actions = (PlannedAction("Close it by default", "preventive", "2026-04-01"),)
    found = values(filled("cn-nfra-69-final-5wd", OPEN_BUCKET, "final", cause=SIGNED, actions=actions))
    assert found["root_cause"]["en"] == "A switch was open."
    assert found["improvement"]["zh"] == "Close it by default（2026-04-01前完成）"


def test_grade_comes_from_the_authoritys_own_scheme() -> None:
    graded = {"cac": "relatively_major", "nfra": "general"}
    assert values(filled("cn-cac-general-operator-4h", OPEN_BUCKET, grades=graded))["grade"]["zh"] == "较大"
    assert "grade" in filled("cn-cac-general-operator-4h", OPEN_BUCKET, severity="high").missing


def test_people_are_named_by_reference_only() -> None:
    assert values(filled("us-bank-36h", OPEN_BUCKET))["contact_name"] == "[[staff:lead-1/name]]"


def test_late_report_owes_its_reason() -> None:
    late = {"due_at": NOON - timedelta(hours=1)}
    assert "late" in filled("sg-pdpa-26d1-pdpc", OPEN_BUCKET, **late).missing
    in_time = filled("sg-pdpa-26d1-pdpc", OPEN_BUCKET, due_at=NOON)
    assert values(in_time)["late"] == {"en": "Reported in time.", "zh": "按时报告。"}


def test_rule_without_a_form_asks_for_what_its_law_lists() -> None:
    content = next(each.rule.content for each in load_law().rules if each.rule.id == "cn-gbt35273-10.1")
    assert [row["id"] for row in filled("cn-gbt35273-10.1", OPEN_BUCKET).content["fields"]] == list(content)


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.form)
def test_each_form_serves_rules_that_exist_and_has_each_field_once(form: Any) -> None:
    rules = {each.rule.id for each in load_law().rules}
    assert all("*" in rule or rule in rules for rule in form.rules)
    assert len({field.id for field in form.fields}) == len(form.fields)


def test_coded_answers_have_words_in_both_languages() -> None:
    for form in forms():
        codes = {
            (field.id, value)
            for field in form.fields
            if field.kind in {"choice", "choices"}
            for value in (*(choice.value for choice in field.choose), field.const, field.stand_in)
            if value is not None
        }
        assert {each for each in codes if in_words(form.form, *each) is None} == set(), form.form


def test_fields_are_divided_among_the_sections_of_the_form() -> None:
    for rule in ("eu-gdpr-33-authority", "eu-dora-19-initial-classified", "cn-nfra-69-initial-2h"):
        content = filled(rule, OPEN_BUCKET).content
        assert len(content["sections"]) > 3
        divided = [name for section in content["sections"] for name in section["fields"]]
        assert divided == [row["id"] for row in content["fields"]]


def test_what_the_file_says_meanwhile_is_said_to_people() -> None:
    found = filled("eu-gdpr-33-authority", {**OPEN_BUCKET, "people": {"relations": ["customer"]}}, risk=None)
    rows = {row["id"]: row for row in found.content["fields"]}
    assert (rows["field_89"]["value"], found.content["document"]["field_89"]) == (None, "b")
    assert rows["field_89"]["stand_in_words"]["en"] == "a risk is likely, not a high one"
    assert rows["field_92"]["stand_in"] == "To be determined"


REPORTED = [
    each.rule
    for each in load_law().rules
    if "authority" in each.rule.tells
    and form_for(each.rule.id, "initial", each.rule.content).form == "generic"
]


@pytest.mark.parametrize("stage", STAGES)
def test_generic_report_carries_each_item_of_its_rules_content(stage: str) -> None:
    for rule in REPORTED:
        asked = {
            row["id"]
            for row in fill(form_for(rule.id, stage, rule.content), known({"title": "x"}), "en").content[
                "fields"
            ]
        }
        assert set(rule.content) - {"official_form"} <= asked, rule.id
        assert asked, rule.id


def test_content_hash_depends_on_what_is_said_only() -> None:
    once, again = filled("us-bank-36h", OPEN_BUCKET), filled("us-bank-36h", OPEN_BUCKET)
    assert once == again


WORDS = st.sampled_from(["misconfiguration", "ransomware", "theft", "other"])
MAYBE = st.none() | st.booleans()


@given(
    st.sampled_from(sorted({each.rule.id for each in load_law().rules})),
    st.sampled_from(STAGES),
    st.fixed_dictionaries(
        {"vector": st.none() | WORDS, "confidentiality": MAYBE, "ongoing": MAYBE, "malicious": MAYBE}
    ),
)
def test_missing_names_exactly_the_required_fields_without_a_value(
    rule: str, stage: str, breach: dict[str, Any]
) -> None:
    found = filled(rule, {"title": "x", "breach": breach}, stage)
    empty = [row["id"] for row in found.content["fields"] if row["required"] and row["value"] is None]
    assert list(found.missing) == empty


@given(st.sampled_from(sorted(ANSWERS)))
def test_no_answer_is_made_up_from_nothing(name: str) -> None:
    assert ANSWERS[name](Known(facts_from({"title": "x"}), "INC-2026-0001", NOON, "initial")) is None


@pytest.mark.corpus
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "document", [OPEN_BUCKET, RANSOMWARE, STOLEN], ids=["bucket", "ransomware", "stolen"]
)
def test_gdpr_notification_is_valid_against_the_template(
    shared: Path, document: dict[str, Any], stage: str
) -> None:
    schema = json.loads(
        (shared / "facts/forms/edpb-art33-template-v1.schema.json").read_text(encoding="utf-8")
    )
    notification = filled("eu-gdpr-33-authority", document, stage).content["document"]
    check = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [error.message for error in check.iter_errors(notification)] == []


@pytest.mark.corpus
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "document", [OPEN_BUCKET, RANSOMWARE, STOLEN], ids=["bucket", "ransomware", "stolen"]
)
def test_dora_report_carries_every_field_its_stage_requires(
    shared: Path, document: dict[str, Any], stage: str
) -> None:
    annex = json.loads((shared / "facts/forms/dora-its-2025-302-fields.json").read_text(encoding="utf-8"))
    flag = {"initial": "initial", "interim": "intermediate", "final": "final"}[stage]
    wanted = {field["no"] for field in annex["major_incident"] if field[flag] == "Yes"}
    report = filled("eu-dora-19-initial-classified", document, stage).content["document"]
    assert wanted - set(report) == set()
    for field in annex["major_incident"]:
        given = report.get(field["no"])
        if field.get("choices") and given not in (None, "not yet known"):
            assert set(given if isinstance(given, list) else [given]) <= set(field["choices"])


def test_every_form_serves_duties_that_tell_an_authority() -> None:
    told = {loaded.rule.id: loaded.rule.tells for loaded in load_law().rules}
    served = {
        form.form: [each for pattern in form.rules for each in fnmatch.filter(told, pattern)]
        for form in forms()
    }
    for form, rules in served.items():
        assert any("authority" in told[rule] for rule in rules), form
    assert form_for("us-ca-breach-attorney-general", "initial").form == "us-ca-ag"
