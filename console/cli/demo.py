"""`tocsin demo`: a whole response on embedded defaults."""

import typer

from console.cli.output import AsJson, say, show_json
from models.settings import load_settings

demo_app = typer.Typer(add_completion=False)
APPS = {"demo": demo_app}


@demo_app.command()
def demo(as_json: AsJson = False) -> None:
    """Run a response from a scanner's finding to a closed, proven incident; nothing leaves this machine."""
    from console.demo import demonstrate
    from console.story import in_words

    shown = demonstrate(load_settings(), (lambda _text: None) if as_json else say)
    sound = shown.audit.ok and shown.balance.is_exact
    counts = {status: number for status, number in shown.balance.counts.items() if number}
    if as_json:
        show_json(
            {
                "incident": shown.incident_id,
                "affected": shown.balance.affected,
                "notices": counts,
                "balance_exact": shown.balance.is_exact,
                "ledger_ok": shown.audit.ok,
                "ledger_size": shown.audit.size,
                "reports": [str(path) for path in shown.reports],
                "seconds": round(shown.seconds, 1),
            }
        )
    else:
        exact = "it balances" if shown.balance.is_exact else "IT DOES NOT BALANCE"
        whole = "whole" if shown.audit.ok else "NOT WHOLE, see `tocsin ledger verify`"
        say(f"\nNotices: {shown.balance.affected} affected = {in_words(counts, ' + ')}; {exact}.")
        say(f"Ledger: {shown.audit.size} entries, {whole}.")
        say(f"{shown.incident_id} ran from signal to closure; {shown.seconds:.0f} s in all. The reports:")
        for path in shown.reports:
            say(f"  {path.resolve()}")
    if not sound:
        raise typer.Exit(1)
