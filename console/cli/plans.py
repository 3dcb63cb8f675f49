"""`tocsin playbook`: the plans, before they run."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import AsJson, say, show_json, show_table
from models.errors import InvalidInputError
from playbooks.lint import lint_text
from playbooks.loader import content_hash, library, library_text, load_playbook

playbook = typer.Typer(no_args_is_help=True, help="List, show, lint and test playbooks.")
APPS = {"playbook": playbook}

Plan = Annotated[str, typer.Argument(metavar="PLAYBOOK", help="A name from the library, or a file.")]


def text_of(plan: str) -> tuple[str, str]:
    """Give the text of a playbook and where it stands."""
    path = Path(plan)
    if path.suffix not in {".yaml", ".yml", ".json"}:
        return library_text(plan), f"{plan}.yaml"
    try:
        return path.read_text(encoding="utf-8"), plan
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The playbook can't be read ({error}).", where=plan) from None


@playbook.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the playbooks that ship with Tocsin."""
    found = [load_playbook(library_text(name), f"{name}.yaml") for name in library()]
    if as_json:
        show_json(
            [
                {"id": p.id, "version": p.version, "name": p.name.model_dump(), "vectors": p.vectors}
                for p in found
            ]
        )
        return
    show_table(
        "Playbooks",
        ("id", "version", "name", "名称"),
        [(p.id, p.version, p.name.en, p.name.zh) for p in found],
    )


@playbook.command()
def show(plan: Plan, as_json: AsJson = False) -> None:
    """Show the steps of a playbook with who answers for each."""
    text, where = text_of(plan)
    found = load_playbook(text, where)
    if as_json:
        show_json(
            {"hash": content_hash(text)} | found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        )
        return
    say(f"{found.name.en} / {found.name.zh}, version {found.version}")
    rows = [(key, s.phase, s.action or s.type, s.owner, s.name.en) for key, s in found.workflow.items()]
    show_table("Steps", ("step", "phase", "action", "owner", "name"), rows)


@playbook.command()
def lint(plan: Plan, as_json: AsJson = False) -> None:
    """Check a playbook before it runs; each finding names file, line and mend."""
    text, where = text_of(plan)
    findings = lint_text(text, where)
    if as_json:
        show_json(
            [
                {
                    "file": f.file,
                    "line": f.line,
                    "code": f.code,
                    "step": f.step,
                    "message": f.message,
                    "mend": f.mend,
                }
                for f in findings
            ]
        )
    else:
        for f in findings:
            say(f"{f.file}:{f.line}: [{f.code}] {f.message} {f.mend}")
        say(f"{len(findings)} findings.")
    if findings:
        raise typer.Exit(1)
