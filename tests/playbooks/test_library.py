import json
import re
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from playbooks.document import read_document
from playbooks.dry_run import dry_run
from playbooks.editor_schema import json_schema
from playbooks.lint import lint_text
from playbooks.loader import library, library_text, load_playbook
from playbooks.planner import plan_next
from playbooks.rehearsal import Outcome, run_playbook_tests
from playbooks.rules import known_rules
from playbooks.schema import Text, step_id_of
from playbooks.shelf import file_text, library_tests
from regulations.loader import load_law

PLAYBOOKS = {name: load_playbook(library_text(name), f"{name}.yaml") for name in library()}
CJK = re.compile(r"[\u4e00-\u9fff]")
BREACHES = (
    "credential-stuffing",
    "exposed-storage",
    "insider-disclosure",
    "lost-stolen-device",
    "misdirected-message",
    "payment-card-skimming",
    "personal-data-breach",
    "phished-mailbox",
    "ransomware-exfiltration",
    "vendor-breach",
)


def texts(part):
    if isinstance(part, Text):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from texts(value)
    elif hasattr(type(part), "model_fields"):
        yield from texts([getattr(part, name) for name in type(part).model_fields])


def test_library_holds_a_plan_for_every_kind_of_breach():
    assert library() == BREACHES


def test_library_passes_its_tests():
    assert [outcome for outcome in run_playbook_tests() if not outcome.passed] == []


def test_library_has_at_least_three_cases_a_plan():
    cases = {name: len(read_document(library_tests(name), name).data["cases"]) for name in BREACHES}
    assert {name for name, count in cases.items() if count < 3} == set()


@pytest.mark.parametrize("name", BREACHES)
def test_library_tests_visit_every_step_of_a_plan(name):
    playbook = PLAYBOOKS[name]
    undoing = {step.undo for step in playbook.workflow.values() if isinstance(step.undo, str)}
    own = {s for s, step in playbook.workflow.items() if step.action and "." not in s and s not in undoing}
    for case in read_document(library_tests(name), name).data["cases"]:
        own -= {step_id_of(key) for key in dry_run(playbook, case.get("facts"), case.get("answers")).steps}
    assert own == set()


@pytest.mark.parametrize("name", BREACHES)
def test_library_says_everything_in_both_languages(name):
    found = list(texts(PLAYBOOKS[name]))
    assert len(found) > 50
    assert [text for text in found if CJK.search(text.en) or not CJK.search(text.zh)] == []


@pytest.mark.parametrize("name", BREACHES)
def test_library_acts_or_keeps_traces_before_it_asks_anybody(name):
    facts = {"signal": {"target": "x"}}
    ready = plan_next(PLAYBOOKS[name], {}, facts).ready
    assert [PLAYBOOKS[name].step(key).action for key in ready] == ["detection.record"]


@pytest.mark.parametrize("name", BREACHES)
def test_library_goes_from_detection_to_accountability(name):
    phases = {step.phase for step in PLAYBOOKS[name].workflow.values()}
    assert {"detect", "triage", "contain", "recover", "notify", "report", "learn", "account"} <= phases


@pytest.mark.parametrize("name", BREACHES)
def test_library_involves_the_departments_of_a_bank(name):
    named = set()
    for step in PLAYBOOKS[name].workflow.values():
        if step.raci:
            named |= {
                *step.raci.responsible,
                step.raci.accountable,
                *step.raci.consulted,
                *step.raci.informed,
            }
    wanted = {"security", "business", "compliance", "data_protection", "customer_service", "communications"}
    assert wanted | {"internal_audit", "management"} <= named


@pytest.mark.parametrize("name", BREACHES)
def test_library_needs_the_people_it_asks_and_lints_with_two_of_each(name):
    staff = dict.fromkeys(PLAYBOOKS[name].roles, 2)
    assert lint_text(library_text(name), f"{name}.yaml", staff=staff) == ()


@pytest.mark.parametrize(
    "name",
    [*BREACHES, "tell-individuals", "report-authorities", "report-what-was-found", "account-and-close"],
)
def test_library_fits_the_schema_for_editors(name):
    Draft202012Validator(json_schema()).validate(read_document(file_text(name), name).data)


def test_schema_for_editors_is_a_schema_and_refuses_what_the_loader_refuses():
    schema = json.loads(json.dumps(json_schema()))
    Draft202012Validator.check_schema(schema)
    data = read_document(library_text("personal-data-breach"), "x").data
    data["workflow"]["closed"]["on_completion"] = "start"
    data["workflow"]["record"]["action"] = "detection.rekord"
    paths = sorted(
        "/".join(map(str, e.absolute_path)) for e in Draft202012Validator(schema).iter_errors(data)
    )
    assert paths == ["workflow/closed", "workflow/record/action"]


@pytest.mark.parametrize("rule", known_rules().values(), ids=lambda rule: rule.rule)
def test_rules_agree_with_the_law(rule):
    versions = [loaded.rule for loaded in load_law().versions(rule.rule)]
    assert versions
    for version in versions:
        limits = version.deadline.earliest_of or (version.deadline,)
        spans = [timedelta(hours=s.value) if s.unit == "hours" else timedelta(days=s.value) for s in limits]
        assert {moment.partition(".")[0] for moment in version.clock.moments} == {rule.starts_at}
        assert rule.within == min(spans)


def test_a_plan_without_tests_does_not_pass(monkeypatch):
    monkeypatch.setattr("playbooks.rehearsal.library_tests", lambda _: None)
    said = "There is no test beside this playbook."
    assert run_playbook_tests(["vendor-breach"]) == (
        Outcome("vendor-breach", "", "vendor-breach.test.yaml", said),
    )
