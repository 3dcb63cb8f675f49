"""The journal under random outcomes, deaths, slow workers and cancellations: the register always balances."""

import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from models.clock import VirtualClock
from models.database import Store
from models.home import init_home
from models.settings import Settings
from models.vocabulary import DeliveryStatus as Status
from notifications.balance import balance
from notifications.campaign import cancel_campaign
from notifications.outbox.journal import Claim, ClaimedPerson, Lease, Record
from notifications.outbox.journal_claims import claim
from notifications.outbox.journal_records import record, stretches_of
from notifications.outbox.journal_upkeep import expire_windows, remaining
from notifications.sealed_person import Contact, seal_contact, sealer_of
from tests.conftest import THREE_AM
from tests.notifications.conftest import add_incident, approved

SUBJECT = SQLModel.metadata.tables["data_subject"]
TERM, GRACE = timedelta(seconds=60), timedelta(seconds=5)
NUMBERS = itertools.count(1)
PEOPLE = 24


@pytest.fixture(scope="module")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Store:
    home = Settings(home=tmp_path_factory.mktemp("journal") / "home")
    init_home(home)
    return Store(home, VirtualClock(THREE_AM))


def contact(number: int) -> Contact:
    return Contact(
        f"Person {number}",
        f"p{number}@mail.example" if number % 4 else "",
        f"+659123{number:04d}" if number % 3 == 0 else "",
    )


def add_people(store: Store, incident_id: str) -> None:
    with store.reading() as session:
        sealer = sealer_of(store, session, incident_id)
    rows = [
        {
            "incident_id": incident_id,
            "number": number,
            "place": "SG",
            "language": "en",
            "relation": "customer",
            "categories": "name",
            "has_email": number % 4 != 0,
            "has_phone": number % 3 == 0,
            "identity": bytes([number]),
            "sealed": seal_contact(sealer, incident_id, number, contact(number)),
        }
        for number in range(1, PEOPLE + 1)
    ]
    with store.work() as unit:
        unit.session.execute(SUBJECT.insert(), rows)


@dataclass
class Held:
    """A window as its worker holds it: the people of whom nothing is recorded yet."""

    claim: Claim
    worker: str
    people: list[ClaimedPerson]


class World:
    """The journal, and beside it what really happened to each message."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, VirtualClock(THREE_AM)
        self.incident_id = add_incident(store, f"INC-2026-{next(NUMBERS):04d}")
        add_people(store, self.incident_id)
        self.campaign_id = approved(store, self.incident_id)
        self.held: list[Held] = []
        self.dead: set[str] = set()
        self.arrived: list[tuple[str, int]] = []

    def act(self, work):  # type: ignore[no-untyped-def]
        with (
            self.store.engine.connect().execution_options(tocsin_write=True) as connection,
            connection.begin(),
        ):
            return work(connection)

    def take(self, channel: str, size: int) -> None:
        worker = f"w{next(NUMBERS)}"
        lease = Lease(worker, self.clock(), TERM)
        found = self.act(lambda c: claim(c, self.incident_id, self.campaign_id, channel, size, lease))
        if found is not None:
            self.held.append(Held(found, worker, list(found.people)))

    def finish(self, outcomes: list[str], late: bool) -> None:
        if not self.held:
            return
        held = self.held.pop(0)
        if late:
            self.clock.advance(TERM + timedelta(seconds=1))
            self.give_up()
        self._write(held, held.people, outcomes)

    def write_some(self, outcomes: list[str], places: set[int]) -> None:
        """Record a few people of a window while the others are still under way."""
        if self.held:
            held = self.held[0]
            some = [person for place, person in enumerate(held.people) if place in places]
            held.people = [person for person in held.people if person not in some]
            self._write(held, some, outcomes)
            if not held.people:
                self.held.pop(0)

    def _write(self, held: Held, people: list[ClaimedPerson], outcomes: list[str]) -> None:
        records = [
            self._one(held.claim, person.person, person.has_phone, outcome)
            for person, outcome in zip(people, itertools.cycle(outcomes), strict=False)
        ]
        told = [each.person for each in records if each.is_receipt]
        others = [each for each in records if not each.is_receipt]
        self.act(lambda c: record(c, held.claim, told, others, self.clock(), self.clock()))

    def _one(self, claimed: Claim, person: int, has_phone: bool, outcome: str) -> Record:
        now = self.clock()
        if outcome == "sent":
            self.arrived.append((claimed.channel, person))
            return Record(person, Status.SENT)
        if outcome == "deferred":
            return Record(person, Status.DEFERRED, due_at=now)
        if outcome == "unsent":
            return Record(person, Status.QUEUED, due_at=now, tried=False)
        return Record(
            person, Status.BOUNCED, "bad_address", fallback=claimed.channel == "email" and has_phone
        )

    def die(self, sent_before: int) -> None:
        if self.held:
            held = self.held.pop(0)
            self.arrived += [(held.claim.channel, person.person) for person in held.people[:sent_before]]
            self.dead.add(held.worker)
            self.give_up()

    def give_up(self) -> None:
        self.act(lambda c: expire_windows(c, self.campaign_id, self.clock(), GRACE, self.dead.__contains__))

    def settle(self) -> None:
        """Do as settling does: ask what arrived, queue the rest again."""
        delivery = SQLModel.metadata.tables["delivery"].c
        mine = (delivery.campaign_id == self.campaign_id) & (delivery.status == "unknown")

        def work(connection):  # type: ignore[no-untyped-def]
            table = delivery.person.table
            rows = connection.execute(table.select().where(mine)).all()
            for row in rows:
                known = (row.channel, row.person) in self.arrived
                values = (
                    {"status": "sent", "due_at": None}
                    if known
                    else {"status": "queued", "due_at": self.clock()}
                )
                this = mine & (delivery.person == row.person) & (delivery.channel == row.channel)
                connection.execute(table.update().where(this).values(**values))

        if not self.held:  # settling waits out the grace in which a slow worker may still come back
            self.act(work)

    def check(self) -> None:
        with self.store.reading() as session:
            found = balance(session, self.incident_id)
        assert found.is_exact, found
        assert len(self.arrived) == len(set(self.arrived))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(["email", "sms"]), st.integers(1, 7)),
        st.tuples(
            st.just("finish"),
            st.lists(st.sampled_from(["sent", "deferred", "unsent", "bounced"]), min_size=1, max_size=5),
            st.booleans(),
        ),
        st.tuples(
            st.just("write_some"),
            st.lists(st.sampled_from(["sent", "sent", "deferred", "bounced"]), min_size=1, max_size=3),
            st.sets(st.integers(0, 6), min_size=1),
        ),
        st.tuples(st.just("die"), st.integers(0, 7)),
        st.tuples(st.just("settle")),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_journal_balances_after_every_step_and_ends_with_everybody_told_once(one_home, steps) -> None:
    world = World(one_home)
    for name, *given_to in steps:
        getattr(world, name)(*given_to)
        world.check()
    while world.held:
        world.finish(["sent"], late=False)
    for _ in range(12):
        world.settle()
        if world.act(lambda connection: remaining(connection, world.campaign_id)).total == 0:
            break
        for channel in ("email", "sms"):
            world.take(channel, PEOPLE)
        while world.held:
            world.finish(["sent"], late=False)
    world.check()
    assert world.act(lambda connection: remaining(connection, world.campaign_id)).total == 0
    with one_home.reading() as session:
        counts = balance(session, world.incident_id).counts
    assert counts["sent"] + counts["bounced"] + counts["no_address"] == PEOPLE


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_journal_balances_when_cancelled_with_windows_in_flight(one_home: Store, sizes: list[int]) -> None:
    world = World(one_home)
    for size in sizes:
        world.take("email", size)
    with one_home.work() as unit:
        cancel_campaign(unit, world.campaign_id, "wrong", actor="comms-1")
    world.check()
    while world.held:
        world.finish(["sent"], late=False)
    world.check()
    with one_home.reading() as session:
        counts = balance(session, world.incident_id).counts
    assert counts["queued"] + counts["claimed"] == 0
    assert counts["sent"] == len(world.arrived)


def test_claims_of_two_workers_never_overlap(one_home: Store) -> None:
    world = World(one_home)
    world.take("email", 5)
    world.take("email", 5)
    first, second = ({person.person for person in held.people} for held in world.held)
    assert (len(first), len(second), first & second) == (5, 5, set())


def test_late_worker_does_not_overwrite_what_was_settled(one_home: Store) -> None:
    world = World(one_home)
    world.take("email", 3)
    claimed = world.held[0].claim
    world.dead.add(world.held[0].worker)
    world.give_up()
    world.held.clear()
    world.arrived += [("email", person.person) for person in claimed.people]
    world.settle()
    late = [Record(person.person, Status.BOUNCED, "bad_address") for person in claimed.people]
    in_time = world.act(lambda c: record(c, claimed, [], late, world.clock(), world.clock()))
    with one_home.reading() as session:
        counts = balance(session, world.incident_id).counts
    assert (in_time, counts["sent"], counts["bounced"]) == (False, 3, 0)


def test_window_closes_with_the_last_of_its_people_and_counts_down_to_it(one_home: Store) -> None:
    world = World(one_home)
    world.take("email", 5)
    left = []
    for _ in range(5):
        world.write_some(["sent"], {0})
        left.append(world.act(lambda connection: remaining(connection, world.campaign_id).in_flight))
    assert left == [4, 3, 2, 1, 0]
    with one_home.reading() as session:
        assert balance(session, world.incident_id).counts["sent"] == 5


def test_worker_that_dies_leaves_unknown_only_whom_it_had_not_recorded(one_home: Store) -> None:
    world = World(one_home)
    world.take("email", 5)
    world.write_some(["sent"], {0, 1, 3})
    world.die(sent_before=1)
    with one_home.reading() as session:
        counts = balance(session, world.incident_id).counts
    assert (counts["sent"], counts["unknown"]) == (3, 2)


@given(chosen=st.sets(st.integers(1, 30)), people=st.sets(st.integers(1, 30)))
def test_stretches_hold_exactly_the_chosen_people_of_a_window(chosen: set[int], people: set[int]) -> None:
    found = list(stretches_of(chosen, sorted(people)))
    covered = [person for first, last in found for person in sorted(people) if first <= person <= last]
    assert covered == sorted(chosen & people)
