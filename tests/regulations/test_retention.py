"""Retention periods: read strictly, chosen by place and sector, counted in months."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.facts import Facts
from regulations.retention import months_after, read_rules, retention_rules, rules_for

RULE = """schema: tocsin/retention/1
rules:
  - {id: a, months: 6, of: {en: x, zh: y}, citation: c, verified: false}
"""


def ids(**organisation: object) -> list[str]:
    return [rule.id for rule in rules_for(Facts.model_validate({"title": "x", "organisation": organisation}))]


def test_rules_have_both_languages_and_a_source() -> None:
    rules = retention_rules()
    assert [rule.id for rule in rules if set(rule.of) != {"en", "zh"} or len(rule.citation) < 10] == []


def test_longest_rule_comes_first_and_what_is_not_known_applies() -> None:
    assert ids(country="DE", establishments=["DE"]) == ["claims"]
    assert ids(country="CN") == ["claims", "cn-pipl-56", "cn-csl-logs"]
    assert ids(country="CA-QC") == ["ca-qc-register", "claims", "ca-bossr-6"]
    assert ids(country="US-NY", sectors=["bank"]) == ["us-ny-500-6", "claims"]
    assert ids(country="US-NY") == ["us-hipaa-316", "us-ny-500-6", "claims"]
    assert ids() == [rule.id for rule in rules_for(Facts(title="x"))]
    assert len(ids()) == len(retention_rules())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("months: 6", "months: soon"),
        ("months: 6", "months: 0"),
        ("citation: c", "source: c"),
        ("verified: false", "verified: false, places: [XX]"),
        ("retention/1", "retention/2"),
        ("rules:", "rules: []\nmore:"),
    ],
)
def test_wrong_files_are_refused(old: str, new: str) -> None:
    assert read_rules(RULE, "f")[0].months == 6
    if new.startswith("rules: []"):
        assert read_rules(RULE.replace(old, new), "f") == ()
        return
    with pytest.raises(InvalidInputError):
        read_rules(RULE.replace(old, new), "f")


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda each: each.year < 9000), st.integers(0, 120))
def test_months_after_keeps_the_day_or_takes_the_last(start: datetime, months: int) -> None:
    later = months_after(start, months)
    assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == months
    assert later.day == start.day or (later.day < start.day and later.day >= 28)
    assert later.time() == start.time()
