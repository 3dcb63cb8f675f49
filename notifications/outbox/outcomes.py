"""What follows from an answer: told, told later, told over another channel, or not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.vocabulary import DeliveryStatus
from notifications.channels.contract import ERASED, SENT, TOLD_TO_WAIT, Answer, Outcome
from notifications.outbox.journal import ClaimedPerson, Record


@dataclass(frozen=True)
class RetryPolicy:
    """When to come back: first after `first`, then `factor` times as long each time, `tries` times in all."""

    first: timedelta = timedelta(seconds=60)
    factor: float = 4.0
    longest: timedelta = timedelta(hours=4)
    tries: int = 8
    grace: timedelta = timedelta(seconds=5)  # before an unknown outcome is looked into

    def wait(self, attempts: int) -> timedelta:
        """Give the wait after so many earlier attempts."""
        return min(self.longest, self.first * self.factor ** min(attempts, 16))


# What the provider says about us, not about one letter: it never uses up the tries of the person it met.
ABOUT_THE_SENDER = frozenset({"credentials", TOLD_TO_WAIT})

_ENDS = {
    Outcome.SENT: DeliveryStatus.SENT,
    Outcome.OPTED_OUT: DeliveryStatus.SUPPRESSED,
    Outcome.BAD_ADDRESS: DeliveryStatus.BOUNCED,
    Outcome.REFUSED: DeliveryStatus.REJECTED,
}


def record_of(
    answer: Answer, person: ClaimedPerson, channel: str, now: datetime, policy: RetryPolicy
) -> Record:
    """Decide what to write for one person. `now` is the machine's clock."""
    if answer is SENT:  # by far the commonest
        return Record(person.person, DeliveryStatus.SENT)
    reason, code, reference = answer.reason or None, answer.code or None, answer.reference or None
    number, outcome = person.person, answer.outcome
    if answer is ERASED:
        return Record(number, DeliveryStatus.EXCLUDED, reason, tried=False)
    if outcome is Outcome.UNSENT:
        return Record(number, DeliveryStatus.QUEUED, due_at=now, tried=False)
    if outcome is Outcome.UNKNOWN:
        return Record(number, DeliveryStatus.UNKNOWN, reason, code, due_at=now + policy.grace)
    if outcome in (Outcome.RETRY, Outcome.STOP):
        tried = answer.reason not in ABOUT_THE_SENDER
        if not tried or person.attempts + 1 < policy.tries:
            wait = policy.wait(person.attempts) if tried or outcome is Outcome.RETRY else timedelta(0)
            if answer.retry_after is not None:
                wait = max(timedelta(seconds=answer.retry_after), timedelta(0))
            return Record(number, DeliveryStatus.DEFERRED, reason, code, due_at=now + wait, tried=tried)
        outcome = Outcome.REFUSED
    # An opt-out binds the address, not the person; whoever said stop to e-mail may still get the SMS.
    falls_back = outcome is not Outcome.SENT and channel == "email" and person.has_phone
    return Record(number, _ENDS[outcome], reason, code, reference=reference, fallback=falls_back)
