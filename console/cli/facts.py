"""`tocsin facts`: what is known of an incident, and records of others read as facts."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.cli.from_facts import facts_from
from console.cli.incidents import IncidentId
from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json
from console.reading import read_words
from models.errors import InvalidInputError
from models.vocabulary import Role
from response.facts import latest_document, record_facts
from response.plan import find_incident
from response.staff import role_of

facts_app = typer.Typer(
    no_args_is_help=True, help="Check, show, set and import what is known of an incident."
)
APPS = {"facts": facts_app}


@facts_app.command()
def check(file: Annotated[str, typer.Argument(metavar="FACTS")], as_json: AsJson = False) -> None:
    """Read a facts file and say whether it can be used."""
    facts = facts_from(file)
    if as_json:
        show_json(facts.canonical())
    else:
        say(f"Good: {facts.title!r}.")


@facts_app.command("show")
def show_facts(incident: IncidentId, as_json: AsJson = False) -> None:
    """Show the newest version of what is known."""
    with opened().reading() as session:
        document = latest_document(session, find_incident(session, incident))
    if as_json:
        show_json(document)
        return
    import yaml

    say(yaml.safe_dump(document, allow_unicode=True, sort_keys=False).rstrip())


@facts_app.command("set")
def set_(incident: IncidentId, file: Annotated[str, typer.Argument(metavar="FACTS")], staff: As) -> None:
    """Record a new version of the facts and run triage and the law again."""
    from response.triage import reassess

    facts, store = facts_from(file), opened()
    with store.work() as unit:
        found = find_incident(unit.session, incident)
        role = role_of(unit.session, staff, (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.LEGAL))
        version = record_facts(unit, found, facts, staff, role)
        values = reassess(unit, found, staff)
    say(f"Recorded as version {version}. Severity {values['severity']}, risk {values['risk']}.")


class Form(StrEnum):
    """Forms of other people's records of breaches."""

    VERIS = "veris"
    HIBP = "hibp"
    NOTICE = "notice"


@facts_app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="One JSON record, or one a line; - for standard input.")
    ],
    form: Annotated[Form, typer.Option("--from", help="veris, hibp or notice.")],
) -> None:
    """Read records of others as facts: unknown stays unknown; what can't be mapped is said. Prints one JSON a line."""
    from regulations.facts_import.reading import facts_from as read_record

    for record in _records(file):
        facts, notes = read_record(form.value, record)
        sys.stdout.write(
            json.dumps({"facts": facts.canonical(), "not_mapped": list(notes)}, ensure_ascii=False) + "\n"
        )


def _records(file: str) -> list[Any]:
    text = read_words(file)
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [
            _record(line, number, file) for number, line in enumerate(text.splitlines(), 1) if line.strip()
        ]


def _record(line: str, number: int, file: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"This is not JSON: {error.msg}.", where=f"{file}:{number}") from None
