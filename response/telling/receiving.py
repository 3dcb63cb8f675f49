"""What comes back after a campaign: the bounce mailbox is read, and whoever is reached another way now is told.

A plan's own step delivers while it runs. When a mail bounces after that, its reader's SMS is delivered here.
"""

from collections import Counter
from dataclasses import dataclass

from models.clock import Clock, system_clock
from models.database import Store
from models.settings import Settings
from notifications.mail_receipts import take_mails
from notifications.mailbox import open_mailbox
from response.telling.disclosure import call_people
from response.telling.unattended import campaigns_left_to_us, deliver_unattended

MOST_BATCHES = 50  # of one campaign in one pass: the next mailbox is looked into in between


@dataclass(frozen=True)
class Received:
    """What one pass did: mails by kind, and the campaigns that went on."""

    mails: Counter[str]
    delivered: tuple[str, ...]


def receive(
    store: Store, *, address: str | None = None, machine: Clock = system_clock, worker: str = "receiving"
) -> Received:
    """Read the bounce mailbox once and deliver what it opened again.

    Raises:
        UnavailableError: the mailbox does not answer; what was read before is kept.
        InvalidInputError: its address can't be used.
    """
    mails: Counter[str] = Counter()
    address = address or mailbox_of(store.settings)
    try:
        if address:
            with open_mailbox(address) as mailbox:
                mails = take_mails(store, mailbox, machine=machine, when_stopped=call_people)
    finally:  # also when the mailbox is away
        delivered = deliver_left_over(store, machine=machine, worker=worker)
    return Received(mails, delivered)


def mailbox_of(settings: Settings) -> str:
    """Give the address of the bounce mailbox; empty when none is set."""
    return settings.bounce_mailbox.get_secret_value() if settings.bounce_mailbox else ""


def deliver_left_over(
    store: Store, *, machine: Clock = system_clock, worker: str = "receiving"
) -> tuple[str, ...]:
    """Deliver what is due of campaigns that no plan delivers any more; gives their ids."""
    with store.reading() as session:
        left = campaigns_left_to_us(session)
    went_on = []
    for campaign_id in left:
        for _ in range(MOST_BATCHES):
            outcome = deliver_unattended(store, campaign_id, worker, machine=machine)
            if not outcome.more or outcome.parked or outcome.wait_seconds:
                break
        went_on.append(campaign_id)
    return tuple(went_on)
