"""`tocsin drill record` and what belongs to it: exercises that others led, kept as proof with their evidence."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.reading import read_file
from models.outside_exercise import OutsideExercise

ExerciseId = Annotated[str, typer.Argument(metavar="EXT", help="An id from `tocsin drill recorded`.")]
SHOWN = ("id", "kind", "title", "led_by", "plan", "began_at", "ended_at", "recorded_by", "withdrawn_at")


def record(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What was held, as tocsin/outside-exercise/1.")],
    evidence: Annotated[Path, typer.Option("--evidence", help="The report or minutes that prove it.")],
    staff: As,
    as_json: AsJson = False,
) -> None:
    """Record an exercise that others led, with its evidence; its findings become corrective actions."""
    from response.corrective import list_actions
    from response.drilling.outside import read_held_outside, record_outside

    store, held = opened(), read_held_outside(read_file(file), file)
    row = record_outside(store, held, evidence, staff)
    with store.reading() as session:
        actions = [each.id for each in list_actions(session, row.id)]
    if as_json:
        show_json({**_plain(row), "actions": actions})
        return
    say(f"{row.id} is recorded; it proves what `tocsin drill duties` says. sha256 {row.sha256}")
    say(f"Actions: {', '.join(actions) or 'none'}.")


def recorded(as_json: AsJson = False) -> None:
    """List the exercises that others led, the newest first, withdrawn ones too."""
    from response.drilling.outside import list_outside

    with opened().reading() as session:
        rows = list_outside(session)
    if as_json:
        show_json([_plain(row) for row in rows])
        return
    shown = [[getattr(row, name) for name in SHOWN] for row in rows]
    show_table("Exercises held outside", SHOWN, shown)


def evidence(
    exercise_id: ExerciseId,
    staff: As,
    out: Annotated[Path, typer.Option("--out", help="The folder to write the copy to.")] = Path(),
) -> None:
    """Write the evidence of a recorded exercise in clear, checked against its digest; who took it is recorded."""
    from response.drilling.outside import export_outside

    say(str(export_outside(opened(), exercise_id, out, staff).resolve()))


def withdraw(
    exercise_id: ExerciseId,
    staff: As,
    reason: Annotated[str, typer.Option("--reason", help="What is wrong in it; kept sealed.")],
) -> None:
    """Take back what was recorded wrongly: it proves nothing any more, and its open actions fall away."""
    from response.drilling.outside import withdraw_outside

    row = withdraw_outside(opened(), exercise_id, staff, reason)
    say(f"{row.id} is withdrawn; it stays to be seen in the proof of drills.")


def _plain(row: OutsideExercise) -> dict[str, Any]:
    return row.model_dump(exclude={"sealed", "sealed_label"})
