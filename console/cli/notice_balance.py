"""`tocsin notice balance`: the proof that the numbers add up, over all and for each law."""

from typing import Annotated

import typer

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from notifications.balance import Balance
from notifications.balance import balance as count_balance
from response.telling.law_coverage import LawCoverage, law_coverage


def balance(
    incident: Annotated[str, typer.Argument(metavar="INC")],
    message: Annotated[str, typer.Option("--message", help="The folder of templates.")] = "breach-notice",
    laws: Annotated[bool, typer.Option("--laws/--no-laws", help="Also by law.")] = True,
    as_json: AsJson = False,
) -> None:
    """Prove from the rows that every affected person stands in exactly one place, over all and for each law."""
    store = opened()
    with store.reading() as session:
        counted = count_balance(session, incident, message)
        covered = law_coverage(session, incident, store.clock(), message) if laws else ()
    if as_json:
        show_json(_plain(counted) | {"laws": [each.to_json() for each in covered]})
    else:
        _show(counted, covered)
    if not counted.is_exact:
        raise typer.Exit(1)


def _plain(counted: Balance) -> dict[str, object]:
    return {
        "incident": counted.incident_id,
        "affected": counted.affected,
        "counts": counted.counts,
        "not_planned": counted.not_planned,
        "told": counted.told,
        "exact": counted.is_exact,
        "campaigns": [
            {"id": each.campaign_id, "serves": each.serves, "by_channel": each.by_channel}
            for each in counted.campaigns
        ],
    }


def _show(counted: Balance, covered: tuple[LawCoverage, ...]) -> None:
    right = [f"{number} {status}" for status, number in counted.counts.items() if number]
    right += [f"{counted.not_planned} not planned"] if counted.not_planned or not right else []
    say(f"{counted.affected} affected {'=' if counted.is_exact else '≠'} {' + '.join(right)}")
    if covered:
        rows = [
            (
                each.rule,
                each.people,
                each.told,
                each.waiting,
                each.unreached,
                f"{each.share:.1%}",
                each.certain,
            )
            for each in covered
        ]
        show_table("By law", ("rule", "people", "told", "waiting", "out of reach", "told", "certain"), rows)
