"""Schedules really fire: one known combination of versions silently never makes a run (docs/decisions/0001)."""

import copy
from datetime import datetime, timedelta

import pytest

from console.catching_up import catch_up
from console.deploying import deploy_all
from console.surroundings import POOL
from console.waking import Waking
from models.clock import read_moment, system_clock
from tests.support.engine import Staged, schedule_soon, set_the_stage, until

pytestmark = pytest.mark.engine
EVERY_DEPLOYMENT = {
    "respond",
    "delivery",
    "deadlines",
    "drill",
    "contacts",
    "notification-test",
    "monthly-report",
    "retention",
    "timestamping",
}


def deployment(staged: Staged, name: str) -> dict:
    return next(each for each in staged.engine.deployments() if each["name"] == name)


def runs_of(staged: Staged, name: str, *kinds: str) -> list[dict]:
    """List the runs that a schedule made, in these kinds of state."""
    wanted = {
        "deployments": {"id": {"any_": [deployment(staged, name)["id"]]}},
        "flow_runs": {"state": {"type": {"any_": list(kinds)}}},
    }
    return [run for run in staged.ask("POST", "/flow_runs/filter", wanted) if run["auto_scheduled"]]


def test_deployments_are_those_of_prefect_yaml_and_pull_nothing(staged: Staged) -> None:
    known = staged.engine.deployments()
    assert {each["name"] for each in known} == EVERY_DEPLOYMENT
    assert [each["pull_steps"] for each in known if each["pull_steps"]] == []


def test_drill_s_cron_schedule_makes_runs_at_its_hour(staged: Staged) -> None:
    runs = until(lambda: runs_of(staged, "drill", "SCHEDULED"), 60, "the drill to be scheduled")
    assert all(run["next_scheduled_start_time"][11:16] == "02:00" for run in runs)  # ten o'clock in Shanghai
    assert runs[0]["parameters"] == {"scenario": "open-bucket"}


def test_scheduled_watch_runs_by_itself(staged: Staged) -> None:
    watch = deployment(staged, "deadlines")["id"]
    soon = schedule_soon(staged.engine, watch, every=5)
    run = until(lambda: runs_of(staged, "deadlines", "COMPLETED"), 120, "a scheduled run to complete", 0.5)[0]
    assert (run["name"], run["state_name"]) == ("Watch over the clocks", "Completed")
    staged.engine.drop_schedule(watch, soon)


def late(staged: Staged) -> list[dict]:
    """List the runs of the contact tree's schedule whose moment has passed."""
    return [run for run in runs_of(staged, "contacts", "SCHEDULED") if moment_of(run) < system_clock()]


def moment_of(run: dict) -> datetime:
    return read_moment(run["next_scheduled_start_time"])


def test_five_runs_missed_in_a_downtime_become_one(staged: Staged) -> None:
    contacts = deployment(staged, "contacts")["id"]
    staged.ask("PATCH", f"/work_pools/{POOL}", {"is_paused": True})  # as if nothing ran
    soon = schedule_soon(staged.engine, contacts, every=2)
    until(lambda: len(late(staged)) >= 5, 120, "five runs to be late", 0.5)
    ahead = [timedelta(0)]
    sleeper = copy.copy(staged.store)
    sleeper.clock = lambda: system_clock() + ahead[0]
    waking = Waking(sleeper, staged.engine)
    begun = staged.ask(
        "POST", f"/deployments/{contacts}/create_flow_run", {"state": {"type": "PENDING"}, "tags": ["begun"]}
    )
    try:
        assert waking.once() == ()
        waiting = {run["id"] for run in late(staged)}
        ahead[0] = timedelta(days=35)
        found = {each.schedule.deployment: each.times for each in waking.once()}
        assert "contacts" not in found  # the worker was quicker
        assert (len(waiting) >= 5, waiting & {run["id"] for run in late(staged)}) == (True, set())
        staged.engine.drop_schedule(contacts, soon)
        staged.ask("DELETE", f"/flow_runs/{begun['id']}")
        found |= {each.schedule.deployment: each.times for each in catch_up(sleeper, staged.engine)}
        assert found["contacts"] in {5, 6}  # the weeks, and the seconds since the home was founded
        wanted = {"flow_runs": {"tags": {"all_": ["caught-up"]}}}
        started = staged.ask("POST", "/flow_runs/filter", wanted)
        assert sum(run["deployment_id"] == contacts for run in started) == 1
        assert len(started) == len(found)
        assert (catch_up(sleeper, staged.engine), waking.once()) == ((), ())
        assert len(staged.ask("POST", "/flow_runs/filter", wanted)) == len(found)
    finally:
        for run in staged.ask("POST", "/flow_runs/filter", {"flow_runs": {"tags": {"all_": ["caught-up"]}}}):
            staged.ask("DELETE", f"/flow_runs/{run['id']}")
        staged.ask("PATCH", f"/work_pools/{POOL}", {"is_paused": False})


def test_deploying_again_does_nothing_and_a_lost_deployment_is_made_anew(staged: Staged) -> None:
    settings = staged.up.settings
    assert deploy_all(settings) is False
    staged.ask("DELETE", f"/deployments/{deployment(staged, 'delivery')['id']}")
    assert deploy_all(settings) is True
    assert {each["name"] for each in staged.engine.deployments()} == EVERY_DEPLOYMENT
    set_the_stage(staged.engine)
