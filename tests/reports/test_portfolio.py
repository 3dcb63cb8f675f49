"""The figures of a period, equal to the records of its incidents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.action import CorrectiveAction
from models.database import Store
from models.drill import Drill
from models.errors import InvalidInputError
from models.facts import Facts
from models.incident import FactsVersion, Incident
from models.obligation import Obligation
from reports.pdf import document_pages
from reports.portfolio import build_portfolio
from reports.portfolio_document import portfolio_document
from reports.portfolio_view import Measure, Overdue, Portfolio
from reports.rendering import render_portfolio
from tests.reports.breach import AT, AWARE, ID, after, build_breach

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
SECOND, DRILL = "INC-2026-0002", "DRL-2026-0001"


def _small(store: Store, name: str, declared: datetime, *, drill: bool) -> None:
    with store.work() as unit:
        pinned = unit.session.get_one(Incident, ID).playbook_hash
        unit.session.add(
            Incident(
                id=name,
                title=f"About {name}",
                drill=drill,
                status="closed",
                playbook="personal-data-breach",
                playbook_hash=pinned,
                facts_version=1,
                declared_at=declared,
                closed_at=declared + timedelta(days=2),
            )
        )
        unit.session.flush()
        facts = Facts.model_validate(
            {
                "title": f"About {name}",
                "occurred_at": declared - timedelta(hours=2),
                "detected_at": declared - timedelta(hours=1),
                "contained_at": declared + timedelta(hours=1),
            }
        )
        unit.session.add(
            FactsVersion(
                incident_id=name,
                version=1,
                document=facts.canonical(),
                content_hash="",
                recorded_at=declared,
                recorded_by="lead-1",
                severity="low",
            )
        )
        for rule, due, status in (("a", 1, "met"), ("b", 1, "open"), ("c", 900, "open"), ("d", 1, "waived")):
            unit.session.add(
                Obligation(
                    id=f"{name}/{rule}",
                    incident_id=name,
                    rule=rule,
                    rule_hash="",
                    jurisdiction="DE",
                    stage="initial",
                    recipient="r",
                    citation="c",
                    verified=True,
                    status=status,
                    answer="due",
                    due_at=declared + timedelta(days=due),
                    facts_version=1,
                )
            )
        unit.record("incident:declared", actor="tocsin", role="responder", incident_id=name, drill=drill)
        unit.record("notice:sent", actor="tocsin", role="communications", incident_id=name, drill=drill)


@pytest.fixture
def portfolio(store: Store) -> Portfolio:
    build_breach(store)
    _small(store, SECOND, after(days=-30), drill=False)
    _small(store, DRILL, after(days=-3), drill=True)
    with store.reading() as session:
        return build_portfolio(session, START, END, AT)


def test_portfolio_keeps_drills_apart(portfolio: Portfolio) -> None:
    assert [line.id for line in portfolio.incidents] == [SECOND, ID]
    assert [line.id for line in portfolio.drills] == [DRILL]
    assert portfolio.months == (("2026-02", 1, 1), ("2026-03", 1, 0))
    assert portfolio.severities == {"high": 1, "low": 1}


def test_portfolio_averages_what_is_known_and_says_of_how_many(portfolio: Portfolio) -> None:
    measures = {each.kind: each for each in portfolio.measures}
    assert measures["detect"] == Measure("detect", 2, (39_000 + 3_600) / 2, (39_000 + 3_600) / 2)
    assert measures["contain"] == Measure("contain", 2, (270 + 7_200) / 2, (270 + 7_200) / 2)
    assert measures["authority"] == Measure("authority", 1, 10_800.0, 10_800.0)
    assert measures["notify"] == Measure("notify", 0, None, None)
    assert measures["close"] == Measure("close", 1, 172_800.0, 172_800.0)


def test_portfolio_counts_duties_of_incidents_only(portfolio: Portfolio) -> None:
    assert portfolio.duties == {"in_time": 4, "late": 1, "owed": 1, "open": 2}
    assert portfolio.places == (("CN", 2, 3), ("DE", 1, 2), ("EU", 1, 1))


def test_supervisors_are_given_counts_of_incidents_only_and_told_what_is_unknown(
    portfolio: Portfolio,
) -> None:
    found = portfolio.supervisors
    assert found is not None
    assert (found.incidents, found.reported, found.communicated, found.documented_only) == (2, 1, 1, 0)
    assert (found.least_people, found.people_uncertain) == (12_400, 1)
    assert found.affected["confidentiality"] == {"yes": 1, "no": 0, "unknown": 1}
    assert found.affected["integrity"] == {"yes": 0, "no": 1, "unknown": 1}
    assert found.vectors == (("misconfiguration", 1), ("unknown", 1))
    assert found.stages == (("initial", 3, 5), ("individuals", 1, 1))
    assert set(found.seqs) == {seq for line in portfolio.incidents for seq in line.seqs}
    for language, said in (("en", "at least 12,400"), ("zh", "至少 12,400")):
        assert said in render_portfolio(portfolio, language, "html").decode()


def test_portfolio_names_causes_and_overdue_actions(portfolio: Portfolio) -> None:
    assert portfolio.causes == (("error.Misconfiguration", 1),)
    assert portfolio.overdue == (
        Overdue(f"{ID}/A2", ID, "Name an owner for each shared template", "sec-1", "2026-03-18"),
    )


def test_portfolio_takes_only_what_was_declared_in_the_period(store: Store) -> None:
    build_breach(store)
    _small(store, SECOND, END, drill=False)
    with store.work() as unit:
        unit.session.add(
            CorrectiveAction(
                id="x", incident_id=SECOND, title="t", kind="corrective", owner="sec-1", due_on=AWARE.date()
            )
        )
    with store.reading() as session:
        found = build_portfolio(session, START, END, AT)
    assert [line.id for line in found.incidents] == [ID]
    assert [each.incident_id for each in found.overdue] == [ID]


def test_overdue_action_of_an_earlier_incident_is_listed_too(store: Store) -> None:
    build_breach(store)
    with store.reading() as session:
        later = build_portfolio(session, END, END + timedelta(days=31), AT + timedelta(days=31))
        before = build_portfolio(session, START - timedelta(days=31), START, AT)
    assert [each.id for each in later.overdue] == [f"{ID}/A2"]
    assert (later.incidents, before.overdue) == ((), ())


def test_portfolio_of_nothing_says_so(store: Store) -> None:
    with store.reading() as session:
        empty = build_portfolio(session, START, END, AT)
    assert (empty.incidents, empty.months, empty.ledger_size) == ((), (), 0)
    for language in ("en", "zh"):
        assert render_portfolio(empty, language, "html")
        assert document_pages(portfolio_document(empty, language), 20)


def test_portfolio_that_ends_before_it_starts_is_refused(store: Store) -> None:
    with store.reading() as session, pytest.raises(InvalidInputError, match="ends before it starts"):
        build_portfolio(session, END, START, AT)


@pytest.mark.parametrize("form", ["html", "pdf", "json"])
def test_same_portfolio_gives_same_bytes(portfolio: Portfolio, form: str) -> None:
    once = render_portfolio(portfolio, "zh", form)
    assert render_portfolio(replace(portfolio), "zh", form) == once


def test_drill_s_points_are_shown_and_a_discarded_drill_was_not_held(store: Store) -> None:
    build_breach(store)
    for number, (status, score) in enumerate((("done", {"points": 92}), ("discarded", None)), 1):
        name = f"DRL-2026-000{number}"
        _small(store, name, AWARE, drill=True)
        with store.work() as unit:
            unit.session.add(
                Drill(
                    incident_id=name,
                    scenario="open-bucket",
                    scenario_hash="",
                    run=name,
                    status=status,
                    started_at=AWARE,
                    clock_at=AWARE,
                    score=score,
                )
            )
    with store.reading() as session:
        found = build_portfolio(session, START, END, AT)
    assert [(line.id, line.points) for line in found.drills] == [("DRL-2026-0001", 92)]
    assert "92 of 100 points" in render_portfolio(found, "en", "html").decode()
