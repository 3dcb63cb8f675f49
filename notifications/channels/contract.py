"""What every channel promises: it takes letters and answers for each of them, whatever the provider does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from notifications.texts.skeletons import Filled, Skeleton


class Outcome(StrEnum):
    """What became of one letter, by meaning; each says what happens next."""

    SENT = "sent"  # the provider has taken it over
    BAD_ADDRESS = "bad_address"  # never try this address again; another channel may
    REFUSED = "refused"  # this letter will not be taken for this person, though the address may be right
    OPTED_OUT = "opted_out"  # the person said stop
    RETRY = "retry"  # full, busy, greylisted: later
    STOP = "stop"  # policy, blocked, credentials: a person must act before anything more is sent
    UNKNOWN = "unknown"  # it may have been taken over; nobody can know yet
    UNSENT = "unsent"  # not even tried


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one letter. `code` is the provider's own, `reference` its id of the message."""

    outcome: Outcome
    reason: str = ""
    code: str = ""
    reference: str = ""
    retry_after: float | None = None  # seconds, when the provider named them
    remedy: str = ""  # what a person must do before anything more can be sent


SENT = Answer(Outcome.SENT)
UNSENT = Answer(Outcome.UNSENT)
ERASED = Answer(Outcome.REFUSED, "erased")  # the person's data was erased: there is nobody to write to
TOLD_TO_WAIT = "told_to_wait"  # the reason of a letter that met a provider who wants nothing for a while
PATIENCE = "The {} provider asks to wait; delivery goes on by itself when the time it named has passed."
SUPPRESSED = Answer(Outcome.OPTED_OUT, "suppressed")


class MailLetter(NamedTuple):
    """One e-mail to one person, not yet in bytes: the relay decides in which form it goes."""

    person: int
    filled: Filled
    skeleton: Skeleton


@dataclass(frozen=True, slots=True)
class Route:
    """How an SMS goes: by a number (or a name), or by a messaging service; with `content`, as an approved template."""

    number: str = ""
    service: str = ""
    content: str = ""
    variables: str = ""  # JSON


class TextLetter(NamedTuple):
    """One SMS to one person; its text carries the incident's `mark`, by which one from a template is found again."""

    person: int
    address: str
    body: str
    route: Route | None = None  # None: as the settings say
    mark: str = ""


Heard = Callable[[int, Answer], None]  # told the place of a letter and its answer, once each


def unheard(_place: int, _answer: Answer) -> None:
    """Let an answer pass: whoever sent waits for all of them."""


Letter_contra = TypeVar("Letter_contra", contravariant=True)


class Channel(Protocol, Generic[Letter_contra]):
    """A way to people, open for the length of one batch.

    `lost` says why it can't go on in this batch, once the provider went away; empty while it can. `hungry`: it has
    begun with every letter it was given, and could take more.
    """

    name: str
    lost: str
    hungry: bool

    async def open(self) -> None:
        """Connect.

        Raises:
            UnavailableError: the provider does not answer; nothing was sent.
            RefusedError: it does not let us in, so a person must act; nothing was sent.
        """

    async def send(
        self, letters: Sequence[Letter_contra], seconds: float, heard: Heard = unheard
    ) -> list[Answer]:
        """Send letters and answer for each, in order; `heard` is told each answer as soon as it is known.

        What was not begun after `seconds` stays unsent, what was begun and is never answered is unknown.
        """

    async def close(self) -> None:
        """Disconnect; never raises."""
