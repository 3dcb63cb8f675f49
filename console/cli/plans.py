"""`tocsin playbook`: the plans, before they run."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import AsJson, Lang, say, show_json, show_table
from console.cli.plan_files import text_of
from console.reading import read_words
from models.clock import system_clock
from models.errors import UsageError
from playbooks.document import read_document
from playbooks.lint import lint_text
from playbooks.loader import content_hash, library, library_text, load_playbook, self_contained
from playbooks.schema import Playbook

playbook = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, show, lint and test playbooks."
)
APPS = {"playbook": playbook}

Plan = Annotated[str, typer.Argument(metavar="PLAYBOOK", help="A name from the library, or a file.")]


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
    """Check a playbook and the connectors it names before it runs; each finding names file, line and mend."""
    from models.settings import load_settings
    from response.connectors.definition import acts_at_hand

    text, where = text_of(plan)
    findings = lint_text(text, where, connectors=acts_at_hand(load_settings().home))
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


@playbook.command("test")
def rehearse_all(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAYBOOK", help="One of the library; all by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the tests that stand beside the library's playbooks: given facts and answers, these steps in this order."""
    from playbooks.rehearsal import run_playbook_tests

    outcomes = run_playbook_tests([plan] if plan else None)
    failed = [each for each in outcomes if not each.passed]
    if as_json:
        show_json([each.__dict__ for each in outcomes])
    else:
        for each in failed:
            say(f"{each.where}: {each.case}: {each.difference}")
        say(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@playbook.command()
def run(
    plan: Plan,
    language: Lang,
    dry: Annotated[bool, typer.Option("--dry", help="Required: a real run starts with a signal.")] = False,
    facts: Annotated[str | None, typer.Option("--facts", help="A facts file the conditions read.")] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="YAML: step: approved | refused | {values}.")
    ] = None,
) -> None:
    """Go through a plan on paper: conditions for real, every effect replaced by what it would do."""
    from console.cli.from_facts import facts_from
    from playbooks.dry_run import dry_run

    if not dry:
        raise UsageError(
            "Only a dry run starts here.", remedy="Add --dry, or take a signal: `tocsin signal take`."
        )
    known = facts_from(facts).canonical() if facts else {}
    given = read_document(read_words(answers), str(answers)).data if answers else {}
    say(dry_run(_loaded(plan), known, given).text(language.value))


@playbook.command()
def diff(before: Plan, after: Plan, as_json: AsJson = False) -> None:
    """Say what one playbook changes against another."""
    from playbooks.comparison import diff_playbooks

    found = diff_playbooks(_loaded(before), _loaded(after))
    if as_json:
        show_json([str(each) for each in found])
    else:
        for each in found:
            say(str(each))
        say(f"{len(found)} differences.")


@playbook.command()
def schema() -> None:
    """Print the JSON Schema of playbooks, for editors."""
    from playbooks.editor_schema import json_schema

    show_json(json_schema())


@playbook.command("export")
def export_(plan: Plan) -> None:
    """Print a playbook as CACAO 2.0."""
    from playbooks.cacao.exporting import export_cacao

    show_json(export_cacao(_loaded(plan), system_clock()))


@playbook.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CACAO 2.0 document.")],
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the draft.")] = None,
) -> None:
    """Read a CACAO 2.0 playbook as a draft; each fault is named with its place, and a faulty draft can't be run."""
    from playbooks.cacao.importing import import_cacao

    found = import_cacao(read_words(file), str(file))
    for fault in found.faults:
        say(
            f"{file}:{fault.line or 1}#{fault.pointer}: {fault.what}"
            + (f" Expected {fault.expected}." if fault.expected else "")
        )
    for note in found.notes:
        say(f"Note: {note}")
    if found.text and out:
        out.write_text(found.text, encoding="utf-8")
        say(f"The draft is in {out}.")
    say(f"{len(found.faults)} faults.")
    if found.faults:
        raise typer.Exit(1)


def _loaded(plan: str) -> Playbook:
    text, where = text_of(plan)
    return load_playbook(self_contained(text, where), where)
