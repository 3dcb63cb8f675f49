"""Events that travel as lines of text: CEF, LEEF, and JSON behind a syslog header (RFC 5424, RFC 3164).

Other lines of machines, and markup, are taken for what they are, a format that is not known: no person told them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_EVENT: Final = re.compile(r"(?:^|[\s:>])(?:(CEF):\d+\||(LEEF):([12])\.\d\|)")
_MARKUP: Final = re.compile(r"<[?!a-zA-Z]")
_SYSLOG: Final = re.compile(r"<\d{1,3}>")
_MOST_HEADER: Final = 400  # characters of a syslog header
_KEY: Final = re.compile(r"(?:^|(?<=\s))([A-Za-z_][\w.\[\]-]{0,80})=")
_BAR: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([\\|=nr])")
_HEX: Final = re.compile(r"0?x([0-9a-fA-F]{1,4})")
_CEF: Final = ("vendor", "product", "version", "event", "name", "severity")
_LEEF: Final = ("vendor", "product", "version", "event")


def events_in(text: str) -> list[dict[str, Any]] | None:
    """Give the events of a text, one a line; None when a line is none, so that a person may have written it."""
    if _MARKUP.match(text) and text.endswith(">"):
        return [{"markup": text}]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = []
    for line in lines:
        event = _event(line)
        if event is None:
            return None
        found.append(event)
    return found or None


def _event(line: str) -> dict[str, Any] | None:
    mark = _EVENT.search(line, 0, _MOST_HEADER)
    if mark is None:
        return _behind_header(line)
    return _cef(line[mark.end() :]) if mark[1] else _leef(line[mark.end() :], mark[3])


def _cef(rest: str) -> dict[str, Any] | None:
    parts = _BAR.split(rest, len(_CEF))
    if len(parts) < len(_CEF):
        return None
    header = {name: _plain(part) for name, part in zip(_CEF, parts, strict=False)}
    extension = parts[len(_CEF)] if len(parts) > len(_CEF) else ""
    return {"cef": {**header, "extension": dict(_pairs(extension))}}


def _pairs(extension: str) -> Iterator[tuple[str, str]]:
    """Give keys with values: a value goes on, with its spaces, until the next key."""
    keys = list(_KEY.finditer(extension))
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        end = following.start() if following else len(extension)
        yield key[1], _plain(extension[key.end() : end].strip())


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), text)


def _leef(rest: str, version: str) -> dict[str, Any] | None:
    parts = rest.split("|", len(_LEEF))
    if len(parts) <= len(_LEEF):
        return None
    header, attributes, joint = dict(zip(_LEEF, parts, strict=False)), parts[len(_LEEF)], "\t"
    named, bar, after = attributes.partition("|")
    if version == "2" and bar and len(named) <= len("0x0000"):
        code = _HEX.fullmatch(named)
        joint, attributes = chr(int(code[1], 16)) if code else named or "\t", after
    found = (pair.partition("=") for pair in attributes.split(joint))
    return {
        "leef": {**header, "attributes": {key.strip(): value for key, is_pair, value in found if is_pair}}
    }


def _behind_header(line: str) -> dict[str, Any] | None:
    if not _SYSLOG.match(line):
        return None
    start = line.find("{", 0, _MOST_HEADER)
    try:
        found = json.loads(line[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"syslog": line}
