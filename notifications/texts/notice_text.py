"""What one notice says: the values its template is filled with, from the incident and the reader's own data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from models.facts import Facts, fact_at
from notifications.addresses import clean_text
from notifications.sealed_person import GUARDIAN
from notifications.texts.exposure import gravest, groups_of, profile_of
from notifications.texts.phrases import Phrases
from notifications.texts.protection import ProtectionOffer, offer_from, offer_in, offer_sentences
from notifications.texts.templates_on_disk import MessageTemplate, fill_line, language_used, load_template
from regulations.notice_demands import place_of_demands, protection_owed, words_asked

# Stands for the one personal value while a variant is rendered; names are cleaned of such characters.
NAME_MARK = "\ue0f0name\ue0f1"
MOST_IN_LINE = 4  # kinds of data
MOST_OF_CHILD = 2  # where each says whose it is
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
    police_delay: bool | None = None  # whether law enforcement had the notice wait; None: not known
    source_of_breach: bool | None = None  # whether the organisation itself was; None: not known
    protection: ProtectionOffer | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the form that a campaign row keeps."""
        days = {name: getattr(self, name) for name in _DAYS}
        offer = self.protection and self.protection.model_dump(mode="json")
        written = {name: day and day.isoformat() for name, day in days.items()}
        return asdict(self) | written | {"protection": offer}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "NoticeDetails":
        """Read that form back."""
        days = {name: date.fromisoformat(kept[name]) if kept.get(name) else None for name in _DAYS}
        lists = {name: tuple(kept[name]) for name in ("measures", "categories")}
        offer = kept.get("protection")
        return cls(**(kept | days | lists | {"protection": offer and offer_from(offer)}))


def details_from_facts(
    facts: Facts, *, reference: str, contact_email: str, contact_phone: str = "", organisation: str = ""
) -> NoticeDetails:
    """Take what the facts say; a day is written as the calendar showed where the moment was noted.

    Raises:
        InvalidInputError: the offer of identity protection that they hold is not complete.
    """
    learned = facts.aware_at or facts.detected_at
    return NoticeDetails(
        organisation=clean_text(organisation or facts.organisation.name or ""),
        reference=clean_text(reference),
        contact_email=clean_text(contact_email),
        contact_phone=clean_text(contact_phone),
        vector=facts.breach.vector or "other",
        happened_on=facts.occurred_at.date() if facts.occurred_at else None,
        discovered_on=learned.date() if learned else None,
        measures=_measures(facts),
        categories=tuple(facts.data.categories or ()),
        police_delay=_yes_or_no(facts, "regimes.us_states.law_enforcement_delay"),
        source_of_breach=_yes_or_no(facts, "regimes.us_states.source_of_breach"),
        protection=offer_in(facts),
    )


def _measures(facts: Facts) -> tuple[str, ...]:
    """Name what the facts say is done; that accounts are watched only when somebody recorded it."""
    still_open = facts.breach.ongoing is not False
    stopping = ("closed",) if facts.contained_at else ("closing",) if still_open else ()
    watching = ("watching",) if _yes_or_no(facts, "regimes.notice.accounts_watched") else ()
    return (*stopping, "investigating", "authorities", *watching)


def _yes_or_no(facts: Facts, path: str) -> bool | None:
    said = fact_at(facts, path)
    return said if isinstance(said, bool) else None


@dataclass(frozen=True, slots=True)
class Variant:
    """All that distinguishes one reader's text from another's, but for the name itself."""

    language: str
    profile: str
    categories: tuple[str, ...]
    named: bool
    place: str = ""  # only where its law wants what others do not
    addressee: str = ""  # guardian: the parent or guardian of a minor is written to; empty: the person


def variant_of(
    message: str, language: str, place: str, categories: str, named: bool, addressee: str = ""
) -> Variant:
    """Give the variant of a person as the people table describes them."""
    kinds = tuple(categories.split(",")) if categories else ()
    used = language_used(message, language)
    return Variant(used, profile_of(place), kinds, named, place_of_demands(place), addressee)


def template_of(message: str, variant: Variant) -> MessageTemplate:
    """Give the template in the variant's language."""
    return load_template(message, variant.language)


def statements(details: NoticeDetails, variant: Variant, phrases: Phrases) -> dict[str, tuple[str, ...]]:
    """Give the sentences that the law wants this reader to be told; a body must carry every one of them."""
    categories = exposed_kinds(details, variant)
    groups = groups_of(categories)
    guarded = variant.addressee == GUARDIAN
    speaking = phrases.guardian if guarded else phrases
    asked = words_asked(variant.place, "statement")
    report = (phrases.police_report,) if "police_report" in asked else ()
    return {
        "happened": _happened(details, variant, phrases),
        "opening": (speaking.opening,),
        "kinds": _kinds(categories, variant, phrases),
        "consequences": tuple(speaking.consequences[group] for group in groups),
        "measures": tuple(phrases.measures[word] for word in details.measures),
        "protection": _protection(details, variant, phrases),
        "advice": tuple(sentence for group in groups for sentence in speaking.advice[group]),
        "scam": phrases.scam,
        "rights": (
            *((phrases.guardian.rights,) if guarded else ()),
            *phrases.rights[variant.profile],
            *report,
        ),
    }


def _kinds(categories: tuple[str, ...], variant: Variant, phrases: Phrases) -> tuple[str, ...]:
    of_child = phrases.guardian.kinds if variant.addressee == GUARDIAN else {}
    words = phrases.categories | of_child
    return tuple(words[word] for word in phrases.categories if word in categories)


def exposed_kinds(details: NoticeDetails, variant: Variant) -> tuple[str, ...]:
    """Give the kinds of data of a reader: their own where known, else the incident's."""
    return variant.categories or details.categories or ("other",)


def _happened(details: NoticeDetails, variant: Variant, phrases: Phrases) -> tuple[str, ...]:
    """Say how it came about, unless the law of the place keeps that from the notice, and whether it had to wait."""
    silent = "what_happened" in words_asked(variant.place, "silence")
    how = phrases.withheld if silent else phrases.vectors[details.vector]  # type: ignore[index]
    told = variant.profile == "us" and details.police_delay is not None
    return (how, phrases.police_delay["yes" if details.police_delay else "no"]) if told else (how,)


def _protection(details: NoticeDetails, variant: Variant, phrases: Phrases) -> tuple[str, ...]:
    owed = protection_owed(variant.place, exposed_kinds(details, variant))
    return offer_sentences(details.protection, phrases) if owed and details.protection else ()


def _kinds_in_short(details: NoticeDetails, variant: Variant, phrases: Phrases) -> tuple[str, ...]:
    """Name the kinds of data for one line; of many the gravest, and that there are others: an SMS must stay short."""
    words = exposed_kinds(details, variant)
    most = MOST_OF_CHILD if variant.addressee == GUARDIAN else MOST_IN_LINE
    if len(words) > most:
        words = (*gravest((word for word in words if word != "other"), most - 1), "other")
    return _kinds(words, variant, phrases)


def context_of(details: NoticeDetails, variant: Variant, phrases: Phrases, drill: bool) -> dict[str, Any]:
    """Give every value that a template may use."""
    said = statements(details, variant, phrases)
    guarded = variant.addressee == GUARDIAN
    contact = phrases.between.join(filter(None, (details.contact_phone, details.contact_email)))
    return {
        **said,
        "kinds_in_line": phrases.in_line(_kinds_in_short(details, variant, phrases)),
        "opening": said["opening"][0],
        "child_subject": phrases.guardian.subject if guarded else "",
        "about_child": phrases.guardian.short if guarded else "",
        "what_happened": said["happened"][0],
        "police_delay": "".join(said["happened"][1:]),
        "protection_in_short": phrases.protection["short"] if said["protection"] else "",
        "happened_on": phrases.day(details.happened_on),
        "discovered_on": phrases.day(details.discovered_on),
        "dated_on": phrases.day(details.dated_on),
        "organisation": details.organisation,
        "reference": details.reference,
        "contact": contact,
        "contact_email": details.contact_email,
        "contact_phone": details.contact_phone,
        "unnamed": phrases.guardian.unnamed if guarded else phrases.unnamed,
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
