"""The words of a call, in the language of the one who is called: a subject, a body and a short message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.vocabulary import CallKind

MOST_LISTED = 10  # of what one message is about; of the others it gives the number
# Where to look further for what belongs to no incident, or is not shown with it.
SEE = {
    "action:overdue": "tocsin action list --overdue",
    "retention:due": "tocsin incident retention",
    "signal:retention_due": "tocsin signal retention",
}
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class CallText:
    """One call in words. `sms` stands alone."""

    subject: str
    body: str
    sms: str


def call_text(  # noqa: PLR0913 - what a call may say
    kind: str,
    language: str,
    *,
    incident: str = "",
    about: str = "",
    question: str = "",
    due: datetime | None = None,
    link: str = "",
    details: Sequence[Mapping[str, Any]] = (),
    drill: bool = False,
) -> CallText:
    """Fill in the words of one message; `due` is shown in UTC, since who is called may be anywhere.

    `details` holds one entry for each thing that it is about, most urgent first.
    """
    words = _words(language)
    values = {
        "drill": words["labels"]["drill"] if drill else "",
        "incident": incident or words["labels"]["house"],
        "see": SEE.get(about, f"tocsin incident show {incident}"),
        "happened": words["happened"].get(about, words["happened"]["other"]),
        "question": question,
        "due": f"{due:%Y-%m-%d %H:%M}Z" if due else "",
        "link": link,
        "details": [sorted(each.items()) for each in details[:MOST_LISTED]],
        "count": len(details),
        "more": len(details) - MOST_LISTED,
    }
    parts = {
        part: _ENVIRONMENT.from_string(text).render(values)
        for part, text in words[str(CallKind(kind))].items()
    }
    return CallText(" ".join(parts["subject"].split()), parts["body"], " ".join(parts["sms"].split()))


def alarms_with_words(language: str) -> frozenset[str]:
    """Name the alarms that have words of their own."""
    return frozenset(_words(language)["happened"])


@lru_cache(maxsize=4)
def _words(language: str) -> dict[str, Any]:
    text = (
        resources.files("response.calling")
        .joinpath("call_words", f"{language}.yaml")
        .read_text(encoding="utf-8")
    )
    words: dict[str, Any] = yaml.safe_load(text)
    return words
