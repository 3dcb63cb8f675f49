"""The safety check before a campaign may be sent: every text that would go out is rendered and looked at."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.errors import TocsinError
from notifications.safety.lint_text import in_any_part, in_html, in_mail, in_sms, in_subject
from notifications.safety.reading_level import reading_level
from notifications.texts.notice_text import NoticeDetails, Variant, render_part, statements, template_of
from notifications.texts.templates_on_disk import PARTS
from regulations.notice_demands import words_asked

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
        yield from (Finding(where, problem) for problem in in_any_part(rendered[part], drill))
    folder = f"{message}/{variant.language}"
    found = {
        "subject.txt": (*in_mail(rendered["subject.txt"]), *in_subject(rendered["subject.txt"])),
        "sms.txt": in_sms(rendered["sms.txt"], details),
        "body.txt": in_mail(rendered["body.txt"]),
        "body.html": (*in_mail(rendered["body.html"]), *in_html(rendered["body.html"])),
    }
    yield from (Finding(f"{folder}/{part}", problem) for part, told in found.items() for problem in told)
    yield from _bodies(folder, rendered, details, variant)


def _bodies(
    folder: str, rendered: dict[str, str], details: NoticeDetails, variant: Variant
) -> Iterator[Finding]:
    phrases = template_of(folder.partition("/")[0], variant).phrases.phrases
    wanted = [sentence for group in statements(details, variant, phrases).values() for sentence in group]
    kept_back = phrases.vectors.get(details.vector) if _is_silent(variant) else None  # type: ignore[call-overload]
    wanted += [
        phrases.day(day) for day in (details.happened_on, details.discovered_on, details.dated_on) if day
    ]
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
        if kept_back and kept_back in plain:
            yield Finding(
                f"{folder}/{part}", "it tells what the law of the reader's place keeps from a notice"
            )
        if not _in_order(phrases.headings.get(variant.profile, ()), plain):
            yield Finding(
                f"{folder}/{part}", "a heading that the law prescribes is missing or out of its order"
            )
    yield from _reading(folder, variant, statements(details, variant, phrases))


def _is_silent(variant: Variant) -> bool:
    return "what_happened" in words_asked(variant.place, "silence")


def _in_order(headings: Iterable[str], text: str) -> bool:
    folded, at = text.casefold(), 0
    for heading in headings:
        at = folded.find(heading.casefold(), at) + 1
        if not at:
            return False
    return True


def _reading(folder: str, variant: Variant, said: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    running = [sentence for group, sentences in said.items() if group != "kinds" for sentence in sentences]
    measured = reading_level(running, variant.language)
    if measured is not None and not measured.easy_enough:
        told = f"{measured.formula} {measured.score:g}, limit {measured.limit:g}"
        yield Finding(f"{folder}/body.txt", f"hard to read: {told}")
