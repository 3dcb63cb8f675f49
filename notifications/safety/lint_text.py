"""What must not stand in a text that goes out: links, numbers of somebody's, leftovers, what can't be seen."""

import re
from collections.abc import Iterator

from notifications.texts.notice_text import NAME_MARK, NoticeDetails
from notifications.texts.sms_segments import count_segments

MAX_SEGMENTS = 6
MAX_SUBJECT = 150
MAX_LINE_BYTES = 900  # RFC 5322 allows 998; a name still has to fit
# What a phone makes a link of: a scheme, an address in numbers, a path, or words of any script joined by dots.
_LINK = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]*://|\b(?:www\.|mailto:|tel:|sms:)|\bxn--|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"
    r"|\[[0-9a-f]*:[0-9a-f:]+\]|(?<![@\w.-])[\w-]+(?:[.\uff0e][\w-]+)*[.\uff0e][^\W\d_]{2,}"
    r"|(?<![@\w.-])[a-z0-9-]+[\u3002\uff61][a-z]{2,}"
)
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\W\d_]{2,}")
# Letters and digits with little between them, as of a card, an account, an identity document, or the end of one.
_NUMBER = re.compile(r"[^\W_]*\d[^\W_]*(?:[\W_]{0,2}[^\W_]*\d[^\W_]*)*")
_FEW_DIGITS = 3
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|%\(\w+\)s|\[[A-Z][A-Z_ ]{2,}\]|\[(?:name|date|datum|nom|nombre|姓名|日期|氏名)\]|_{4,}"
    r"|\b(?:TODO|FIXME|TBD|XXX|Lorem ipsum|undefined)\b|\bNone\b(?! of)|\bnull\b"
)
_DRILL_MARK = re.compile(r"\bDRILL\b")
_DRILL = re.compile(
    r"(?i:\bdrill\b)|演练|演習|演練|訓練|\b[ÜU]BUNG\b|\bÜbung\b|\bEXERCI[CS]E\b|(?i:\bsimulacro\b|\bthis is a test\b)"
)
# Direction marks, zero-width and private characters: a text would not be what a reader sees.
_UNSEEN = re.compile(
    r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_ACTIVE = re.compile(
    r"<\s*(?:a|area|img|script|iframe|object|embed|form|input|button|link|base|audio|video|svg|meta(?!\s+charset))\b"
    r"|\son\w+\s*=|url\s*\(|@import|javascript:|expression\s*\(",
    re.IGNORECASE,
)


def in_any_part(text: str, drill: bool) -> Iterator[str]:
    """Give what is wrong with any text."""
    if not text:
        yield "the text is empty"
    if _LEFTOVER.search(text):
        yield "an unfilled placeholder is left"
    if _UNSEEN.search(text):
        yield "the text holds a character that can't be seen"
    if drill and not _DRILL_MARK.search(text):
        yield "the text of a drill does not say DRILL"
    if not drill and _DRILL.search(text):
        yield "a word of a drill is left in a real notice"


def in_mail(text: str) -> Iterator[str]:
    """Give what is wrong with a text that goes by e-mail."""
    if any(len(line.encode()) > MAX_LINE_BYTES for line in text.split("\n")):
        yield f"a line is longer than {MAX_LINE_BYTES} bytes"


def in_subject(text: str) -> Iterator[str]:
    """Give what is wrong with a subject."""
    if "\n" in text or len(text) > MAX_SUBJECT:
        yield f"the subject is not one line of at most {MAX_SUBJECT} characters"
    if NAME_MARK in text:
        yield "the subject holds a personal value"


def in_sms(text: str, details: NoticeDetails) -> Iterator[str]:
    """Give what is wrong with an SMS: whoever finds the phone must learn nothing, and nothing may be tapped."""
    if NAME_MARK in text:
        yield "the SMS holds a personal value"
    known = _without(text, details)
    if _MAIL.search(known):
        yield "the SMS holds an e-mail address that is not the contact's"
    if _LINK.search(known):
        yield "the SMS holds a link"
    numbers = (found for found in _NUMBER.findall(known) if not _YEAR.fullmatch(found))
    if any(sum(character.isdigit() for character in found) > _FEW_DIGITS for found in numbers):
        yield "the SMS holds a long number that is neither the hotline nor the reference"
    if (segments := count_segments(text)) > MAX_SEGMENTS:
        yield f"the SMS takes {segments} segments, more than {MAX_SEGMENTS}"


def _without(text: str, details: NoticeDetails) -> str:
    """Take out what an SMS may name: the reference, the hotline, the contact's mail address."""
    named = (details.contact_email, details.contact_phone, details.reference)
    for value in named:
        # A contact that is itself a link stays, to be found.
        if value and (_MAIL.fullmatch(value) or not _LINK.search(value)):
            text = text.replace(value, "\n")
    return text


def in_html(text: str) -> Iterator[str]:
    """Give what is wrong with an HTML body: people are told that there is nothing to click, and nobody is tracked."""
    if _ACTIVE.search(text):
        yield "the HTML holds a link, an image or a script"
