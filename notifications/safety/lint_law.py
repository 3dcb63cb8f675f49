"""What each law wants a notice to say, held against what this one says."""

from collections.abc import Iterable, Iterator

from notifications.texts.notice_text import NoticeDetails
from regulations.loader import load_law
from regulations.notice_demands import notice_demands

# A word of the law's content list: which part of a notice answers it.
_SAID_IN = {
    "contact": "contact",
    "dpo_contact": "contact",
    "organisation": "organisation",
    "what_happened": "vector",
    "cause": "vector",
    "kinds_of_data": "kinds",
    "consequences": "consequences",
    "measures_taken": "measures",
    "measures_planned": "measures",
    "what_people_can_do": "advice",
    "remedies": "advice",
    "occurred_when": "happened_on",
    "discovered_when": "discovered_on",
}
_ALWAYS = frozenset(
    ("kinds", "consequences", "advice", "vector")
)  # every text carries them, or it is a finding itself
# Laws ask for a date only where it can be told.
_IF_KNOWN = frozenset(("happened_on", "discovered_on", "police_delay"))


def _says(details: NoticeDetails, part: str) -> bool:
    if part == "contact":
        return bool(details.contact_email or details.contact_phone)
    if part == "police_delay":
        return details.police_delay is not None
    return part in _ALWAYS or bool(getattr(details, part))


def _part_for(rule: str, word: str) -> str | None:
    """Give the part that answers a word; of the reasons for a delay some laws want only law enforcement's told."""
    if word == "delay_reasons" and any(
        each.rule == rule and "police_delay" in each.of for each in notice_demands()
    ):
        return "police_delay"
    return _SAID_IN.get(word)


def unsaid(details: NoticeDetails, rules: Iterable[str], *, required: bool) -> Iterator[tuple[str, str]]:
    """Give rule and word for what a law wants told and this notice does not say.

    With `required`, only what must never be missing; else what a person has to look at: a date that is not known
    yet, or an item that these texts have no place for.
    """
    for rule in rules:
        versions = load_law().versions(rule)
        for word in versions[-1].rule.content if versions else ():
            part = _part_for(rule, word)
            missing = part is None or not _says(details, part)
            if missing and required == (part is not None and part not in _IF_KNOWN):
                yield rule, word
