"""`tocsin drill`: the real plan, rehearsed."""

from typing import Annotated, Any

import typer
from sqlmodel import col, select

from console.cli.drill_outside import evidence, record, recorded, withdraw
from console.cli.drill_proof import duties, proof
from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_words
from models.drill import Drill
from models.errors import RefusedError
from models.settings import load_settings
from playbooks.scenario import load_scenario, scenario_text, scenarios

drill = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, run, score, resume and discard drills; record others.",
)
APPS = {"drill": drill}
drill.command("duties")(duties)
drill.command("proof")(proof)
for outside in (record, recorded, evidence, withdraw):
    drill.command()(outside)

DrillId = Annotated[str, typer.Argument(metavar="DRILL", help="An id from `tocsin drill history`.")]


@drill.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the scenarios that can be drilled."""
    found = [load_scenario(scenario_text(name), f"{name}.yaml") for name in scenarios()]
    if as_json:
        show_json(
            [
                {
                    "id": s.id,
                    "name": s.name.model_dump(),
                    "playbook": s.playbook,
                    "people": s.people,
                    "lasts": s.lasts,
                    "injects": len(s.injects),
                    "expectations": len(s.expectations),
                }
                for s in found
            ]
        )
        return
    show_table(
        "Scenarios",
        ("id", "playbook", "injects", "name", "名称"),
        [(s.id, s.playbook, len(s.injects), s.name.en, s.name.zh) for s in found],
    )


@drill.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file.")], as_json: AsJson = False
) -> None:
    """Read a scenario and say whether it can be played on its plan; faults come with file and line."""
    from playbooks.scenario_checks import check_scenario

    scenario = check_scenario(read_words(file), file)
    if as_json:
        show_json({"id": scenario.id, "playbook": scenario.playbook})
        return
    say(f"Good: {scenario.id} on the plan {scenario.playbook}.")


@drill.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A name from `tocsin drill list`.")], as_json: AsJson = False
) -> None:
    """Run a drill to its end: same plan, same code, rehearsal endpoints, a clock that flies, nothing leaves."""
    from console.drilling import rehearse

    _show(rehearse(load_settings(), (lambda _text: None) if as_json else say, scenario), as_json)


@drill.command()
def resume(drill_id: DrillId, as_json: AsJson = False) -> None:
    """Go on with a drill that was interrupted, at the moment its clock had reached."""
    from console.drilling import go_on

    _show(go_on(load_settings(), (lambda _text: None) if as_json else say, drill_id), as_json)


@drill.command()
def discard(drill_id: DrillId, staff: As) -> None:
    """Put an unfinished drill aside for good; the ledger keeps that it was."""
    from response.drilling.ending import discard as put_aside

    put_aside(opened(), drill_id, staff)
    say(f"{drill_id} is discarded; nothing of it goes on or counts.")


@drill.command()
def score(drill_id: DrillId, as_json: AsJson = False) -> None:
    """Show what a drill was worth, and how it compares with the drills of its scenario before."""
    from response.drilling.record import find_drill

    found = find_drill(opened(), drill_id)
    if found.score is None:
        raise RefusedError(f"This drill is {found.status}; only a finished one has a score.", where=drill_id)
    _show(found, as_json)


@drill.command()
def schedule(as_json: AsJson = False) -> None:
    """Show what `tocsin up` holds by schedule: when each was followed last and is due next."""
    from console.catching_up import is_caught_up, last_done, next_due, read_schedules
    from console.deploying import deployment_file

    store = opened()
    kept = [each for each in read_schedules(deployment_file()) if is_caught_up(each)]
    with store.reading() as session:
        rows = [
            {
                "name": each.deployment,
                "scenario": each.parameters.get("scenario"),
                "cron": each.cron,
                "zone": each.zone,
                "last": last_done(session, each),
                "next": next_due(each, store.clock()),
            }
            for each in kept
        ]
    if as_json:
        show_json(rows)
        return
    show_table("Schedules", tuple(rows[0]), [tuple(each.values()) for each in rows])


@drill.command()
def history(as_json: AsJson = False) -> None:
    """List the drills that were run, newest first."""
    with opened().reading() as session:
        rows = session.exec(select(Drill).order_by(col(Drill.started_at).desc())).all()
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    show_table(
        "Drills",
        ("id", "scenario", "status", "began", "ended, by its own clock", "points"),
        [
            (r.incident_id, r.scenario, r.status, r.started_at, r.ended_at, (r.score or {}).get("points"))
            for r in rows
        ],
    )


def _show(found: Drill, as_json: bool) -> None:
    score: dict[str, Any] = found.score or {}
    if as_json:
        reports = load_settings().home / "reports" / found.incident_id
        show_json(
            {
                "drill": found.incident_id,
                "scenario": found.scenario,
                "refused_connections": found.refused_connections,
                "score": score,
                "reports": sorted(str(path) for path in reports.iterdir()) if reports.is_dir() else [],
            }
        )
        return
    clocks, decisions, expected = score["clocks"], score["decisions"], score["expectations"]
    met = sum(each["met"] for each in expected)
    say(
        f"{found.incident_id} ({found.scenario}): {score['points']} points in {score['days']} days of its own clock."
    )
    say(
        f"  clocks met {clocks['good']} of {clocks['of']}, decisions in time {decisions['good']} of {decisions['of']},"
    )
    say(
        f"  expectations met {met} of {len(expected)}, connections to other machines {found.refused_connections}."
    )
    if score["previous"]:
        say(f"  The drill before, {score['previous']}, had {score['previous_points']} points.")
    for slow in score["slower_than_forecast"]:
        say(f"  slower than the plan reckons with at worst: {slow['step']}")
    for gap in score["gaps"]:
        say(f"  to mend, {gap['owner']}: {gap['what']}")
