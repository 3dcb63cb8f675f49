"""Counting who was told, by the database."""

from typing import Any

from models.database import Store
from models.incident import Incident, PlaybookVersion
from models.notice import Campaign, Delivery
from models.people import DataSubject
from reports.coverage import read_coverage
from reports.view import NO_COVERAGE, ChannelCoverage, NoticeCoverage
from tests.reports.breach import AWARE, ID, after

FIRST = f"{ID}/N1"


def _open(store: Store, people: int) -> None:
    with store.work() as unit:
        unit.session.add(PlaybookVersion(content_hash="0", name="p", text="", stored_at=AWARE))
        unit.session.flush()
        unit.session.add(Incident(id=ID, title="t", playbook="p", playbook_hash="0", declared_at=AWARE))
        unit.session.flush()
        for number in range(1, people + 1):
            unit.session.add(
                DataSubject(
                    incident_id=ID,
                    number=number,
                    place="CN",
                    language="zh-Hans" if number % 2 else "en",
                    relation="customer",
                    categories="",
                    has_email=True,
                    has_phone=True,
                    identity=b"",
                    import_number=1,
                )
            )


def _campaign(store: Store, name: str, audience: int, rows: list[tuple[int, str, str, bool]]) -> None:
    with store.work() as unit:
        shared: dict[str, Any] = {"template_hash": "", "facts_version": 1, "details": {}}
        unit.session.add(
            Campaign(
                id=name, incident_id=ID, message="breach", audience=audience, prepared_at=AWARE, **shared
            )
        )
        unit.session.flush()
        for person, channel, status, current in rows:
            unit.session.add(
                Delivery(
                    campaign_id=name,
                    channel=channel,
                    person=person,
                    status=status,
                    current=current,
                    changed_at=after(minutes=person),
                )
            )


def test_coverage_counts_each_person_once_at_their_best(store: Store) -> None:
    _open(store, 5)
    _campaign(
        store,
        FIRST,
        4,
        [
            (1, "email", "delivered", True),
            (2, "email", "bounced", False),
            (2, "sms", "sent", True),
            (3, "email", "unknown", True),
            (4, "none", "no_address", True),
        ],
    )
    with store.reading() as session:
        assert read_coverage(session, ID) == NoticeCoverage(
            channels=(
                ChannelCoverage(FIRST, "breach", "email", {"bounced": 1, "delivered": 1, "unknown": 1}),
                ChannelCoverage(FIRST, "breach", "none", {"no_address": 1}),
                ChannelCoverage(FIRST, "breach", "sms", {"sent": 1}),
            ),
            affected=5,
            told=2,
            balance_exact=True,
            people={"delivered": 1, "sent": 1, "unknown": 1, "no_address": 1, "outside": 1},
            languages={"en": 2, "zh-Hans": 3},
            first_at=after(minutes=1),
            last_at=after(minutes=2),
        )


def test_coverage_takes_the_best_over_campaigns(store: Store) -> None:
    _open(store, 1)
    _campaign(store, FIRST, 1, [(1, "email", "bounced", True)])
    _campaign(store, f"{ID}/N2", 1, [(1, "sms", "delivered", True)])
    with store.reading() as session:
        coverage = read_coverage(session, ID)
    assert (coverage.people, coverage.told, coverage.balance_exact) == ({"delivered": 1}, 1, True)


def test_coverage_sees_a_campaign_that_lost_somebody(store: Store) -> None:
    _open(store, 2)
    _campaign(store, FIRST, 2, [(1, "email", "delivered", True)])
    with store.reading() as session:
        assert read_coverage(session, ID).balance_exact is False


def test_coverage_without_register_or_campaign_is_unknown(store: Store) -> None:
    _open(store, 0)
    with store.reading() as session:
        assert read_coverage(session, ID) == NO_COVERAGE
