from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.condition import ConditionError, evaluate, names_in, operand_value, parse_condition
from playbooks.durations import format_duration, parse_duration

VALUES = {"yes": True, "no": False, "n": 3, "word": "high", "list": ["a", "b"], "facts.breach.ongoing": True}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", True),
        ("not yes", False),
        ("yes and no", False),
        ("yes or no", True),
        ("no or no or yes and yes", True),
        ("not (yes and no)", True),
        ("n == 3", True),
        ("n != 3", False),
        ("n >= 3 and n <= 3.5 and n > -1 and not n < 2", True),
        ("word in ['high', 'very_high']", True),
        ("word not in ['high']", False),
        ("'a' in list", True),
        ('word == "high"', True),
        ("facts.breach.ongoing == true", True),
        ("word is known", True),
        ("word is unknown", False),
        ("missing is unknown", True),
        ("missing == 'x'", None),
        ("not missing", None),
        ("missing and yes", None),
        ("missing and no", False),
        ("missing or yes", True),
        ("missing or no", None),
        ("missing in ['x']", None),
        ("word > 3", None),
        ("word in n", None),
        ("word", None),
    ],
)
def test_condition_answers_yes_no_or_unknown(text, answer):
    assert evaluate(text, VALUES.get) is answer


@pytest.mark.parametrize(
    "text",
    ["", "and", "a b", "a ==", "(a", "a)", "a in [b]", "a in [1", "f('x')", "a; b", "a = 1", "'open", "a is", "1 +",
     "not " * 30 + "a", "(" * 30 + "a" + ")" * 30, "a or " * 300 + "a"],
)  # fmt: skip
def test_condition_refuses_what_it_cannot_read(text):
    with pytest.raises(ConditionError, match="the condition"):
        parse_condition(text)


@given(st.text(max_size=60))
def test_condition_never_fails_otherwise(text):
    with suppress(ConditionError):
        assert evaluate(text, VALUES.get) in {True, False, None}


def test_condition_names_what_it_reads():
    assert names_in("a == 1 and (facts.b.c is known or not a)") == ("a", "facts.b.c")


def test_switch_reads_one_value():
    assert operand_value("word", VALUES.get) == "high"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT4H", timedelta(hours=4)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
    ],
)
def test_duration_is_read(text, span):
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "P", "PT", "4h", "P1M", "P1Y", "PT1.5H", "-PT1H", "P1DT", "P99999999D"])
def test_duration_refuses_what_depends_on_a_calendar_or_is_none(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [("PT25H", "25 h"), ("PT90M", "1 h 30 min"), ("P5D", "5 d"), ("PT0S", "0 s"), ("P3D", "72 h")],
)
def test_duration_is_said_as_a_manager_reads_it(text, said):
    assert format_duration(parse_duration(text)) == said
