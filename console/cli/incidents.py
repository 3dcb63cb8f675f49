"""`tocsin incident` and `tocsin respond`: one incident, where it stands, and what people do about its steps."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session, col, select

from console.cli import erasing
from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from models.database import Store
from models.errors import UsageError
from models.incident import Incident
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.vocabulary import IncidentStatus
from playbooks.comparison import Difference
from response.plan import find_incident, next_steps

incident_app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, show, close and erase incidents."
)
respond_app = typer.Typer(add_completion=False, help="Start or go on with the response to an incident.")
APPS = {"incident": incident_app, "respond": respond_app}
incident_app.command()(erasing.retention)
incident_app.command()(erasing.erase)

IncidentId = Annotated[str, typer.Argument(metavar="INC", help="The incident's id, such as INC-2026-0001.")]


@incident_app.command("list")
def list_(
    drills: Annotated[bool, typer.Option("--drills", help="Also drills.")] = False, as_json: AsJson = False
) -> None:
    """List incidents, newest first."""
    query = select(Incident).order_by(col(Incident.declared_at).desc())
    with opened().reading() as session:
        rows = [row for row in session.exec(query) if drills or not row.drill]
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    show_table(
        "Incidents",
        ("id", "status", "declared", "closed", "title"),
        [(r.id, r.status, r.declared_at, r.closed_at, r.title) for r in rows],
    )


@incident_app.command()
def show(incident: IncidentId, as_json: AsJson = False) -> None:
    """Show where a response stands: steps, duties, what waits, what still keeps it open."""
    store = opened()
    view = next_steps(store, incident)
    with store.reading() as session:
        found = _state(session, incident)
    found |= {"ready": [card.key for card in view.ready], "waiting": view.waiting, "failed": view.failed}
    if as_json:
        show_json(found)
        return
    head = found["incident"]
    say(f"{head['id']}  {head['status']}  {head['title']}")
    show_table(
        "Steps",
        ("step", "phase", "status", "started", "finished", "fault"),
        [tuple(s.values()) for s in found["steps"]],
    )
    show_table(
        "Duties", ("duty", "status", "due", "met", "citation"), [tuple(d.values()) for d in found["duties"]]
    )
    show_table(
        "Still keeps it open",
        ("what", "which", "what would close it"),
        [tuple(g.values()) for g in found["gaps"]],
    )
    if found["open_claims"]:
        show_table(
            "Open claims; closure hands them over to their owner",
            ("claim", "status", "owner", "due"),
            [tuple(c.values()) for c in found["open_claims"]],
        )
    if found["supplements"]:
        show_table(
            "Needs a supplement: newer facts say otherwise",
            ("what", "which", "made from", "now", "changed"),
            [(*list(s.values())[:4], ", ".join(s["changed_facts"])) for s in found["supplements"]],
        )
    say(f"Waiting for people: {', '.join(view.waiting) or 'nobody'}.")


def _state(session: Session, incident_id: str) -> dict[str, Any]:
    from response.closure import closure_gaps
    from response.losses.claim_handover import open_claims
    from response.supplements import supplements_needed

    incident = find_incident(session, incident_id)
    steps = session.exec(
        select(StepRun).where(StepRun.incident_id == incident_id).order_by(col(StepRun.started_at))
    )
    duties = session.exec(
        select(Obligation).where(Obligation.incident_id == incident_id).order_by(col(Obligation.due_at))
    )
    gaps = closure_gaps(session, incident_id) if incident.status == IncidentStatus.OPEN else ()
    step_keys = ("step", "phase", "status", "started_at", "finished_at", "fault")
    duty_keys = ("rule", "status", "due_at", "met_at", "citation")
    return {
        "incident": incident.model_dump(),
        "steps": [{key: getattr(row, key) for key in step_keys} for row in steps],
        "duties": [{key: getattr(row, key) for key in duty_keys} for row in duties],
        "gaps": [{"kind": gap.kind, "id": gap.id, "remedy": gap.remedy} for gap in gaps],
        "open_claims": [asdict(each) for each in open_claims(session, incident_id)],
        "supplements": [each.to_json() for each in supplements_needed(session, incident_id)],
    }


@incident_app.command()
def close(incident: IncidentId, staff: As) -> None:
    """Close an incident; refused with the list of what is missing."""
    from response.closure import close_by_hand

    close_by_hand(opened(), incident, staff)
    say(f"{incident} is closed.")


@incident_app.command()
def review(
    incident: IncidentId,
    staff: As,
    finding: Annotated[str, typer.Option("--finding", help="What you found; kept sealed.")],
) -> None:
    """Review the signed root cause, as another than who signed it."""
    from response.cause_review import review_root_cause

    review_root_cause(opened(), incident, staff, finding)
    say(f"The root cause of {incident} is reviewed.")


Step = Annotated[str, typer.Argument(metavar="STEP", help="The step, as `tocsin incident show` names it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


@incident_app.command()
def retry(incident: IncidentId, step: Step, staff: As, reason: Why) -> None:
    """Have a failed step tried again."""
    from console.launch import start_response
    from response.mending import retry_step

    store = opened()
    retry_step(store, incident, step, staff, reason)
    start_response(store.settings, incident)
    say(f"Step {step} will be tried again.")


@incident_app.command()
def skip(incident: IncidentId, step: Step, staff: As, reason: Why) -> None:
    """Leave a failed step out, so that the plan goes on after it."""
    from console.launch import start_response
    from response.mending import skip_step

    store = opened()
    skip_step(store, incident, step, staff, reason)
    start_response(store.settings, incident)
    say(f"Step {step} is skipped.")


@incident_app.command("add-step")
def add_step(
    incident: IncidentId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML: one step under its id.")],
    after: Annotated[str, typer.Option("--after", help="The step it comes after.")],
    staff: As,
    reason: Why,
) -> None:
    """Add a task for people, or an approval, to the plan of an incident under way."""
    from console.cli.plan_files import read_step
    from console.launch import start_response
    from response.adoption import add_step as add

    store = opened()
    step_id, step = read_step(file)
    _show_differences(add(store, incident, step_id, after, step, staff, reason))
    start_response(store.settings, incident)


@respond_app.command()
def respond(
    incident: IncidentId,
    plan: Annotated[
        str | None,
        typer.Option(
            "--playbook", metavar="PLAYBOOK", help="Go on with this plan: a name from the library, or a file."
        ),
    ] = None,
    staff: Annotated[
        str, typer.Option("--as", envvar="TOCSIN_STAFF", help="Your staff id; needed with --playbook.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why another plan; kept in the record.")] = "",
) -> None:
    """Start or wake the response to an incident on the running engine; with --playbook, change its plan first."""
    from console.launch import start_response

    store = opened()
    with store.reading() as session:
        find_incident(session, incident)
    if plan is not None:
        _adopt(store, incident, plan, staff, reason)
    if start_response(store.settings, incident):
        say(f"The response to {incident} is under way.")
    else:
        say("The engine does not answer; the response starts as soon as `tocsin up` runs.")
        raise typer.Exit(1)


def _adopt(store: Store, incident: str, plan: str, staff: str, reason: str) -> None:
    from console.cli.plan_files import text_of
    from playbooks.loader import self_contained
    from response.adoption import adopt_playbook

    if not staff:
        raise UsageError(
            "Another plan needs somebody who answers for it.", remedy="Add --as with a staff id."
        )
    text, where = text_of(plan)
    _show_differences(adopt_playbook(store, incident, self_contained(text, where), where, staff, reason))


def _show_differences(found: tuple[Difference, ...]) -> None:
    for each in found:
        say(str(each))
    say(f"The plan is changed in {len(found)} places; what was done stays done.")
