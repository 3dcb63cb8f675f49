"""Canonical JSON: the quick way writes what the careful way writes."""

import json
from datetime import UTC, datetime
from enum import StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from models.canonical import canonical_json, is_plain
from models.errors import InvalidInputError

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | WHOLE | TEXT | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5)
)


class Word(StrEnum):
    """A word from a closed list."""

    YES = "yes"


@given(VALUES)
def test_canonical_json_is_what_rfc8785_writes(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text("abcXYZ_09", max_size=4), WHOLE | TEXT | st.booleans(), max_size=6))
def test_canonical_json_takes_the_quick_way_for_what_entries_hold(value: dict[str, object]) -> None:
    assert is_plain(value)
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.dictionaries(TEXT, st.integers(0, 9), min_size=2))
def test_canonical_json_does_not_depend_on_the_order_of_keys(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical_json(turned) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


def test_canonical_json_writes_words_of_a_closed_list_as_text() -> None:
    assert canonical_json({"role": Word.YES}) == b'{"role":"yes"}'


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        -(2**60),
        [2**70],
        float("nan"),
        float("inf"),
        datetime(2026, 1, 1, tzinfo=UTC),
        b"x",
        {1: 2},
        "\ud800",
    ],
    ids=repr,
)
def test_canonical_json_refuses_what_json_has_no_one_form_for(value: object) -> None:
    with pytest.raises(InvalidInputError, match="no canonical JSON"):
        canonical_json(value)
