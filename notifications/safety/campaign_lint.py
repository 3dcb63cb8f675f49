"""The safety check of a whole campaign: every text that would go out, every recipient, every law it serves."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlmodel import Session

from models.database import Store
from models.errors import RefusedError
from models.notice import Campaign
from notifications.audience import DELIVERY, NONE, SUBJECT
from notifications.safety.lint import Finding, lint_notice
from notifications.safety.lint_law import unsaid
from notifications.safety.lint_people import people_at_fault
from notifications.safety.lint_protection import protection_at_fault
from notifications.sealed_person import GUARDIAN
from notifications.texts.notice_text import NoticeDetails, Variant, variant_of
from notifications.texts.templates_on_disk import message_hash
from regulations.notice_demands import guardians_asked


def campaign_variants(session: Session, campaign: Campaign) -> tuple[Variant, ...]:
    """Give every variant of text that somebody in the audience would receive."""
    row = DELIVERY.c
    joined = and_(SUBJECT.c.incident_id == campaign.incident_id, SUBJECT.c.number == row.person)
    kinds = (
        select(SUBJECT.c.language, SUBJECT.c.place, SUBJECT.c.categories, SUBJECT.c.addressee)
        .distinct()
        .join_from(DELIVERY, SUBJECT, joined)
        .where(row.campaign_id == campaign.id, row.channel != NONE)
    )
    found = {
        variant_of(campaign.message, language, place, categories, named, addressee)
        for language, place, categories, addressee in session.execute(kinds)
        for named in (True, False)
    }
    return tuple(
        sorted(found, key=lambda v: (v.language, v.profile, v.place, v.categories, v.named, v.addressee))
    )


def lint_campaign(store: Store, session: Session, campaign: Campaign) -> tuple[Finding, ...]:
    """Check all that the campaign would send and to whom; with a finding it is not sent."""
    details = NoticeDetails.from_json(campaign.details)
    variants, today = campaign_variants(session, campaign), store.clock().date()
    texts = lint_notice(campaign.message, details, variants, drill=campaign.drill)
    offers = protection_at_fault(details, variants, campaign.serves, today)
    unmet = (Finding("details", problem, field="protection") for problem in offers)
    law = (*_of_law(campaign, details), *unmet, *_of_guardians(campaign, variants))
    return (*_changed(campaign), *texts, *law, *_of_people(store, session, campaign))


def _changed(campaign: Campaign) -> Iterator[Finding]:
    if message_hash(campaign.message) != campaign.template_hash:
        yield Finding(campaign.message, "the templates changed since the campaign was prepared")


def _of_law(campaign: Campaign, details: NoticeDetails) -> Iterator[Finding]:
    for rule, word in unsaid(details, campaign.serves, required=True):
        yield Finding("details", f"{rule} wants {word} told, and nothing is said of it", field=word)


def _of_guardians(campaign: Campaign, variants: tuple[Variant, ...]) -> Iterator[Finding]:
    if any(variant.addressee == GUARDIAN for variant in variants):
        return
    for demand in guardians_asked(campaign.serves):
        problem = f"{demand.citation} wants guardians told, and of nobody the people's file says that they are a minor"
        yield Finding("people", problem, field="minor")


def _of_people(store: Store, session: Session, campaign: Campaign) -> Iterator[Finding]:
    for number, field, fault in people_at_fault(store, session, campaign):
        yield Finding(campaign.id, f"{field}: {fault}", number, field)


def left_to_people(campaign: Campaign) -> tuple[tuple[str, str], ...]:
    """Give rule and word for what a law wants told and only a person can say whether it can be."""
    return tuple(unsaid(NoticeDetails.from_json(campaign.details), campaign.serves, required=False))


def refuse_unsafe(store: Store, session: Session, campaign: Campaign) -> None:
    """Hold a campaign back that must not be sent.

    Raises:
        RefusedError: with the first finding, its file, recipient and field, and how many there are.
    """
    findings = lint_campaign(store, session, campaign)
    if findings:
        raise RefusedError(
            f"The campaign {campaign.id} can't be sent: {findings[0].problem}.",
            where=findings[0].place,
            remedy=f"Mend it and prepare it again; {len(findings)} findings in all, see `tocsin notice lint`.",
        )
