"""A second relay takes what the first certainly did not; what the first may have taken is never sent again."""

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.database import Store
from models.errors import InvalidInputError, UnavailableError
from models.notice import Campaign, Delivery
from notifications.channels.contract import Answer, Outcome
from notifications.channels.email import EmailChannel
from notifications.channels.relays import RelayChain
from notifications.import_people import import_people
from notifications.outbox.settling import settle_unknown
from notifications.targets import MailTarget, mail_targets
from tests.notifications.conftest import approved
from tests.notifications.test_email_channel import letter, target
from tests.simulators.scripted_relay import Script, ScriptedRelay, relay
from tests.support.ports import spare_port

COUNT = 20
KEEPS: Script = lambda _word, _address: None  # noqa: E731


def one_line(to: MailTarget) -> EmailChannel:
    return EmailChannel(to, 1)


async def over(*scripts: Script | None, count: int = COUNT) -> tuple[list[Answer], list[ScriptedRelay]]:
    """Send over relays that act by script; None is one that is not there."""
    async with AsyncExitStack() as stack:
        relays = [await stack.enter_async_context(relay(script)) for script in scripts if script]
        there = iter(relays)
        ports = [next(there).port if script else spare_port() for script in scripts]
        chain = RelayChain([target(port) for port in ports], one_line, {})
        await chain.open()
        answers = await chain.send([letter(number) for number in range(count)], 5.0)
        await chain.close()
    return answers, relays


def kept(relays: list[ScriptedRelay]) -> Counter[str]:
    return Counter(to for each in relays for to, _ in each.kept)


def from_number(number: int, command: str, reply: str) -> Script:
    def script(word: str, address: str) -> str | None:
        return reply if word == command and address and int(address[1:].partition("@")[0]) >= number else None

    return script


async def test_second_relay_takes_everything_when_the_first_is_away() -> None:
    answers, relays = await over(None, KEEPS)
    assert {answer.outcome for answer in answers} == {Outcome.SENT}
    assert kept(relays) == Counter({f"p{n}@mail.example": 1 for n in range(COUNT)})


async def test_second_relay_takes_over_in_the_middle_and_nobody_is_told_twice() -> None:
    answers, (first, second) = await over(from_number(8, "MAIL", "drop"), KEEPS)
    outcomes = Counter(answer.outcome for answer in answers)
    both = kept([first, second])
    assert set(both.values()) == {1}
    assert outcomes[Outcome.SENT] == sum(both.values()) - outcomes[Outcome.UNKNOWN]
    assert outcomes[Outcome.UNSENT] == 0
    assert len(second.kept) >= COUNT - 8


async def test_what_the_first_may_have_taken_is_not_sent_over_the_second() -> None:
    answers, (first, second) = await over(from_number(0, "BODY", "drop_after"), KEEPS)
    unknown = {
        f"p{at}@mail.example" for at, answer in enumerate(answers) if answer.outcome is Outcome.UNKNOWN
    }
    assert unknown == {to for to, _ in first.kept} != set()
    assert set(kept([first, second]).values()) == {1}
    assert not unknown & {to for to, _ in second.kept}


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("550 5.1.1 user unknown", Outcome.BAD_ADDRESS), ("451 4.7.1 greylisted", Outcome.RETRY)],
)
async def test_what_the_first_answered_stands(reply: str, outcome: Outcome) -> None:
    answers, relays = await over(from_number(0, "RCPT", reply), KEEPS)
    assert {answer.outcome for answer in answers} == {outcome}
    assert kept(relays) == Counter()


async def test_relay_that_blocks_us_stops_the_batch_and_is_not_gone_around() -> None:
    blocked = from_number(0, "MAIL", "554 5.7.1 blocked by policy")
    answers, relays = await over(blocked, KEEPS)
    assert Outcome.STOP in {answer.outcome for answer in answers}
    assert kept(relays) == Counter()


async def test_no_relay_at_all_is_named_as_such() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        await over(None, None)


async def test_all_relays_gone_leaves_the_rest_unsent() -> None:
    answers, _ = await over(from_number(5, "MAIL", "drop"), None)
    assert {answer.outcome for answer in answers} <= {Outcome.SENT, Outcome.UNSENT, Outcome.UNKNOWN}
    assert sum(answer.outcome is Outcome.UNSENT for answer in answers) >= COUNT - 6


async def test_relay_that_went_away_rests_for_a_while() -> None:
    async with relay(KEEPS) as second:
        away, rests = target(spare_port()), {}
        tried: list[int] = []

        def noted(to: MailTarget) -> EmailChannel:
            tried.append(to.port)
            return EmailChannel(to, 1)

        for _ in range(2):
            chain = RelayChain([away, target(second.port)], noted, rests)
            await chain.open()
            await chain.close()
    assert tried == [away.port, second.port, second.port]


def test_relays_are_read_from_the_settings(store: Store) -> None:
    store.settings.smtp_url = SecretStr("smtp://u:p@one.example")
    store.settings.smtp_fallback_url = SecretStr("smtps://two.example smtp://three.example:2525")
    found = [(each.host, each.port, each.tls) for each in mail_targets(store.settings, drill=False)]
    assert found == [
        ("one.example", 587, "starttls"),
        ("two.example", 465, "implicit"),
        ("three.example", 2525, "starttls"),
    ]
    assert [each.rehearsal for each in mail_targets(store.settings, drill=True)] == [True]
    store.settings.smtp_fallback_url = SecretStr("two.example")
    with pytest.raises(InvalidInputError) as wrong:
        mail_targets(store.settings, drill=False)
    assert (wrong.value.where, "two.example" in str(wrong.value)) == ("TOCSIN_SMTP_FALLBACK_URL", False)


@pytest.mark.parametrize(("asked", "becomes"), [(True, "queued"), (False, "unknown")])
def test_mail_is_sent_again_only_when_every_relay_says_that_it_has_it_not(
    store: Store,
    incident_id: str,
    people_file: Callable[..., Path],
    tmp_path: Path,
    asked: bool,
    becomes: str,
) -> None:
    import_people(store, incident_id, people_file("email,place\nann@mail.example,DE\n"))
    campaign = approved(store)
    with store.work() as unit:
        row = unit.session.get_one(Delivery, (campaign, "email", 1))
        row.status, row.due_at = "unknown", unit.clock()
        unit.session.add(row)
        unit.session.get_one(Campaign, campaign).status = "sending"
    store.settings.smtp_url = SecretStr("smtp://one.example")
    store.settings.smtp_fallback_url = SecretStr("smtp://two.example")
    store.settings.smtp_journal = tmp_path
    store.settings.smtp_fallback_journal = tmp_path if asked else None
    settle_unknown(store, campaign)
    with store.reading() as session:
        assert session.get_one(Delivery, (campaign, "email", 1)).status == becomes
