"""What one notice says: the values its template is filled with, from the incident and the reader's own data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from models.facts import Facts
from notifications.addresses import clean_text
from notifications.texts.exposure import gravest, groups_of, profile_of
from notifications.texts.phrases import Phrases
from notifications.texts.templates_on_disk import MessageTemplate, fill_line, language_used, load_template

# Stands for the one personal value while a variant is rendered; names are cleaned of such characters.
NAME_MARK = "\ue0f0name\ue0f1"
MOST_IN_LINE = 4  # kinds of data
_DAYS = ("happened_on", "discovered_on", "dated_on")


@dataclass(frozen=True)
class NoticeDetails:
    """What every notice of a campaign says alike. Words (`vector`, `measures`, `categories`) are translated."""

    organisation: str
    reference: str
    contact_email: str
    contact_phone: str = ""
    vector: str = "other"
    happened_on: date | None = None
    discovered_on: date | None = None
    dated_on: date | None = None  # when it was approved; a draft has none
    measures: tuple[str, ...] = ("investigating", "authorities")
    categories: tuple[str, ...] = ()  # for people whose own are not known

    def as_json(self) -> dict[str, Any]:
        """Give the form that a campaign row keeps."""
        days = {name: getattr(self, name) for name in _DAYS}
        return asdict(self) | {name: day and day.isoformat() for name, day in days.items()}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "NoticeDetails":
        """Read that form back."""
        days = {name: date.fromisoformat(kept[name]) if kept.get(name) else None for name in _DAYS}
        lists = {name: tuple(kept[name]) for name in ("measures", "categories")}
        return cls(**(kept | days | lists))


def details_from_facts(
    facts: Facts, *, reference: str, contact_email: str, contact_phone: str = "", organisation: str = ""
) -> NoticeDetails:
    """Take what the facts say; a day is written as the calendar showed where the moment was noted."""
    learned = facts.aware_at or facts.detected_at
    measures = ("closed" if facts.contained_at else "closing", "investigating", "authorities", "watching")
    return NoticeDetails(
        organisation=clean_text(organisation or facts.organisation.name or ""),
        reference=clean_text(reference),
        contact_email=clean_text(contact_email),
        contact_phone=clean_text(contact_phone),
        vector=facts.breach.vector or "other",
        happened_on=facts.occurred_at.date() if facts.occurred_at else None,
        discovered_on=learned.date() if learned else None,
        measures=measures,
        categories=tuple(facts.data.categories or ()),
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """All that distinguishes one reader's text from another's, but for the name itself."""

    language: str
    profile: str
    categories: tuple[str, ...]
    named: bool


def variant_of(message: str, language: str, place: str, categories: str, named: bool) -> Variant:
    """Give the variant of a person as the people table describes them."""
    kinds = tuple(categories.split(",")) if categories else ()
    return Variant(language_used(message, language), profile_of(place), kinds, named)


def template_of(message: str, variant: Variant) -> MessageTemplate:
    """Give the template in the variant's language."""
    return load_template(message, variant.language)


def statements(details: NoticeDetails, variant: Variant, phrases: Phrases) -> dict[str, tuple[str, ...]]:
    """Give the sentences that the law wants this reader to be told; a body must carry every one of them."""
    categories = variant.categories or details.categories or ("other",)
    groups = groups_of(categories)
    known = [phrases.categories[word] for word in phrases.categories if word in categories]
    return {
        "kinds": tuple(known),
        "consequences": tuple(phrases.consequences[group] for group in groups),
        "measures": tuple(phrases.measures[word] for word in details.measures),
        "advice": tuple(sentence for group in groups for sentence in phrases.advice[group]),
        "scam": phrases.scam,
        "rights": phrases.rights[variant.profile],
    }


def _kinds_in_short(details: NoticeDetails, variant: Variant, phrases: Phrases) -> tuple[str, ...]:
    """Name the kinds of data for one line; of many the gravest, and that there are others: an SMS must stay short."""
    words = variant.categories or details.categories or ("other",)
    if len(words) > MOST_IN_LINE:
        words = (*gravest((word for word in words if word != "other"), MOST_IN_LINE - 1), "other")
    return tuple(phrases.categories[word] for word in phrases.categories if word in words)


def context_of(details: NoticeDetails, variant: Variant, phrases: Phrases, drill: bool) -> dict[str, Any]:
    """Give every value that a template may use."""
    said = statements(details, variant, phrases)
    contact = phrases.between.join(filter(None, (details.contact_phone, details.contact_email)))
    return {
        **said,
        "kinds_in_line": phrases.in_line(_kinds_in_short(details, variant, phrases)),
        "what_happened": phrases.vectors[details.vector],  # type: ignore[index]
        "happened_on": phrases.day(details.happened_on),
        "discovered_on": phrases.day(details.discovered_on),
        "dated_on": phrases.day(details.dated_on),
        "organisation": details.organisation,
        "reference": details.reference,
        "contact": contact,
        "contact_email": details.contact_email,
        "contact_phone": details.contact_phone,
        "unnamed": phrases.unnamed,
        "name": NAME_MARK if variant.named else "",
        "profile": variant.profile,
        "drill": drill,
    }


def render_part(part: str, message: str, details: NoticeDetails, variant: Variant, drill: bool) -> str:
    """Render one part of one variant; the name stays a mark."""
    template = template_of(message, variant)
    text = template.render(part, context_of(details, variant, template.phrases.phrases, drill))
    lines = [line.rstrip() for line in text.strip().split("\n")]
    return "\n".join(lines)


def fill(
    words: Mapping[str, str], message: str, details: NoticeDetails, variant: Variant, drill: bool
) -> dict[str, str]:
    """Fill single values as a template would be filled, such as those of a provider's approved text.

    Raises:
        InvalidInputError: a placeholder has no value.
    """
    context = context_of(details, variant, template_of(message, variant).phrases.phrases, drill)
    return {name: fill_line(text, context).strip() for name, text in words.items()}
