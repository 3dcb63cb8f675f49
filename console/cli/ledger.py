"""`tocsin ledger`: is the record whole, and the proof of one entry."""

from typing import Annotated

import typer

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json
from models.ledger_audit import audit_home
from models.ledger_proof import prove as prove_entry

ledger = typer.Typer(add_completion=False, no_args_is_help=True, help="Verify the ledger, prove one entry.")
APPS = {"ledger": ledger}


@ledger.command()
def verify(as_json: AsJson = False) -> None:
    """Check every entry, the tree and the signatures; name the first that is altered, missing or added."""
    audit = audit_home(opened())
    root = audit.root.hex()
    if as_json:
        findings = [
            {"kind": f.kind, "first": f.first, "last": f.last, "detail": f.detail} for f in audit.findings
        ]
        show_json({"ok": audit.ok, "size": audit.size, "root": root, "findings": findings})
    elif audit.ok:
        say(f"The ledger is whole: {audit.size} entries, root {root}.")
    else:
        say("The ledger is not whole:")
        for fault in audit.findings:
            say(f"  {fault}")
    if not audit.ok:
        raise typer.Exit(1)


@ledger.command()
def prove(seq: Annotated[int, typer.Argument(help="The entry's number.")]) -> None:
    """Print one entry with its inclusion proof, to be shown without the others."""
    with opened().reading() as session:
        show_json(prove_entry(session, seq).to_json())
