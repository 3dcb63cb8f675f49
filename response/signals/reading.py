"""From the bytes of a signal to what it says: its format, its own id, its title, and the facts it settles."""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping as Document
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, get_args

from models.errors import InvalidInputError
from models.facts_words import DataCategory
from response.signals.envelopes import MOST_PARTS, findings_in
from response.signals.lines import events_in
from response.signals.mapping import Mapping, Severity, data_category, mappings
from response.signals.paths import first_at, first_plain, moment_at, plain_text, shown_text, values_at

MOST_BYTES: Final = 1_000_000
UNKNOWN: Final = "unknown"
UNKNOWN_TITLE: Final = "Signal in a format that is not known"
_LOOKS_LIKE_JSON: Final = re.compile(r"\{|\[\s*[\[{\]]")
_GZIP: Final = b"\x1f\x8b"
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
    found = findings_in(document)
    within = found[0] if len(found) == 1 else document
    for mapping in mappings():
        inner = mapping.unwrapped(within)
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

    JSON lists, JSON lines and the covers of `envelopes.yaml` are batches where they hold several findings.
    Raises InvalidInputError like `read_signal`, and where they are more than `MOST_PARTS`.
    """
    found = findings_in(_document(payload))
    if len(found) > MOST_PARTS:
        raise InvalidInputError(
            f"The batch holds {len(found):,} findings.",
            expected=f"at most {MOST_PARTS:,}",
            remedy="Send it in parts.",
        )
    if len(found) == 1:
        return (payload,)
    return tuple(json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass") for item in found)


def told_text(payload: bytes) -> str:
    """Give what a person told, without the form around it; anything else as it is, indented."""
    text = text_in(payload)
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


def text_in(payload: bytes) -> str:
    """Give the text of a signal: UTF-8, UTF-16 or UTF-32, with or without a byte order mark, also packed by gzip.

    Raises:
        InvalidInputError: it is too big or no text.
    """
    if len(payload) > MOST_BYTES:
        raise too_big(f"{len(payload):,}")
    if payload.startswith(_GZIP):
        payload = _unpacked(payload)
    try:
        return payload.decode(json.detect_encoding(payload)).removeprefix("\ufeff").strip()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The signal is no text (byte {error.start}).", expected="JSON or plain text in UTF-8"
        ) from None


def _unpacked(payload: bytes) -> bytes:
    try:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        unpacked = unpacking.decompress(payload, MOST_BYTES + 1)
    except zlib.error:
        raise InvalidInputError("The signal is packed by gzip, but damaged.") from None
    if len(unpacked) > MOST_BYTES:
        raise too_big(f"more than {MOST_BYTES:,}")
    return unpacked


def _document(payload: bytes) -> Any:
    text = text_in(payload)
    if not text:
        raise InvalidInputError("The signal is empty.", expected="JSON or plain text")
    if not _LOOKS_LIKE_JSON.match(text):
        events = events_in(text)
        return {"told": text} if events is None else events[0] if len(events) == 1 else events
    try:
        return _json(text)
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


def _json(text: str) -> Any:
    """Read JSON, or several documents one after the other, as in JSON lines."""
    decoder = json.JSONDecoder(parse_constant=_no_number)
    found, at = [], 0
    while at < len(text):
        document, end = decoder.raw_decode(text, at)
        found.append(document)
        at = end
        while at < len(text) and text[at] in " \t\r\n\x1e":
            at += 1
    return found[0] if len(found) == 1 else found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number in JSON")


def _read(mapping: Mapping, document: Document[str, Any], payload: bytes) -> SignalReading:
    target = first_plain(document, mapping.target)
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
    found = first_plain(document, mapping.title)
    parts = [mapping.title_text, None if found is None else plain_text(found, 200)]
    return ": ".join(part for part in parts if part) or mapping.name["en"]


def _dedup_key(mapping: Mapping, document: Any, payload: bytes) -> str:
    """Use the detector's own id, so that an update of a finding is the same signal; else the content."""
    own = first_plain(document, mapping.id)
    if own is None:
        return f"{mapping.form}:{_digest(payload)}"
    parts = [plain_text(own, 500)]
    if mapping.id_kind:
        parts.insert(0, mapping.id_kind.of(document))
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
