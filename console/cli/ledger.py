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
    from response.keeping.timestamping import check_stamps

    store = opened()
    audit, stamps = audit_home(store), check_stamps(store)
    root, bad = audit.root.hex(), [stamp for stamp in stamps if stamp.fault]
    if as_json:
        findings = [
            {"kind": f.kind, "first": f.first, "last": f.last, "detail": f.detail} for f in audit.findings
        ]
        told = [{"size": s.size, "at": s.at, "authority": s.authority, "fault": s.fault} for s in stamps]
        ok = audit.ok and not bad
        show_json({"ok": ok, "size": audit.size, "root": root, "findings": findings, "stamps": told})
    elif audit.ok:
        say(f"The ledger is whole: {audit.size} entries, root {root}.")
    else:
        say("The ledger is not whole:")
        for fault in audit.findings:
            say(f"  {fault}")
    if not as_json:
        for stamp in stamps:
            say(f"Stamp of {stamp.size} entries: {stamp.fault or f'{stamp.at} by {stamp.authority}'}")
    if bad or not audit.ok:
        raise typer.Exit(1)


@ledger.command("stamp")
def stamp_() -> None:
    """Have the newest signed head stamped by the authority of TOCSIN_TIMESTAMP_URL."""
    from response.keeping.timestamping import stamp_head

    stamp = stamp_head(opened())
    if stamp is None:
        say("Nothing to stamp: TOCSIN_TIMESTAMP_URL is not set, or the ledger is empty.")
        raise typer.Exit(1)
    say(f"{stamp.size} entries are stamped: {stamp.fault or f'{stamp.at} by {stamp.authority}'}")
    if stamp.fault:
        raise typer.Exit(1)


@ledger.command()
def prove(seq: Annotated[int, typer.Argument(help="The entry's number.")]) -> None:
    """Print one entry with its inclusion proof, to be shown without the others."""
    with opened().reading() as session:
        show_json(prove_entry(session, seq).to_json())
