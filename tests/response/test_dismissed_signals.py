"""Signals that a person dismissed: readable for twelve months, then gone with their mails and reasons."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.call import Call
from models.clock import VirtualClock
from models.database import Store
from models.errors import RefusedError
from models.signal import Signal, SignalMail
from response.erasing.dismissed_signals import (
    RETENTION_DUE,
    dismissed_signals,
    erase_dismissed,
    note_dismissed_due,
)
from response.remarks import read_remarks
from response.signal_answers import open_signal, set_signal_aside
from tests.response.test_signal_mail import bank, mail, only, post, tags

__all__ = ("bank", "post")
A_YEAR = timedelta(days=365)


@pytest.fixture
def dismissed(bank: Store, post) -> str:
    """A mail of which somebody said that it is no incident."""
    post(mail("ann@mail.example", "Is my account safe?", subject="Ann Lee asks"))
    signal_id = only(bank).id
    set_signal_aside(bank, signal_id, "resp-1", "Ann Lee only asked.")
    return signal_id


def held(store: Store) -> list[bytes]:
    with store.reading() as session:
        return [*session.exec(select(Signal.payload)), *session.exec(select(SignalMail.raw))]


def test_dismissed_signal_stays_readable_until_its_period_is_over(
    bank: Store, dismissed: str, clock: VirtualClock
) -> None:
    clock.advance(A_YEAR - timedelta(days=1))
    before = tags(bank)
    assert erase_dismissed(bank, "dpo-1") == ()
    assert (tags(bank), b"" in held(bank)) == (before, False)
    assert "Is my account safe?" in open_signal(bank, dismissed, "resp-1").text


def test_what_it_said_its_mail_and_the_reason_are_gone_after_its_period(
    bank: Store, dismissed: str, clock: VirtualClock
) -> None:
    clock.advance(A_YEAR)
    assert erase_dismissed(bank, "dpo-1") == (dismissed,)
    assert (held(bank), only(bank).title, only(bank).named) == (
        [b"", b""],
        "[erased]",
        {"set_aside_by": "resp-1"},
    )
    assert read_remarks(bank, None, dismissed) == []
    assert tags(bank)[-1] == "signal:erased"
    with pytest.raises(RefusedError, match="was erased"):
        open_signal(bank, dismissed, "resp-1", mail=True)


def test_second_erasing_finds_nothing_and_records_nothing(
    bank: Store, dismissed: str, clock: VirtualClock
) -> None:
    clock.advance(A_YEAR)
    assert erase_dismissed(bank, "dpo-1") == (dismissed,)
    assert (erase_dismissed(bank, "dpo-1"), tags(bank).count("signal:erased")) == ((), 1)


def test_signal_that_waits_is_never_erased(bank: Store, post, clock: VirtualClock) -> None:
    post(mail("bob@mail.example", "I can see my neighbour's balance."))
    clock.advance(10 * A_YEAR)
    assert (erase_dismissed(bank, "dpo-1"), b"" in held(bank)) == ((), False)


def test_mail_of_two_signals_stays_while_one_of_them_can_be_read(
    bank: Store, dismissed: str, clock: VirtualClock
) -> None:
    with bank.work() as unit:
        first = unit.session.get_one(Signal, dismissed)
        other = {"id": "SIG-000002", "dedup_key": "other", "named": {}, "payload": b"sealed"}
        unit.session.add(Signal(**{**first.model_dump(), **other}))
    clock.advance(A_YEAR)
    assert erase_dismissed(bank, "dpo-1") == (dismissed,)
    with bank.reading() as session:
        assert list(session.exec(select(Signal.payload).order_by(col(Signal.id)))) == [b"", b"sealed"]
        assert b"" not in list(session.exec(select(SignalMail.raw)))


def test_only_the_data_protection_officer_erases(bank: Store, dismissed: str, clock: VirtualClock) -> None:
    clock.advance(A_YEAR)
    with pytest.raises(RefusedError):
        erase_dismissed(bank, "resp-1")
    assert b"" not in held(bank)
    with bank.reading() as session:
        assert [each.signal_id for each in dismissed_signals(session)] == [dismissed]


def called(store: Store) -> list[tuple[str, str | None, dict[str, object]]]:
    with store.reading() as session:
        rows = session.exec(select(Call).where(Call.about == RETENTION_DUE, Call.channel == "email"))
        return [(row.staff_id, row.incident_id, row.detail) for row in rows]


def test_end_of_the_period_is_told_once_to_whoever_may_erase(
    bank: Store, dismissed: str, clock: VirtualClock
) -> None:
    clock.advance(A_YEAR - timedelta(days=1))
    assert (note_dismissed_due(bank), called(bank)) == ((), [])
    clock.advance(timedelta(days=1))
    assert note_dismissed_due(bank) == note_dismissed_due(bank) == (dismissed,)
    detail = {"signals": dismissed, "past_their_period": 1}
    assert called(bank) == [("dpo-1", None, detail), ("dpo-2", None, detail)]
    assert tags(bank).count(RETENTION_DUE) == 1
    erase_dismissed(bank, "dpo-1")
    assert note_dismissed_due(bank) == ()


def test_second_dismissed_signal_is_told_by_itself(
    bank: Store, dismissed: str, post, clock: VirtualClock
) -> None:
    clock.advance(timedelta(days=30))
    post(mail("bo@mail.example", "And mine?", subject="Bo asks"))
    with bank.reading() as session:
        second = session.exec(select(Signal.id).where(Signal.id != dismissed)).one()
    set_signal_aside(bank, second, "resp-1", "Bo only asked.")
    clock.advance(A_YEAR - timedelta(days=30))
    assert note_dismissed_due(bank) == (dismissed,)
    clock.advance(timedelta(days=31))
    assert note_dismissed_due(bank) == (dismissed, second)
    assert [detail["signals"] for *_, detail in called(bank)] == [dismissed, dismissed, second, second]
