"""`tocsin backup` and `tocsin restore`: a home's second life."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import AsJson, say, show_json
from models.settings import load_settings

backup_app, restore_app = typer.Typer(add_completion=False), typer.Typer(add_completion=False)
APPS = {"backup": backup_app, "restore": restore_app}


@backup_app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; it must not exist.")],
    check: Annotated[
        bool, typer.Option("--check", help="Restore it into a folder of its own and verify its ledger, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a backup of the home, also while it works. The keys are not in it: keep them apart."""
    from console.backup import back_up
    from console.restoring import prove_restore

    settings = load_settings()
    manifest = back_up(settings, file)
    entries = prove_restore(settings, file) if check else None
    if as_json:
        show_json({"file": str(file), "files": len(manifest.files), "restored_entries": entries})
        return
    say(f"{len(manifest.files)} files are in {file}. The keys folder is not: keep a copy of it apart.")
    if entries is not None:
        say(f"It was restored for a test: {entries} ledger entries, whole.")


@restore_app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `tocsin backup` wrote.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="A copy of the keys folder; the home's own by default.")
    ] = None,
) -> None:
    """Make the home at TOCSIN_HOME, which must be empty, from a backup, and verify its ledger."""
    from console.restoring import restore as bring_back

    settings = load_settings()
    audit = bring_back(settings, file, keys)
    say(f"The home at {settings.home.resolve()} is restored: {audit.size} ledger entries, whole.")
