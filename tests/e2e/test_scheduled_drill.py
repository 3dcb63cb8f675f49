"""A drill that the engine's schedule starts: played to its end behind the fence, scored, and in the portfolio."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import select

from console.engine import Engine
from console.founding import found_home
from console.ports import PORT_SETTINGS
from console.supervisor import running
from models.accountability import Report
from models.clock import system_clock
from models.database import Store
from models.drill import Drill
from models.home import open_home
from models.settings import Settings
from reports.portfolio import build_portfolio
from reports.rendering import render_portfolio
from tests.support.engine import schedule_soon, until
from tests.support.ports import spare_port

pytestmark = pytest.mark.engine


def finished(store: Store) -> Drill | None:
    with store.reading() as session:
        return session.exec(select(Drill).where(Drill.status == "done")).first()


def test_scheduled_drill_is_scored_and_in_the_portfolio(tmp_path: Path) -> None:
    ports = {name: spare_port() for name in PORT_SETTINGS}
    settings = Settings(home=tmp_path / "home", sweep_seconds=0.5, **ports)
    found_home(settings)
    began = system_clock()
    with running(settings), Engine(settings) as engine:
        store = open_home(settings)
        drill = next(each for each in engine.deployments() if each["name"] == "drill")
        soon = schedule_soon(engine, drill["id"], every=5, scenario="misdirected-message")
        until(lambda: has_begun(store), 120, "the schedule to start a drill")
        engine.drop_schedule(drill["id"], soon)
        found = until(lambda: finished(store), 200, "the drill to be scored")
        with store.reading() as session:
            portfolio = build_portfolio(session, began, system_clock() + timedelta(days=1), system_clock())
            reports = session.exec(select(Report).where(Report.incident_id == found.incident_id)).all()
        store.engine.dispose()
    assert (found.scenario, found.refused_connections) == ("misdirected-message", 0)
    assert found.score is not None
    assert (found.incident_id, found.score["points"]) in [(line.id, line.points) for line in portfolio.drills]
    assert portfolio.incidents == ()
    kept = {f"{each.language}.{each.format}": each for each in reports if each.kind == "incident"}
    assert {"en.html", "en.pdf", "zh.html", "zh.pdf"} <= set(kept)
    told = (settings.home / kept["en.html"].path).read_bytes()
    assert sha256(told).hexdigest() == kept["en.html"].sha256
    assert b"The drill and its score" in told
    assert f"{found.score['points']} of 100 points" in render_portfolio(portfolio, "en", "html").decode()


def has_begun(store: Store) -> bool:
    """Tell whether any drill has begun."""
    with store.reading() as session:
        return session.exec(select(Drill)).first() is not None
