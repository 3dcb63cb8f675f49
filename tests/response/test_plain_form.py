"""Answers to the questions a plan asks: kept when they are of the kind asked for, refused otherwise."""

from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import InvalidInputError
from playbooks.loader import library_text, load_playbook
from playbooks.schema_parts import FormField
from response.plain_form import keep_answers

QUESTION = {"en": "What?", "zh": "什么？"}


def kept(document: str, **fields: dict[str, Any]) -> dict[str, Any]:
    form = {name: FormField.model_validate({"question": QUESTION, **field}) for name, field in fields.items()}
    context: Any = SimpleNamespace(key="look", step=SimpleNamespace(form=form))
    unit: Any = None
    return keep_answers(unit, context, document.encode(), "lead-1")


@pytest.mark.parametrize(
    ("kind", "answer", "value"),
    [
        ("string", "'12'", "12"),
        ("integer", "12", 12),
        ("number", "1.5", 1.5),
        ("number", "2", 2),
        ("boolean", "no", False),
    ],
)
def test_answer_of_the_kind_asked_for_is_kept(kind: str, answer: str, value: object) -> None:
    assert kept(f"it: {answer}", it={"type": kind}) == {"it": value}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("string", "12"),
        ("string", "yes"),
        ("integer", "1.5"),
        ("integer", "true"),
        ("number", "some"),
        ("boolean", "'no'"),
    ],
)
def test_answer_of_another_kind_is_refused(kind: str, answer: str) -> None:
    with pytest.raises(InvalidInputError, match=f"it is not an? {kind}"):
        kept(f"it: {answer}", it={"type": kind})


def test_answer_that_is_no_option_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="it is not one of no, yes") as refused:
        kept("it: perhaps", it={"type": "string", "options": ["no", "yes"]})
    assert refused.value.expected == "it: one of no, yes"


@pytest.mark.parametrize("empty", ["", "''", "'  '", "null"])
def test_empty_answer_counts_as_not_given(empty: str) -> None:
    assert kept(f"it: {empty}", it={"type": "string", "required": False}) == {}
    with pytest.raises(InvalidInputError, match="missing it"):
        kept(f"it: {empty}", it={"type": "string"})


def test_every_fault_is_named_at_once_and_no_answer_is_repeated() -> None:
    with pytest.raises(InvalidInputError) as refused:
        kept("other: Ann Lee\nmany: Ann Lee", it={"type": "string"}, many={"type": "integer"})
    assert refused.value.what == "The form does not fit: missing it; unknown other; many is not an integer."


@pytest.mark.parametrize("document", ["", "closed_by_hand: The public link"])
def test_containment_by_hand_is_not_answered_without_what_was_done_and_how_it_was_checked(
    document: str,
) -> None:
    plan = load_playbook(library_text("personal-data-breach"), "personal-data-breach")
    context: Any = SimpleNamespace(key="contain_by_hand", step=plan.step("contain_by_hand"))
    unit: Any = None
    with pytest.raises(InvalidInputError, match=r"missing .*seen_closed_by"):
        keep_answers(unit, context, document.encode(), "resp-1")
