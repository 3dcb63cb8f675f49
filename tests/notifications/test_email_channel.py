"""One relay connection with a pipeline: every letter gets its own answer, whatever happens around it."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from models.errors import UnavailableError
from notifications.channels import pipeline
from notifications.channels.contract import Answer, MailLetter, Outcome
from notifications.channels.email import EmailChannel, lines_wanted
from notifications.targets import MailTarget
from notifications.texts.notice_text import variant_of
from notifications.texts.skeletons import Filled, compile_skeleton
from tests.notifications.conftest import details
from tests.simulators.scripted_relay import Script, relay
from tests.support.ports import spare_port

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
SKELETON = compile_skeleton(
    "breach-notice",
    details(),
    variant_of("breach-notice", "zh-Hans", "CN", "name", named=True),
    drill=False,
    sender="notice@bank.example",
)


def letter(number: int, address: str = "") -> MailLetter:
    filled = Filled(address or f"p{number}@mail.example", f"<{number}@bank.example>", ".Anna", AT)
    return MailLetter(number, filled, SKELETON)


def target(port: int) -> MailTarget:
    return MailTarget("127.0.0.1", port, "none", "", "", "notice@bank.example", None, rehearsal=False)


async def sent(
    script: Script, count: int = 6, connections: int = 1
) -> tuple[list[Outcome], Counter[str], int]:
    async with relay(script) as scripted:
        channel = EmailChannel(target(scripted.port), connections)
        await channel.open()
        answers = await channel.send([letter(number) for number in range(count)], 5.0)
        await channel.close()
    return (
        [answer.outcome for answer in answers],
        Counter(to for to, _ in scripted.kept),
        scripted.connections,
    )


def at(number: int, command: str, reply: str) -> Script:
    def script(word: str, address: str) -> str | None:
        return reply if word == command and address == f"p{number}@mail.example" else None

    return script


def once(number: int, command: str, reply: str) -> Script:
    left = [reply]
    asked = at(number, command, reply)
    return lambda word, address: left.pop() if left and asked(word, address) else None


S, B, R, X = Outcome.SENT, Outcome.BAD_ADDRESS, Outcome.RETRY, Outcome.STOP


async def test_letters_go_over_one_connection_and_arrive_whole() -> None:
    async with relay(lambda _word, _address: None) as scripted:
        channel = EmailChannel(target(scripted.port), 1)
        await channel.open()
        answers = await channel.send([letter(number) for number in range(50)], 5.0)
        await channel.close()
    assert {answer.outcome for answer in answers} == {S}
    assert scripted.connections == 1
    assert [content for _, content in scripted.kept] == [
        SKELETON.eight_bit(letter(n).filled) for n in range(50)
    ]


@pytest.mark.parametrize(
    ("command", "reply", "outcome"),
    [
        ("RCPT", "550 5.1.1 no such user", B),
        ("RCPT", "452 4.2.2 mailbox full", R),
        ("MAIL", "451 4.3.0 try again later", R),
        ("DATA", "451 4.3.0 try again later", R),
        ("BODY", "452 4.3.1 insufficient system storage", R),
        ("BODY", "550-5.1.1 no such\r\n550 5.1.1 user", B),
    ],
)
async def test_refusal_in_a_pipeline_concerns_one_letter_only(
    command: str, reply: str, outcome: Outcome
) -> None:
    outcomes, kept, connections = await sent(at(2, command, reply))
    assert outcomes == [S, S, outcome, S, S, S]
    assert kept == {f"p{number}@mail.example": 1 for number in (0, 1, 3, 4, 5)}
    assert connections == 1


async def test_go_ahead_without_a_recipient_gets_an_empty_text() -> None:
    def script(word: str, address: str) -> str | None:
        if address != "p2@mail.example":
            return None
        return {"RCPT": "550 5.1.1 no such user", "DATA": "354 go ahead"}.get(word)

    outcomes, kept, _ = await sent(script)
    assert outcomes == [S, S, B, S, S, S]
    assert "p2@mail.example" not in kept


async def test_policy_refusal_stops_what_was_not_begun() -> None:
    outcomes, kept, _ = await sent(at(1, "RCPT", "554 5.7.1 blocked by policy"))
    assert outcomes == [S, X, *[Outcome.UNSENT] * 4]
    assert kept == {"p0@mail.example": 1}


@pytest.mark.parametrize("reply", ["drop", "drop_after"])
async def test_connection_lost_after_a_text_leaves_one_letter_unknown(reply: str) -> None:
    outcomes, kept, connections = await sent(once(2, "BODY", reply))
    assert (outcomes[:3], outcomes[4:]) == ([S, S, Outcome.UNKNOWN], [S, S])
    assert outcomes[3] is Outcome.UNSENT  # its envelope was out, its text was not
    assert set(kept.values()) == {1}
    assert connections == 2


async def test_relay_that_closes_its_side_after_a_text_leaves_that_letter_unknown() -> None:
    outcomes, kept, connections = await sent(once(2, "BODY", "half"))
    assert (outcomes[:4], outcomes[4:]) == ([S, S, Outcome.UNKNOWN, Outcome.UNSENT], [S, S])
    assert (set(kept.values()), connections) == ({1}, 2)


@pytest.mark.parametrize(("command", "outcome"), [("BODY", Outcome.UNKNOWN), ("RCPT", Outcome.UNSENT)])
async def test_relay_that_falls_silent_is_left_and_another_line_goes_on(
    command: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ANSWER_SECONDS", 0.05)
    outcomes, kept, connections = await sent(once(2, command, "silent"))
    assert (outcomes[2], connections) == (outcome, 2)
    assert outcomes.count(S) == kept.total() == len(kept)


async def test_every_answer_is_told_once_and_as_soon_as_it_is_known() -> None:
    told: list[tuple[int, Outcome]] = []
    async with relay(at(1, "RCPT", "550 5.1.1 no such user")) as scripted:
        channel = EmailChannel(target(scripted.port), 1)
        await channel.open()
        answers = await channel.send(
            [letter(number) for number in range(5)],
            5.0,
            lambda place, answer: told.append((place, answer.outcome)),
        )
        await channel.close()
    assert told == list(enumerate(answer.outcome for answer in answers))


async def test_connection_lost_before_a_text_leaves_the_letter_unsent() -> None:
    outcomes, kept, connections = await sent(once(2, "RCPT", "drop"))
    assert outcomes[2] is Outcome.UNSENT
    assert connections == 2
    assert sum(kept.values()) == outcomes.count(S)


async def test_relay_that_closes_politely_is_dialled_again() -> None:
    outcomes, kept, connections = await sent(
        once(2, "MAIL", "421 4.3.2 too many messages on this connection")
    )
    assert outcomes.count(S) == sum(kept.values()) == 5
    assert outcomes[2] in (R, Outcome.UNSENT)
    assert connections == 2


async def test_relay_that_always_hangs_up_ends_the_batch_with_a_reason() -> None:
    async with relay(lambda word, _address: "drop" if word == "MAIL" else None) as scripted:
        channel = EmailChannel(target(scripted.port), 1)
        await channel.open()
        answers = await channel.send([letter(number) for number in range(40)], 5.0)
        await channel.close()
    assert {answer.outcome for answer in answers} == {Outcome.UNSENT}
    assert "keeps closing" in channel.lost
    assert scripted.connections < 10


async def test_international_address_without_smtputf8_is_answered_at_once() -> None:
    async with relay(lambda _word, _address: None) as scripted:
        channel = EmailChannel(target(scripted.port), 1)
        await channel.open()
        answers = await channel.send([letter(1, "用户@mail.example"), letter(2)], 5.0)
        await channel.close()
    assert answers[0] == Answer(Outcome.REFUSED, "relay_without_smtputf8")
    assert answers[1].outcome is S


async def test_relay_that_is_not_there_is_named() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        await EmailChannel(target(spare_port())).open()


@pytest.mark.parametrize(
    ("seconds", "wanted", "opened", "then"),
    [
        (0.005, 4, 1, 16),  # far away
        (0.005, 16, 16, 64),
        (0.005, 64, 64, 64),
        (0.002, 16, 16, 16),
        (0.0005, 64, 64, 32),  # near
        (0.0005, 4, 4, 4),
    ],
)
def test_far_relay_is_worth_more_lines_than_a_near_one(
    seconds: float, wanted: int, opened: int, then: int
) -> None:
    assert lines_wanted(seconds, wanted, opened, 64) == then


async def test_relay_that_refuses_to_do_nothing_gets_its_letters() -> None:
    outcomes, *_ = await sent(lambda word, _address: "502 unknown" if word == "NOOP" else None, 2)
    assert outcomes == [S, S]


async def test_relay_that_hangs_up_before_the_first_letter_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        await sent(lambda word, _address: "drop" if word == "NOOP" else None)
