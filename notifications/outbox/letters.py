"""Writing the letters of a window: personal fields are opened here, for as long as the window is in hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from models.crypto import Sealer
from models.database import Store
from models.notice import Campaign, Suppression
from notifications.channels.contract import ERASED, SUPPRESSED, Answer, MailLetter, Route, TextLetter
from notifications.channels.sms_senders import Sender, Senders, read_senders
from notifications.message_ids import MessageIds
from notifications.outbox.journal import ClaimedPerson
from notifications.sealed_person import Contact, open_contact, opener, sealer_of
from notifications.texts.notice_text import NoticeDetails, Variant, fill, render_part, variant_of
from notifications.texts.skeletons import Filled, Skeleton, compile_skeleton

MOST_VARIANTS = 5000
_RowKey = tuple[
    str, str, str, bool, str
]  # language, place, kinds of data, whether the name is known, addressee


@dataclass
class LetterWriter:
    """Writes for one campaign; each variant of text is rendered once."""

    incident_id: str
    campaign_id: str
    message: str
    drill: bool
    details: NoticeDetails
    sealer: Sealer
    organisation_sealer: Sealer
    sender: str
    suppressed: frozenset[bytes]
    senders: Senders
    _ids: MessageIds = field(init=False)
    _skeletons: dict[Variant, Skeleton] = field(default_factory=dict)
    _by_row: dict[_RowKey, Skeleton] = field(default_factory=dict)
    _bodies: dict[Variant, str] = field(default_factory=dict)
    _routes: dict[tuple[Variant, int], tuple[str, Route, str]] = field(default_factory=dict)
    _variants: dict[_RowKey, Variant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what all Message-IDs have in common."""
        self._ids = MessageIds(self.sealer, self.campaign_id, self.sender.rpartition("@")[2])

    def mails(self, people: Iterable[ClaimedPerson], at: datetime) -> Iterator[MailLetter | Answer]:
        """Write an e-mail to each, or say why there must be none."""
        opened, id_of = opener(self.sealer, self.incident_id), self._ids.of
        for person in people:
            number, _, sealed, place, language, categories, _, addressee = person
            if sealed is None:
                yield ERASED
                continue
            name, address, _, _ = opened(number, sealed)
            if self.suppressed and self._is_suppressed("email", address.casefold()):
                yield SUPPRESSED
                continue
            key = (language, place, categories, bool(name), addressee)
            skeleton = self._by_row.get(key) or self._skeleton(key)
            yield MailLetter(number, Filled(address, id_of(number), name, at), skeleton)

    def texts(self, people: Iterable[ClaimedPerson]) -> Iterator[TextLetter | Answer]:
        """Write an SMS to each, or say why there must be none."""
        return map(self.text, people)

    def text(self, person: ClaimedPerson) -> TextLetter | Answer:
        """Write one SMS, or say why there must be none."""
        contact = self._contact(person)
        if contact is None:
            return ERASED
        if self._is_suppressed("sms", contact.phone):
            return SUPPRESSED
        variant = self._variant((person.language, person.place, person.categories, False, person.addressee))
        sender = self.senders.of(contact.phone)
        if sender is None:
            return TextLetter(person.person, contact.phone, self._body(variant))
        return TextLetter(person.person, contact.phone, *self._routed(variant, sender))

    def _routed(self, variant: Variant, sender: Sender) -> tuple[str, Route, str]:
        """Give text and route for a country with a sender of its own, and the mark of what goes as a template."""
        found = self._routes.get((variant, id(sender)))
        if found is None:
            template = sender.template(self.message, variant.language)
            if template is None:
                found = sender.signed(self._body(variant)), sender.route(), ""
            else:
                filled = fill(template.variables, self.message, self.details, variant, self.drill)
                found = self._body(variant), sender.route(template, filled), self.incident_id
            self._routes[variant, id(sender)] = found
        return found

    def message_id(self, person: int) -> str:
        """Give the Message-ID of a person's e-mail: the same at every try."""
        return self._ids.of(person)

    def _contact(self, person: ClaimedPerson) -> Contact | None:
        if person.sealed is None:
            return None
        return open_contact(self.sealer, self.incident_id, person.person, person.sealed)

    def _is_suppressed(self, channel: str, address: str) -> bool:
        if not self.suppressed:
            return False
        return suppression_key(self.organisation_sealer, channel, address) in self.suppressed

    def _variant(self, key: _RowKey) -> Variant:
        found = self._variants.get(key)
        if found is None:
            found = self._variants[key] = variant_of(self.message, *key)
        return found

    def _skeleton(self, key: _RowKey) -> Skeleton:
        if len(self._skeletons) >= MOST_VARIANTS:
            self._skeletons.clear()
            self._by_row.clear()
        found = self._by_row[key] = self._compiled(self._variant(key))
        return found

    def _compiled(self, variant: Variant) -> Skeleton:
        found = self._skeletons.get(variant)
        if found is None:
            found = compile_skeleton(
                self.message, self.details, variant, drill=self.drill, sender=self.sender
            )
            self._skeletons[variant] = found
        return found

    def _body(self, variant: Variant) -> str:
        found = self._bodies.get(variant)
        if found is None:
            found = render_part("sms.txt", self.message, self.details, variant, self.drill)
            self._bodies[variant] = found
        return found


def suppression_key(sealer: Sealer, channel: str, address: str) -> bytes:
    """Give the digest, with the organisation's key, under which an address is kept from being written to."""
    return sealer.lookup(f"suppressed/{channel}/{address}")


def letter_writer(store: Store, session: Session, campaign: Campaign) -> LetterWriter:
    """Make the writer of a campaign.

    Raises:
        RefusedError: the incident's key was destroyed: nobody can be written to any more.
    """
    return LetterWriter(
        incident_id=campaign.incident_id,
        campaign_id=campaign.id,
        message=campaign.message,
        drill=campaign.drill,
        details=NoticeDetails.from_json(campaign.details),
        sealer=sealer_of(store, session, campaign.incident_id),
        organisation_sealer=store.organisation_key.sealer,
        sender=store.settings.mail_from,
        senders=read_senders(store.settings.home),
        suppressed=frozenset(session.execute(select(Suppression.address_key)).scalars()),  # type: ignore[call-overload]
    )
