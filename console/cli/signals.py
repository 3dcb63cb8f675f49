"""`tocsin signal`: what a detector or a person says."""

import sys
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.cli.signal_erasing import erase, retention
from console.reading import read_file
from models.errors import UsageError
from models.signal import Signal

signal = typer.Typer(add_completion=False, no_args_is_help=True, help="Take a signal, or list those taken.")
APPS = {"signal": signal}
signal.command()(retention)
signal.command()(erase)


@signal.command()
def take(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The signal as it came, or - for standard input.")
    ],
    form: Annotated[
        str | None, typer.Option("--from", help="Its format, such as aws.macie; found by itself by default.")
    ] = None,
    told_by: Annotated[
        str, typer.Option("--told-by", help="Who told: detector, customer, employee, press, police …")
    ] = "detector",
    as_json: AsJson = False,
) -> None:
    """Store a signal, join it to an open incident or declare one, and start the response."""
    from console.launch import start_response
    from response.detection import take_signal

    store = opened()
    taken, incident = take_signal(store, read_file(file, "signal"), form, told_by)
    started = bool(incident) and start_response(store.settings, str(incident.id if incident else ""))
    if as_json:
        show_json(
            {
                "signal": taken.id,
                "form": taken.form,
                "incident": incident and incident.id,
                "started": bool(started),
            }
        )
        return
    say(f"Kept as {taken.id} ({taken.form}).")
    say(
        f"Incident {incident.id}."
        if incident
        else f"No incident was declared; a person should look: `tocsin signal declare {taken.id}` or `dismiss`."
    )
    if incident and not started:
        say("The engine does not answer; the response starts as soon as `tocsin up` runs.")


SignalId = Annotated[str, typer.Argument(metavar="SIG", help="The signal, as `tocsin signal list` names it.")]


@signal.command("declare")
def declare_(
    signal_id: SignalId,
    staff: As,
    plan: Annotated[
        str | None,
        typer.Option(
            "--playbook", metavar="PLAYBOOK", help="Which plan of the library; chosen by rule by default."
        ),
    ] = None,
    join: Annotated[
        str | None, typer.Option("--join", metavar="INC", help="It belongs to this open incident.")
    ] = None,
) -> None:
    """Declare a kept signal as an incident, or join it to an open one, and start the response."""
    from console.launch import start_response
    from response.signal_answers import declare_signal

    if plan and join:
        raise UsageError(
            "An incident that is joined keeps its plan.", remedy="Give --playbook or --join, not both."
        )
    store = opened()
    incident = declare_signal(store, signal_id, staff, plan, join)
    say(f"{signal_id} belongs to {incident.id}.")
    if not start_response(store.settings, incident.id):
        say("The engine does not answer; the response starts as soon as `tocsin up` runs.")


@signal.command()
def dismiss(
    signal_id: SignalId,
    staff: As,
    reason: Annotated[str, typer.Option("--reason", help="Why it is no incident; kept in the record.")],
) -> None:
    """Say that a kept signal is no incident, and why; it stays kept for a period (`signal retention`)."""
    from response.signal_answers import set_signal_aside

    set_signal_aside(opened(), signal_id, staff, reason)
    say(f"{signal_id} is set aside.")


@signal.command()
def fetch(
    mailbox: Annotated[
        str, typer.Option("--mailbox", help="maildir:/folder; else TOCSIN_SIGNAL_MAILBOX.", envvar=[])
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Read the mailbox for signals once: findings in mails are taken, words wait for somebody to look."""
    from console.launch import start_response
    from response.signal_mail import fetch_signals, mailbox_of

    store = opened()
    if not (mailbox or mailbox_of(store.settings)):
        raise UsageError(
            "No mailbox for signals is set.", remedy="Set TOCSIN_SIGNAL_MAILBOX, or name one with --mailbox."
        )
    found = fetch_signals(store, mailbox)
    for incident_id in found.incidents:
        start_response(store.settings, incident_id)
    if as_json:
        show_json({"mails": found.mails, "signals": found.signals, "incidents": found.incidents})
        return
    said = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(found.mails.items()))
    say(f"Mails: {said or 'none that is new'}.")
    say(f"Signals: {', '.join(found.signals) or 'none'}. Incidents: {', '.join(found.incidents) or 'none'}.")


@signal.command()
def show(
    signal_id: SignalId,
    staff: As,
    mail: Annotated[
        bool, typer.Option("--mail", help="Write the whole mail it came in, as it came.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a signal says, in clear; that it was read is recorded."""
    from response.signal_answers import open_signal

    said = open_signal(opened(), signal_id, staff, mail=mail)
    if mail:
        sys.stdout.buffer.write(said.mail)
        return
    if as_json:
        show_json({**said.about, "text": said.text})
        return
    for name, value in said.about.items():
        say(f"{name}: {value}")
    say(f"\n{said.text}")


@signal.command("list")
def list_(
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only those that wait for somebody to look.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the signals taken, newest first."""
    from response.signal_state import waiting_signals

    with opened().reading() as session:
        everything = select(Signal).order_by(col(Signal.received_at).desc())
        rows = waiting_signals(session) if waiting else session.exec(everything).all()
    if as_json:
        keys = ("id", "form", "told_by", "received_at", "title", "incident_id", "drill", "payload_sha256")
        show_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    show_table(
        "Signals",
        ("id", "received", "form", "told by", "incident", "title"),
        [(r.id, r.received_at, r.form, r.told_by, r.incident_id, r.title) for r in rows],
    )
