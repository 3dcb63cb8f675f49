"""Fill a form from what is known, and name what is still missing. Pure: same input, same report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.count import Count
from models.facts import fact_at
from regulations.filing_forms.answers import ANSWERS
from regulations.filing_forms.choices import in_words
from regulations.filing_forms.forms import Form, Question
from regulations.filing_forms.happened import staff_mark
from regulations.filing_forms.known import Known


@dataclass(frozen=True)
class FilledForm:
    """A filled form: `content` as it is kept and shown, `missing` the required fields that nobody can answer yet."""

    form: str
    content: dict[str, Any]
    missing: tuple[str, ...]


def fill(form: Form, known: Known, language: str) -> FilledForm:
    """Answer every field that is asked in this case; a required one without an answer is missing."""
    rows, missing, document = [], [], {}
    for question in form.fields:
        shown = True if question.when is None else question.when.holds(known)
        if shown is False:
            continue
        value = _value(question, known)
        required = known.stage in question.required
        if value is None and required:
            missing.append(question.id)
        row = _row(form, question, value, required=required)
        rows.append(row)
        if form.document and value is None and required:
            value = _stand_in(form, question, known)
            row |= {"stand_in": value, "stand_in_words": in_words(form.form, question.id, value)}
        if form.document and (value is not None or (form.nulls and required)):
            document[question.id] = _plain(value, language)
    content = {
        "form": form.form,
        "name": form.name.model_dump(),
        "stage": known.stage,
        "language": language,
        "reference": known.reference,
        "rule": known.rule,
        "drill": known.drill,
        "made_at": known.at.astimezone(UTC).isoformat(),
        "source": form.source,
        "verified": form.verified,
        "fields": rows,
        "sections": _sections(form, [row["id"] for row in rows]),
        "missing": list(missing),
        "document": document if form.document else None,
    }
    return FilledForm(form.form, content, tuple(missing))


def _row(form: Form, question: Question, value: Any, *, required: bool) -> dict[str, Any]:
    row = {
        "id": question.id,
        "label": question.label.model_dump(),
        "value": value,
        "required": required,
        "stages": list(question.required),
    }
    said = in_words(form.form, question.id, value)
    return row if said is None else {**row, "words": said}


def _sections(form: Form, asked: list[str]) -> list[dict[str, Any]]:
    """Divide the fields that are asked among the form's sections; what is approved is shown as it was divided."""
    order = {field.id: place for place, field in enumerate(form.fields)}
    bounds = [(order[each.first], each.label.model_dump()) for each in form.sections]
    ends = [begin for begin, _ in bounds[1:]] + [len(order)] if bounds else []
    divided = [
        {"label": label, "fields": [name for name in asked if begin <= order[name] < end]}
        for (begin, label), end in zip(bounds, ends, strict=True)
    ]
    return [section for section in divided if section["fields"]]


def _value(question: Question, known: Known) -> Any:
    asked: dict[str, Callable[[str], Any]] = {
        "answer": lambda name: ANSWERS[name](known),
        "fact": lambda path: _typed(question, fact_at(known.facts, path)),
        "profile": known.profile.get,
        "staff": lambda source: _staff(source, known),
        "known": lambda name: _recorded(name, known),
    }
    for source, find in asked.items():
        given = getattr(question, source)
        if given is not None:
            return find(given)
    return _chosen(question, known) if question.choose else question.const


def _typed(question: Question, value: Any) -> Any:
    if isinstance(value, Count):
        if question.kind == "integer":
            return value.least if value.is_known or value.least else None
        return None if value.most is None and not value.least else value.model_dump(exclude_none=True)
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _staff(source: str, known: Known) -> str | None:
    role, _, part = source.partition("/")
    part, _, number = part.partition("#")
    people, place = known.staff.get(role, ()), int(number or 1) - 1
    return staff_mark(people[place], part) if len(people) > place else None


def _recorded(name: str, known: Known) -> str | None:
    if name == "told_on":
        return known.told_at.date().isoformat() if known.told_at else None
    if name == "actions_due":
        return max((action.due for action in known.actions), default=None)
    if name == "at_date":
        return known.at.date().isoformat()
    found: str | None = getattr(known, name)
    return found or None


def _chosen(question: Question, known: Known) -> Any:
    """Give the first choice that surely holds; several for a multiple choice."""
    fitting = [choice.value for choice in question.choose if choice.when.holds(known) is True]
    if question.kind == "choices":
        return fitting or None
    return fitting[0] if fitting else None


def _plain(value: Any, language: str) -> Any:
    return value.get(language, value) if isinstance(value, dict) and "en" in value else value


def _stand_in(form: Form, question: Question, known: Known) -> Any:
    """Say that an answer is still to come, in a shape the form's schema takes; None where there is no such shape."""
    if question.stand_in == "@today":
        return known.at.date().isoformat()
    if question.stand_in is not None:
        return question.stand_in
    return form.placeholder if question.kind == "text" else None
