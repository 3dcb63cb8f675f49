"""What is in flight on a channel: bounded, handed over once, and ripe for a commit when one is worth its while."""

from notifications.channels.contract import SENT
from notifications.outbox.flight import FEW, Flight
from notifications.outbox.journal import Claim, ClaimedPerson

BATCH = 16


def window(number: int, size: int = BATCH) -> Claim:
    people = tuple(ClaimedPerson(number * 100 + at, 0, b"", "SG", "en", "", False) for at in range(size))
    return Claim(number, "INC-2026-0001/N1", "email", True, people)


def hear(flight: Flight, claimed: Claim, count: int, begin: int = 0) -> None:
    for person in claimed.people[begin : begin + count]:
        flight.heard(claimed, person, SENT)


async def test_flight_never_has_room_for_more_than_may_be_exposed() -> None:
    flight = Flight(BATCH, 2 * BATCH, lambda: False)
    rooms = []
    for number in (1, 2):
        rooms.append(flight.room)
        flight.add(window(number))
    assert [*rooms, flight.room] == [BATCH, BATCH, 0]


async def test_answers_make_room_once_they_are_taken_to_be_recorded() -> None:
    flight, first = Flight(BATCH, 2 * BATCH, lambda: False), window(1)
    flight.add(first)
    flight.add(window(2))
    hear(flight, first, 3)
    assert flight.room == 0
    assert flight.take() == [(first, [(person, SENT) for person in first.people[:3]])]
    assert (flight.room, flight.take(), flight.empty) == (3, [], False)


async def test_flight_ripens_with_a_batch_of_answers() -> None:
    flight, first, second = Flight(BATCH, 2 * BATCH, lambda: False), window(1), window(2)
    flight.add(first)
    flight.add(second)
    hear(flight, first, BATCH - 1)
    assert not flight.ripe
    hear(flight, second, 1)
    assert flight.ripe


async def test_flight_ripens_sooner_when_connections_have_nothing_left() -> None:
    flight, first = Flight(BATCH, 2 * BATCH, lambda: True), window(1)
    flight.add(first)
    hear(flight, first, BATCH // FEW - 1)
    assert not flight.ripe
    hear(flight, first, 1, begin=BATCH // FEW - 1)
    assert flight.ripe


async def test_flight_ripens_with_the_last_answer_and_is_empty_when_it_is_taken() -> None:
    flight, only = Flight(BATCH, 2 * BATCH, lambda: False), window(1, size=2)
    flight.add(only)
    hear(flight, only, 2)
    assert (flight.ripe, flight.empty) == (True, False)
    flight.take()
    assert flight.empty


async def test_flight_does_not_wait_for_ever() -> None:
    flight = Flight(BATCH, 2 * BATCH, lambda: False)
    flight.add(window(1))
    await flight.ripen(0)
