"""Schedules really fire: one known combination of versions silently never makes a run (docs/decisions/0001)."""

import pytest

from console.deploying import deploy_all
from tests.support.engine import Staged, set_the_stage, until

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
    soon = [{"active": True, "schedule": {"interval": 5}, "slug": "soon"}]
    made = staged.ask("POST", f"/deployments/{watch}/schedules", soon)
    run = until(lambda: runs_of(staged, "deadlines", "COMPLETED"), 120, "a scheduled run to complete")[0]
    assert (run["name"], run["state_name"]) == ("Watch over the clocks", "Completed")
    staged.engine.drop_schedule(watch, made[0]["id"])


def test_deploying_again_does_nothing_and_a_lost_deployment_is_made_anew(staged: Staged) -> None:
    settings = staged.up.settings
    assert deploy_all(settings) is False
    staged.ask("DELETE", f"/deployments/{deployment(staged, 'delivery')['id']}")
    assert deploy_all(settings) is True
    assert {each["name"] for each in staged.engine.deployments()} == EVERY_DEPLOYMENT
    set_the_stage(staged.engine)
