"""`tocsin drill`: the real plan, rehearsed."""

from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from models.incident import Incident
from models.settings import load_settings
from playbooks.scenario import load_scenario, scenario_text, scenarios

drill = typer.Typer(no_args_is_help=True, help="List and run drills.")
APPS = {"drill": drill}


@drill.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the scenarios that can be drilled."""
    found = [load_scenario(scenario_text(name), f"{name}.yaml") for name in scenarios()]
    if as_json:
        show_json(
            [
                {"id": s.id, "name": s.name.model_dump(), "playbook": s.playbook, "people": s.people}
                for s in found
            ]
        )
        return
    show_table(
        "Scenarios",
        ("id", "playbook", "name", "名称"),
        [(s.id, s.playbook, s.name.en, s.name.zh) for s in found],
    )


@drill.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A name from `tocsin drill list`.")], as_json: AsJson = False
) -> None:
    """Run a drill to its end: same plan, same code, rehearsal endpoints, rows marked as a drill."""
    from console.demo import rehearse

    done = rehearse(load_settings(), (lambda _text: None) if as_json else say, scenario)
    if as_json:
        show_json(
            {
                "drill": done.incident_id,
                "reports": [str(path) for path in done.reports],
                "seconds": done.seconds,
            }
        )
        return
    say(f"{done.incident_id} is done in {done.seconds:.0f} s. The reports:")
    for path in done.reports:
        say(f"  {path.resolve()}")


@drill.command()
def history(as_json: AsJson = False) -> None:
    """List the drills that were run, newest first."""
    query = select(Incident).where(col(Incident.drill)).order_by(col(Incident.declared_at).desc())
    with opened().reading() as session:
        rows = session.exec(query).all()
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    show_table(
        "Drills",
        ("id", "scenario", "status", "began", "closed"),
        [(r.id, r.scenario, r.status, r.declared_at, r.closed_at) for r in rows],
    )
