"""The offer of identity protection, held against what the laws that a campaign serves want offered to its people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from notifications.texts.notice_text import NoticeDetails, Variant, exposed_kinds
from notifications.texts.protection import OFFER, ProtectionOffer
from regulations.notice_demands import NoticeDemand, protection_owed


def demands_on(
    details: NoticeDetails, variants: Iterable[Variant], serves: Sequence[str]
) -> tuple[NoticeDemand, ...]:
    """Give the offers that laws in `serves` want made to some reader.

    An organisation that is not known not to be the source of the breach counts as its source.
    """
    owed = {
        demand
        for variant in variants
        for demand in protection_owed(variant.place, exposed_kinds(details, variant))
        if demand.rule in serves and not (demand.only_source and details.source_of_breach is False)
    }
    return tuple(sorted(owed, key=lambda demand: demand.rule))


def protection_at_fault(
    details: NoticeDetails, variants: Iterable[Variant], serves: Sequence[str], today: date
) -> Iterator[str]:
    """Give what is wrong with the offer: missing, too short, of another kind, or over before people can take it up."""
    owed, offer = demands_on(details, variants, serves), details.protection
    for demand in owed:
        yield from _unmet(demand, offer)
    if owed and offer and offer.enrol_until and offer.enrol_until < today:
        yield f"the offer of protection ended on {offer.enrol_until}, before it reaches anybody"


def _unmet(demand: NoticeDemand, offer: ProtectionOffer | None) -> Iterator[str]:
    wanted = f"{demand.citation} wants {demand.months} months of {demand.service} offered free of charge"
    if offer is None:
        yield f"{wanted}, and the facts hold no offer under {OFFER}"
        return
    if offer.months < (demand.months or 0):
        yield f"{wanted}, and the offer is for {offer.months}"
    if demand.service not in offer.services:
        yield f"{wanted}, and the offer is of {', '.join(offer.services)}"
