"""The commands of `tocsin` by name; a command's module is imported only when it is called."""

from importlib import import_module
from typing import Any, Final

import typer
import typer.core
import typer.main

# command: (module in console.cli, one line of help)
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("home", "Make the home folder: keys, tables, contact tree."),
    "up": ("home", "Start everything on this machine: engine, worker, intake, rehearsal endpoints."),
    "doctor": ("home", "Say what is wrong and how to mend it."),
    "backup": ("keeping", "Write a backup of the home, also while it works."),
    "restore": ("keeping", "Make a home from a backup, and verify its ledger."),
    "version": ("home", "Print the versions of Tocsin and its engine."),
    "demo": ("demo", "Run a whole response to a made-up breach, from signal to report."),
    "signal": ("signals", "Take a signal: what a detector or a person says."),
    "incident": ("incidents", "List, show and close incidents."),
    "facts": ("facts", "Check, show and set what is known of an incident."),
    "triage": ("duties", "Say how bad it is, from a facts file alone."),
    "duties": ("duties", "Say who must be told by when, from a facts file alone."),
    "law": ("law", "List, show, check and compare the rules of law."),
    "playbook": ("plans", "List, show, lint and test playbooks."),
    "respond": ("incidents", "Start or go on with the response to an incident."),
    "decide": ("decisions", "List, approve, refuse and answer what waits for people."),
    "people": ("people", "Import, check and count affected people, and say what is owed to them."),
    "notice": ("notices", "Show, send and balance the notices of an incident."),
    "enquiry": ("enquiry", "Record, assign and answer enquiries and complaints about a notice."),
    "claim": ("claim", "Register, decide and pay claims of affected people."),
    "cost": ("cost", "Record, list and correct what the response cost."),
    "recovery": ("recovery", "Record, list and correct what was paid back."),
    "filing": ("filings", "Show, approve and submit reports to authorities."),
    "contain": ("containments", "List and revert what was done to systems."),
    "action": ("corrective", "List, assign, finish and verify corrective and preventive actions."),
    "evidence": ("evidence", "Collect, pass on, hold and export evidence."),
    "staff": ("staff", "List the contact tree."),
    "readiness": ("readiness", "Say how ready the house is, from what was done."),
    "drill": ("drills", "List and run drills."),
    "tabletop": ("tabletops", "Lead an exercise at a table, and read its log."),
    "ledger": ("ledger", "Verify the ledger, prove one entry."),
    "report": ("reports", "Write the incident report."),
    "portfolio": ("reports", "Write the report on all incidents and drills of a period."),
    "bundle": ("reports", "Write the evidence bundle of an incident."),
}


class Group(typer.core.TyperGroup):
    """A group of commands whose help says the whole line about each."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with its first line of help, uncut."""
        known = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, (each.help or "").partition("\n")[0]) for name, each in known if each])


class LazyGroup(typer.core.TyperGroup):
    """Knows its commands by name and imports each only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands in the order a response meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the module that holds the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        group: typer.Typer = import_module(f"console.cli.{COMMANDS[cmd_name][0]}").APPS[cmd_name]
        group.info.cls = Group
        group.rich_markup_mode = None  # one look for every help, also on a narrow terminal
        command = typer.main.get_command(group)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def tocsin() -> None:
    """Run the data-breach emergency plan. Exit status: 0 done, 1 refused or failed, 2 wrong usage."""
