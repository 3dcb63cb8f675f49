"""`tocsin ledger`: is the record whole, and the proof of one entry."""

from typing import Annotated

import typer

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from models.ledger_audit import verify as audit_ledger
from models.merkle import prove as prove_entry

ledger = typer.Typer(no_args_is_help=True, help="Verify the ledger, prove one entry.")
APPS = {"ledger": ledger}


@ledger.command()
def verify(as_json: AsJson = False) -> None:
    """Check every entry, the tree and the signatures; name the first that is altered, missing or added."""
    store = opened()
    with store.reading() as session:
        audit = audit_ledger(session, store.signer.verifier(), store.settings.home / "ledger" / "checkpoint")
    if as_json:
        show_json(
            {
                "ok": audit.ok,
                "size": audit.size,
                "root": audit.root,
                "findings": [f.__dict__ for f in audit.findings],
            }
        )
    elif audit.ok:
        say(f"The ledger is whole: {audit.size} entries, root {audit.root}.")
    else:
        show_table(
            "The ledger is not whole",
            ("entry", "what", "detail"),
            [(f.seq, f.what, f.detail) for f in audit.findings],
        )
    if not audit.ok:
        raise typer.Exit(1)


@ledger.command()
def prove(seq: Annotated[int, typer.Argument(help="The entry's number.")]) -> None:
    """Print one entry with its inclusion proof, to be shown without the others."""
    with opened().reading() as session:
        show_json(prove_entry(session, seq).to_json())
