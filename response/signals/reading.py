"""From the bytes of a signal to what it says: its format, its own id, its title, and the facts it settles."""

import hashlib
import json
from collections.abc import Mapping as Document
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, get_args

from models.errors import InvalidInputError
from models.facts_words import DataCategory
from response.signals.mapping import Mapping, Severity, data_category, mappings
from response.signals.paths import first_at, moment_at, plain_text, shown_text, values_at

MOST_BYTES: Final = 1_000_000
UNKNOWN: Final = "unknown"
UNKNOWN_TITLE: Final = "Signal in a format that is not known"
_LISTS: Final = ("findings", "Findings", "detail.findings")
_CATEGORIES: Final = frozenset(get_args(DataCategory))


class TooBigError(InvalidInputError):
    """A signal over `MOST_BYTES`; it was not looked at."""


@dataclass(frozen=True)
class SignalReading:
    """What one signal says. `facts` holds dotted paths of tocsin/facts/1; what it does not say is absent."""

    form: str
    dedup_key: str
    title: str
    seen_at: datetime | None = None
    severity: Severity | None = None
    target: str | None = None
    target_kind: str | None = None
    state: str = "active"  # active, closed, passed, false_alarm
    personal_data: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def read_signal(payload: bytes, form: str | None = None) -> SignalReading:
    """Recognise one signal by its content, or read it as the `form` its sender names.

    Raises:
        InvalidInputError: empty, over `MOST_BYTES`, broken JSON, not text, or not of the form that was named.
    """
    document = _document(payload)
    if form is not None and form not in (UNKNOWN, *(one.form for one in mappings())):
        raise InvalidInputError(
            f"The signal form {form[:60]!r} is not known.",
            expected=", ".join(one.form for one in mappings()),
            remedy="Leave the form out to have it recognised.",
        )
    for mapping in mappings():
        inner = mapping.unwrapped(document)
        if form in (None, mapping.form) and mapping.fits(inner):
            return _read(mapping, inner, payload)
    if form not in (None, UNKNOWN):
        raise InvalidInputError(
            f"The signal is not of the form {form}.",
            expected="the keys its makers document",
            remedy="Leave the form out.",
        )
    return SignalReading(form=UNKNOWN, dedup_key=f"{UNKNOWN}:{_digest(payload)}", title=UNKNOWN_TITLE)


def split_signals(payload: bytes) -> tuple[bytes, ...]:
    """Take a batch apart, so that each finding is kept and deduplicated on its own.

    A JSON list and the lists of AWS (`findings`) are batches. Raises InvalidInputError like `read_signal`.
    """
    document = _document(payload)
    batch = document if isinstance(document, list) else None
    for path in _LISTS:
        held = values_at(document, path)
        if held and isinstance(held[0], list):
            batch = held[0]
    if batch is None or len(batch) < 1 or not all(isinstance(item, dict) for item in batch):
        return (payload,)
    return tuple(json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass") for item in batch)


def told_text(text: str) -> str:
    """Give what a person told, without the form around it; anything else as it is, indented."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return shown_text(text)
    told = document.get("told") if isinstance(document, dict) else None
    return shown_text(told if isinstance(told, str) else json.dumps(document, indent=2, ensure_ascii=False))


def too_big(size: str) -> TooBigError:
    """Say that a signal is too big to be one."""
    return TooBigError(
        f"The signal has {size} bytes.",
        expected=f"at most {MOST_BYTES:,}",
        remedy="Send the finding itself, not the data it is about.",
    )


def _document(payload: bytes) -> Any:
    if len(payload) > MOST_BYTES:
        raise too_big(f"{len(payload):,}")
    try:
        text = payload.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The signal is not UTF-8 text (byte {error.start}).", expected="JSON or plain text"
        ) from None
    if not text:
        raise InvalidInputError("The signal is empty.", expected="JSON or plain text")
    if not text.startswith(("{", "[")):
        return {"told": text}
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise InvalidInputError(
            "The signal is nested too deep.", expected="JSON as detectors write it"
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"The signal is not whole JSON: {error.msg}.", where=f"line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError as error:
        raise InvalidInputError(f"The signal is not whole JSON: {error}.") from None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number in JSON")


def _read(mapping: Mapping, document: Document[str, Any], payload: bytes) -> SignalReading:
    target = first_at(document, mapping.target)
    return SignalReading(
        form=mapping.form,
        dedup_key=_dedup_key(mapping, document, payload),
        title=_title(mapping, document),
        seen_at=moment_at(first_at(document, mapping.seen_at)),
        severity=mapping.severity.grade(document),
        target=None if target is None else plain_text(target, 200),
        target_kind=None if target is None else mapping.target_kind,
        state=_state(mapping, document),
        personal_data=mapping.personal_data is not None and mapping.personal_data.holds(document),
        facts=_facts(mapping, document),
    )


def _title(mapping: Mapping, document: Any) -> str:
    found = first_at(document, mapping.title)
    parts = [mapping.title_text, None if found is None else plain_text(found, 200)]
    return ": ".join(part for part in parts if part) or mapping.name["en"]


def _dedup_key(mapping: Mapping, document: Any, payload: bytes) -> str:
    """Use the detector's own id, so that an update of a finding is the same signal; else the content."""
    own = first_at(document, mapping.id)
    if own is None:
        return f"{mapping.form}:{_digest(payload)}"
    parts = [plain_text(own, 500)]
    if mapping.id_kind:
        is_there = bool(values_at(document, mapping.id_kind.path))
        parts.insert(0, mapping.id_kind.present if is_there else mapping.id_kind.absent)
    for path in mapping.id_within:
        parts += [plain_text(value, 200) for value in values_at(document, path)[:1]]
    whole = "/".join(parts)
    return f"{mapping.form}:{whole if len(whole) <= 200 else _digest(whole.encode('utf-8', 'surrogatepass'))}"  # noqa: PLR2004


def _state(mapping: Mapping, document: Any) -> str:
    asked = (
        ("false_alarm", mapping.false_alarm),
        ("passed", mapping.passed),
        ("passed", mapping.also_passed),
        ("closed", mapping.closed),
    )
    return next((state for state, test in asked if test is not None and test.holds(document)), "active")


def _facts(mapping: Mapping, document: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for rule in mapping.facts:
        if rule.when is not None and not rule.when.holds(document):
            continue
        if rule.kinds_at is not None:
            _add_kinds(facts, rule.target, values_at(document, rule.kinds_at))
        elif rule.target not in facts:
            value = rule.to if rule.number_at is None else _whole(first_at(document, (rule.number_at,)))
            if value is not None:
                facts[rule.target] = value
    return facts


def _add_kinds(facts: dict[str, Any], target: str, words: list[Any]) -> None:
    known = facts.get(target, [])
    found = [
        word if word in _CATEGORIES else data_category(plain_text(word))
        for word in words
        if isinstance(word, str)
    ]
    if known or found:
        facts[target] = list(dict.fromkeys([*known, *found]))


def _whole(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**12
    return value if is_whole else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
