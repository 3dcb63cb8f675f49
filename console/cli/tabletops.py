"""`tocsin tabletop`: an exercise at a table, led from the terminal; the browser view comes with the console."""

import sys
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli.opening import As, opened
from console.cli.output import AsJson, Lang, say, show_json, show_table
from models.database import Store
from models.errors import TocsinError, UsageError
from models.tabletop import Tabletop
from models.vocabulary import Language
from playbooks.agenda import AgendaItem
from playbooks.scenario import load_scenario, scenario_text

tabletop_app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Lead an exercise at a table, and read its log."
)
APPS = {"tabletop": tabletop_app}
HELP = "Type `role: what was decided`, or nothing to go on; `stop` breaks the exercise off."


@tabletop_app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="As `tocsin drill list` names it.")],
    staff: As,
    language: Lang,
    who: Annotated[
        list[str] | None, typer.Option("--who", help="role=staff-id; else from the contact tree.")
    ] = None,
) -> None:
    """Hand out each inject, take down who decided what, and judge the expectations at the end."""
    from response.drilling.tabletops import begin_tabletop, end_tabletop, hand_out

    store = opened()
    row, items = begin_tabletop(store, scenario, staff, _seats(who or []))
    say(f"{row.id}: at the table are {', '.join(f'{role} {one}' for role, one in row.participants.items())}.")
    say(HELP)
    for number, item in enumerate(items):
        hand_out(store, row.id, number, item.to)
        _show(item, language)
        if not _take_down(store, row, number):
            say(f"Broken off. What was said is kept: tocsin tabletop show {row.id}")
            raise typer.Exit(1)
    result = end_tabletop(store, row.id, _judged(scenario))
    say(f"{result.decisions} decisions, the first after {result.median_seconds or 0:.0f} s in the middle.")
    say(
        f"{result.met} of {result.expected} expectations met; undecided: {', '.join(result.undecided) or 'nothing'}."
    )


def _seats(who: list[str]) -> dict[str, str]:
    seats = dict(each.partition("=")[::2] for each in who)
    if not all(seats.values()):
        raise UsageError("A seat is given as role=staff-id.", where="--who")
    return seats


def _show(item: AgendaItem, language: Language) -> None:
    say(f"\n+{item.at}  to {item.to}: {item.name[language.value]}")
    say(f"  {item.text[language.value]}")


def _take_down(store: Store, row: Tabletop, number: int) -> bool:
    """Take decisions until an empty line or the end of input; False when the exercise is broken off."""
    from response.drilling.tabletops import take_down

    for line in iter(sys.stdin.readline, ""):
        said = line.strip()
        if said == "stop":
            return False
        if not said:
            break
        role, _, words = said.partition(":")
        try:
            take_down(store, row.id, number, role.strip(), words)
        except TocsinError as error:
            say(f"Not taken down: {error}")
    return True


def _judged(scenario: str) -> dict[str, bool]:
    """Ask the facilitator of each expectation whether it was met; anything but y is no."""
    found = load_scenario(scenario_text(scenario), scenario)
    judged = {}
    for each in found.expectations:
        say(f"Was {each.name} decided or done by {each.by} ({each.owner})? y/n")
        judged[each.name] = sys.stdin.readline().strip().lower() == "y"
    return judged


@tabletop_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the exercises, the newest first."""
    with opened().reading() as session:
        rows = session.exec(select(Tabletop).order_by(col(Tabletop.started_at).desc())).all()
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    columns = ("id", "scenario", "led by", "began", "ended", "met")
    show_table(
        "Exercises",
        columns,
        [(r.id, r.scenario, r.facilitator, r.started_at, r.ended_at, _met(r)) for r in rows],
    )


def _met(row: Tabletop) -> str:
    return f"{row.result['met']} of {row.result['expected']}" if row.result else "—"


@tabletop_app.command()
def show(
    exercise: Annotated[str, typer.Argument(metavar="TTX", help="The exercise's id.")],
    as_json: AsJson = False,
) -> None:
    """Show the facilitator's log: what was handed to whom, and who decided what after how long."""
    from response.drilling.tabletops import entries_of, find_tabletop, words_of

    store = opened()
    with store.reading() as session:
        row, entries = find_tabletop(session, exercise), entries_of(session, exercise)
    log = [
        {
            "at": e.at,
            "item": e.item,
            "kind": e.kind,
            "role": e.role,
            "seconds": e.seconds,
            "words": words_of(store, e),
        }
        for e in entries
    ]
    if as_json:
        show_json(row.model_dump() | {"log": log})
        return
    columns = ("at", "item", "what", "role", "seconds", "words")
    show_table(f"{row.id} {row.scenario}", columns, [tuple(each.values()) for each in log])
