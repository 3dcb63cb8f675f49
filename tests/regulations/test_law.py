"""The law that comes with Tocsin: complete, consistent, and true to what was collected."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from regulations.check import check_law
from regulations.diff import diff_law
from regulations.loader import Law, load_law
from regulations.schema import Rule
from tests.regulations.test_loader import RULE, law_of

RULES = [loaded.rule for loaded in load_law().rules]
# Source rows whose number Tocsin holds in another form.
OTHERWISE = {
    "cn-pboc4-brief",  # the draft's numbers, marked as not verified
    "cn-pboc4-full",
    "cn-pboc4-progress",
    "cn-pboc4-final",
    "eu-dora-19-initial-classified",  # the earliest of two limits
    "eu-dora-19-initial-longstop",
    "cn-nfra-74-annual",  # a day of the year
    "cn-cbrc2008-drills",
    "eu-dora-8-2-recurring",
}


def latest(rule: str) -> Rule:
    return [one for one in RULES if one.id == rule][-1]


def test_law_has_no_errors() -> None:
    assert [finding for finding in check_law(date(2026, 11, 22)) if finding.level == "error"] == []


def test_law_states_a_source_and_a_review_for_every_rule() -> None:
    assert all(rule.source and rule.citation and rule.reviewed >= date(2026, 11, 22) for rule in RULES)


def test_law_unread_for_a_year_is_pointed_out() -> None:
    old = [finding for finding in check_law(date(2027, 11, 23)) if "over a year ago" in finding.what]
    assert len(old) == len(RULES)


def test_law_of_a_state_reaches_by_its_residents() -> None:
    for loaded in load_law().rules:
        if loaded.rule.law.startswith("us-") and loaded.rule.law.endswith("-breach"):
            assert f"'people_in': ['{loaded.rule.place}']" in repr(loaded.applies.source)


def sources(shared: Path, name: str) -> Any:
    return yaml.load(
        (shared / "facts" / f"regulations-{name}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "number"), [("apac", 136), ("west", 81)])
def test_law_holds_every_duty_collected_with_its_number_and_its_mark(
    shared: Path, name: str, number: int
) -> None:
    rows = sources(shared, name)["duties"]
    assert len(rows) == number
    for row in rows:
        rule = latest(row["id"])
        assert rule.verified == row["verified"], row["id"]
        if row["deadline"]["value"] is not None and row["id"] not in OTHERWISE:
            assert (rule.deadline.value, rule.deadline.unit) == (
                row["deadline"]["value"],
                row["deadline"]["unit"],
            ), row["id"]


@pytest.mark.corpus
def test_law_holds_every_american_state_collected(shared: Path) -> None:
    rows = sources(shared, "west")["us_states"]
    assert len(rows) == 52
    for row in rows:
        rule, deadline = latest(row["id"]), row["consumer_deadline"]
        assert (rule.place, rule.citation) == (row["jurisdiction"], row["instrument"])
        assert (rule.deadline.value, rule.deadline.unit) == (deadline["value"], deadline["unit"]), row["id"]
        assert rule.verified == row["verified"]


def test_check_finds_what_a_reader_would_object_to() -> None:
    wrong = {
        **RULE,
        "zone": "Asia/Atlantis",
        "calendar": "QQ",
        "clock": "filed.xx-act-9",
        "content": ["gossip"],
        "deadline": {"value": 3, "unit": "business_days"},
        "verified": False,
        "verified_how": "memory",
    }
    found = [(finding.level, finding.what) for finding in check_law(date(2026, 12, 1), law_of(wrong))]
    assert found == [
        ("error", "No calendar of working days for 'QQ'."),
        ("error", "The clock waits for a rule that does not exist: filed.xx-act-9."),
        ("error", "Unknown content: gossip."),
        ("error", "Unknown time zone 'Asia/Atlantis'."),
        ("warning", "Not verified (memory)."),
    ]


def test_check_finds_a_rule_outside_the_scope_of_its_file() -> None:
    narrow = law_of(
        RULE, scope={"people_in": ["SG"]}, applies={"all": [{"people_in": ["SG"]}, {"role": ["controller"]}]}
    )
    assert check_law(date(2026, 12, 1), narrow) == []
    wide = law_of(RULE, scope={"people_in": ["SG"]}, applies={"people_in": ["JP"]})
    assert [finding.what for finding in check_law(date(2026, 12, 1), wide)] == [
        "Applies outside the scope of its file."
    ]


def test_diff_names_what_came_went_and_changed() -> None:
    before = law_of(RULE, {**RULE, "id": "xx-act-2"})
    after = law_of({**RULE, "deadline": {"value": 2, "unit": "hours"}}, {**RULE, "id": "xx-act-3"})
    assert [(change.rule, change.kind) for change in diff_law(before, after)] == [
        ("xx-act-1", "changed"),
        ("xx-act-2", "removed"),
        ("xx-act-3", "added"),
    ]
    [changed] = [change for change in diff_law(before, after) if change.kind == "changed"]
    assert set(changed.parts) == {"deadline"}
    assert changed.to_json()["parts"]["deadline"]["after"]["value"] == 2
    assert diff_law(before, before) == ()


def test_diff_shows_a_new_version_as_added_and_the_old_one_as_ended() -> None:
    before = law_of(RULE)
    after: Law = law_of(
        {**RULE, "in_force": {"since": "2020-01-01", "until": "2026-12-31"}},
        {**RULE, "in_force": {"since": "2027-01-01"}},
    )
    changes = [(change.since, change.kind, set(change.parts)) for change in diff_law(before, after)]
    assert changes == [("2020-01-01", "changed", {"in_force"}), ("2027-01-01", "added", set())]
