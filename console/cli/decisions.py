"""`tocsin decide`: what waits for people, and their answers."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_file
from models.database import Store
from models.decision import Decision
from response.decisions import answer
from response.questions import open_decisions

decide = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, approve, refuse and answer what waits for people."
)
APPS = {"decide": decide}

Question = Annotated[str, typer.Argument(help="The question's id, as `tocsin decide list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


@decide.command("list")
def list_(
    incident: Annotated[str | None, typer.Argument(help="Only of this incident.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the questions that wait, the oldest first."""
    store = opened()
    with store.reading() as session:
        waiting = open_decisions(session, incident)
    language = store.settings.language
    if as_json:
        show_json([_plain(each) for each in waiting])
        return
    show_table(
        "Waiting for people",
        ("question", "kind", "who may answer", "needed", "by", "asks"),
        [
            (d.id, d.kind, ", ".join(d.roles), d.needed, d.due_at, d.question.get(language, ""))
            for d in waiting
        ],
    )


def _plain(decision: Decision) -> dict[str, object]:
    return {
        "id": decision.id,
        "incident": decision.incident_id,
        "step": decision.step,
        "kind": decision.kind,
        "form": decision.form,
        "roles": decision.roles,
        "needed": decision.needed,
        "asked_at": decision.asked_at,
        "due_at": decision.due_at,
        "question": decision.question,
        "detail": decision.detail,
    }


@decide.command()
def approve(question: Question, staff: As, reason: Reason = "") -> None:
    """Approve what a question asks."""
    _give(opened(), question, staff, "approve", reason)


@decide.command()
def refuse(question: Question, staff: As, reason: Reason = "") -> None:
    """Refuse what a question asks; the reason is required."""
    _give(opened(), question, staff, "refuse", reason)


@decide.command("answer")
def answer_(
    question: Question,
    staff: As,
    form: Annotated[Path | None, typer.Option("--form", help="The filled-in form, YAML or JSON.")] = None,
    reason: Reason = "",
) -> None:
    """Answer a manual step with its form."""
    document = read_file(form, "form") if form else b""
    _give(opened(), question, staff, "answer", reason, document)


def _give(
    store: Store, question: str, staff: str, verdict: str, reason: str, document: bytes | None = None
) -> None:
    from console.launch import wake

    decision = answer(store, question, staff, verdict, reason=reason, document=document)
    say(f"Recorded. The question is now {decision.status}.")
    if decision.status != "open" and not wake(store.settings, decision.incident_id):
        say("The engine does not answer; the plan goes on as soon as `tocsin up` runs.")
