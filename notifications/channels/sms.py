"""SMS through the Twilio SDK over one HTTP session; its address can be another one, such as the rehearsal endpoint."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from models.errors import RefusedError, TocsinError, UnavailableError
from notifications.channels.contract import (
    PATIENCE,
    TOLD_TO_WAIT,
    UNSENT,
    Answer,
    Heard,
    Outcome,
    TextLetter,
    unheard,
)
from notifications.channels.hold import Hold
from notifications.channels.http_lines import NotConnectedError
from notifications.channels.sms_senders import default_route
from notifications.channels.twilio_answers import (
    FORBIDDEN,
    MEND_ACCOUNT,
    SERVER_ERROR,
    TOO_MANY,
    UNAUTHORISED,
    read_refusal,
)
from notifications.channels.twilio_http import PROVIDER, TwilioHttp
from notifications.targets import TextTarget

FAILED = frozenset(("failed", "undelivered", "canceled"))
# What the SDK and its transport raise when there is no answer that can be read.
NO_ANSWER = (OSError, TimeoutError, ValueError, TwilioException)


@dataclass(frozen=True, slots=True)
class _Window:
    """Letters that several lines send together, each taking the next place."""

    letters: Sequence[TextLetter]
    answers: list[Answer]
    places: Iterator[int]
    ends: float  # by the loop's clock
    heard: Heard


class SmsChannel:
    """One account of the provider, for the length of a batch."""

    name = "sms"
    hungry = False  # it answers by the window

    def __init__(self, target: TextTarget, connections: int = 16) -> None:
        """Keep what is needed to connect."""
        self._target, self._connections = target, connections
        self._http: TwilioHttp | None = None
        self._client: Any = None
        self._reports_to, self._route = target.reports_to or values.unset, default_route(target.sender)
        self._stopped = False
        self.lost = ""

    async def open(self) -> None:
        """Make the session and check that the provider lets us in.

        Raises:
            UnavailableError: it does not answer; nothing was sent.
            RefusedError: it refuses the account or its token: a person must mend the settings.
        """
        self._http = TwilioHttp(self._target.base_url, self._connections)
        self._hold = Hold(asyncio.get_running_loop().time)
        self._client = Client(self._target.account, self._target.token, http_client=self._http)
        self._messages = self._client.messages  # loads the SDK's models now, not between two messages
        messages = f"{PROVIDER}/2010-04-01/Accounts/{self._target.account}/Messages.json"
        try:
            answer = await self._client.request_async("GET", messages, params={"PageSize": 1})
        except NO_ANSWER as error:
            await self.close()
            remedy = "Start the rehearsal servers (`tocsin up` does)" if self._target.rehearsal else "Wait"
            raise self._unavailable(f"does not answer ({type(error).__name__})", remedy) from None
        # Whatever else it minds, it is there and knows us; that is answered letter by letter.
        if answer.status_code in (UNAUTHORISED, FORBIDDEN) or answer.status_code >= SERVER_ERROR:
            await self.close()
            raise self._refused(answer.status_code)

    def _refused(self, status: int) -> TocsinError:
        if status >= SERVER_ERROR:
            return self._unavailable(f"answers {status}", "Wait, then call again")
        return RefusedError(
            f"The SMS provider refuses the account or its token ({status}).",
            where=self._target.base_url or PROVIDER,
            remedy=MEND_ACCOUNT,
        )

    def _unavailable(self, what: str, remedy: str) -> UnavailableError:
        return UnavailableError(
            f"The SMS provider {what}.",
            where=self._target.base_url or PROVIDER,
            remedy=f"{remedy}; nothing is lost, delivery goes on when it is called again.",
        )

    async def send(
        self, letters: Sequence[TextLetter], seconds: float, heard: Heard = unheard
    ) -> list[Answer]:
        """Send letters, some at a time; after `seconds` the rest stays unsent."""
        ends = asyncio.get_running_loop().time() + seconds
        window = _Window(letters, [UNSENT] * len(letters), iter(range(len(letters))), ends, heard)
        await asyncio.gather(*(self._line(window) for _ in range(min(self._connections, len(letters)))))
        for place in window.places:  # whoever was not come to
            heard(place, UNSENT)
        return window.answers

    async def close(self) -> None:
        """Close the session."""
        if self._http is not None:
            await self._http.close()

    async def _line(self, window: _Window) -> None:
        loop = asyncio.get_running_loop()
        for place in window.places:
            if self._stopped or loop.time() > window.ends or (self.lost and not self._hold.seconds):
                window.heard(place, UNSENT)
                break
            answer = window.answers[place] = await self._patiently(window.letters[place], window.ends)
            self._stopped = self._stopped or answer.outcome is Outcome.STOP
            window.heard(place, answer)

    async def _patiently(self, letter: TextLetter, ends: float) -> Answer:
        """Send one letter once the provider takes any; what it refused for being too fast was not carried out."""
        while True:
            wait = self._hold.seconds
            if asyncio.get_running_loop().time() + wait > ends:
                self.lost = PATIENCE.format(self.name)
                return Answer(Outcome.RETRY, TOLD_TO_WAIT, str(TOO_MANY), retry_after=wait)
            if wait:
                await asyncio.sleep(wait)
            answer = await self._one(letter)
            if answer.reason != TOLD_TO_WAIT:
                self._hold.taken()
                return answer
            self._hold.refused(answer.retry_after)

    async def _one(self, letter: TextLetter) -> Answer:
        try:
            sent = await self._messages.create_async(to=letter.address, **self._asked(letter))
        except (TwilioRestException, TwilioServiceException) as error:
            after = self._http.retry_after if self._http else None
            return read_refusal(error.status, _number(error.code), after)
        except NotConnectedError as error:
            self.lost = str(self._unavailable(f"does not answer ({error})", "Wait"))
            return UNSENT
        except NO_ANSWER:
            return Answer(Outcome.UNKNOWN, "connection_lost")
        return Answer(Outcome.SENT, reference=sent.sid) if sent.sid else Answer(Outcome.UNKNOWN, "no_receipt")

    def _asked(self, letter: TextLetter) -> dict[str, Any]:
        """Give what is asked of the provider beside the number; a template's text is the provider's own."""
        route = letter.route or self._route
        asked: dict[str, Any] = {"status_callback": self._reports_to}
        if route.service:
            asked["messaging_service_sid"] = route.service
        else:
            asked["from_"] = route.number
        if route.content:
            return asked | {
                "content_sid": route.content,
                "content_variables": route.variables or values.unset,
            }
        return asked | {"body": letter.body}

    async def find(self, letter: TextLetter) -> list[str]:
        """Ask the provider for messages to this number with this text, the latest first; gives their ids.

        One that failed was not a message: whoever it was for may be written to again.

        Raises:
            UnavailableError: it does not answer, so nothing is known.
        """
        try:
            known = await self._messages.list_async(to=letter.address)
        except NO_ANSWER as error:
            raise self._unavailable(f"does not list messages ({type(error).__name__})", "Wait") from None
        return [
            found.sid for found in known if found.status not in FAILED and _is_of(letter, found.body or "")
        ]


def _is_of(letter: TextLetter, body: str) -> bool:
    return letter.mark in body if letter.mark else body == letter.body


def _number(code: object) -> int:
    """Read an error's code; 0 where the answer had none that is a number."""
    return int(code) if isinstance(code, int | str) and str(code).isdigit() else 0
