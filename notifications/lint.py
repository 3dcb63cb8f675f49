"""The safety check before a campaign may be sent: every text that would go out is rendered and looked at."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.errors import TocsinError
from notifications.notice_text import NAME_MARK, NoticeDetails, Variant, render_part, statements, template_of
from notifications.reading_level import reading_level
from notifications.sms_segments import count_segments
from notifications.templates_on_disk import PARTS

MAX_SEGMENTS = 6
MAX_SUBJECT = 150
MAX_LINE_BYTES = 900  # RFC 5322 allows 998; a name still has to fit
# What a phone makes a link of: a scheme, a path, or a bare domain that is not the end of an e-mail address.
_LINK = re.compile(
    r"(?i)https?:|www\.|(?<![@\w.-])[\w-]+(?:\.[\w-]+)*\.(?:[a-z]{2,24}/|(?:com|net|org|info|biz|io|co|me|ly|app|link"
    r"|top|xyz|cc|cn|hk|tw|sg|jp|kr|de|fr|es|eu|uk|us|ch|at|nl|it|au|in|br|bank)\b)"
)
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){6,}")  # as of a card, an account or an identity document
_LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\bTODO\b|\bLorem ipsum\b|\bXXX\b")
_DRILL_MARK = re.compile(r"\bDRILL\b")
_DRILL = re.compile(r"\bDRILL\b|演练|演練|訓練|\b[ÜU]BUNG\b|\bÜbung\b|\bEXERCI[CS]E\b|(?i:\bsimulacro\b)")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to send: which file or campaign, whose row and field, and what is wrong; never a value."""

    where: str
    problem: str
    recipient: int | None = None  # the person's number in the incident
    field: str = ""

    @property
    def place(self) -> str:
        """Say where in one line."""
        return (
            self.where
            if self.recipient is None
            else f"{self.where}, recipient {self.recipient}, {self.field}"
        )


def lint_notice(
    message: str, details: NoticeDetails, variants: Iterable[Variant], *, drill: bool
) -> tuple[Finding, ...]:
    """Look at every text that the given variants would receive; no findings means it may be sent."""
    found = list(_lint_details(details))
    for variant in variants:
        found += _lint_variant(message, details, variant, drill)
    return tuple(dict.fromkeys(found))


def _lint_details(details: NoticeDetails) -> Iterator[Finding]:
    if not details.organisation:
        yield Finding("details", "no organisation is named")
    if not (details.contact_email or details.contact_phone):
        yield Finding("details", "no contact is named (PIPL 57, GDPR 33(3)(b))")
    for name in ("organisation", "reference", "contact_email", "contact_phone"):
        if any(ord(character) < 0x20 for character in getattr(details, name)):  # noqa: PLR2004
            yield Finding("details", f"{name} holds a control character")


def _lint_variant(message: str, details: NoticeDetails, variant: Variant, drill: bool) -> Iterator[Finding]:
    rendered: dict[str, str] = {}
    for part in PARTS:
        where = f"{message}/{variant.language}/{part}"
        try:
            rendered[part] = render_part(part, message, details, variant, drill)
        except (TocsinError, KeyError) as error:
            yield Finding(where, f"a placeholder has no value: {error}")
            return
        yield from (Finding(where, problem) for problem in _any_part(rendered[part], drill))
    folder = f"{message}/{variant.language}"
    yield from (Finding(f"{folder}/subject.txt", problem) for problem in _subject(rendered["subject.txt"]))
    yield from (Finding(f"{folder}/sms.txt", problem) for problem in _sms(rendered["sms.txt"], details))
    yield from _bodies(folder, rendered, details, variant)


def _any_part(text: str, drill: bool) -> Iterator[str]:
    if not text:
        yield "the text is empty"
    if _LEFTOVER.search(text):
        yield "an unfilled placeholder is left"
    if drill and not _DRILL_MARK.search(text):
        yield "the text of a drill does not say DRILL"
    if not drill and _DRILL.search(text):
        yield "a word of a drill is left in a real notice"
    if any(len(line.encode()) > MAX_LINE_BYTES for line in text.split("\n")):
        yield f"a line is longer than {MAX_LINE_BYTES} bytes"


def _subject(text: str) -> Iterator[str]:
    if "\n" in text or len(text) > MAX_SUBJECT:
        yield f"the subject is not one line of at most {MAX_SUBJECT} characters"
    if NAME_MARK in text:
        yield "the subject holds a personal value"


def _sms(text: str, details: NoticeDetails) -> Iterator[str]:
    if NAME_MARK in text:
        yield "the SMS holds a personal value"
    if _LINK.search(text):
        yield "the SMS holds a link"
    known = text.replace(details.contact_phone or "\0", "").replace(details.reference or "\0", "")
    if _LONG_NUMBER.search(known):
        yield "the SMS holds a long number that is neither the hotline nor the reference"
    if (segments := count_segments(text)) > MAX_SEGMENTS:
        yield f"the SMS takes {segments} segments, more than {MAX_SEGMENTS}"


def _bodies(
    folder: str, rendered: dict[str, str], details: NoticeDetails, variant: Variant
) -> Iterator[Finding]:
    phrases = template_of(folder.partition("/")[0], variant).phrases.phrases
    wanted = [sentence for group in statements(details, variant, phrases).values() for sentence in group]
    wanted += [
        value for value in (details.contact_phone, details.contact_email, details.organisation) if value
    ]
    texts = {
        "body.txt": rendered["body.txt"],
        "body.html": html.unescape(_TAG.sub(" ", rendered["body.html"])),
    }
    for part, text in texts.items():
        plain = " ".join(text.split())
        missing = [sentence for sentence in wanted if " ".join(sentence.split()) not in plain]
        if missing:
            yield Finding(f"{folder}/{part}", f"a required statement is missing: {missing[0]}")
    yield from _reading(folder, variant, statements(details, variant, phrases))


def _reading(folder: str, variant: Variant, said: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    running = [sentence for group, sentences in said.items() if group != "kinds" for sentence in sentences]
    measured = reading_level(running, variant.language)
    if measured is not None and not measured.easy_enough:
        told = f"{measured.formula} {measured.score:g}, limit {measured.limit:g}"
        yield Finding(f"{folder}/body.txt", f"hard to read: {told}")
