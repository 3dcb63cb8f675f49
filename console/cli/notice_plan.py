"""`tocsin notice plan` and `progress`: whom a notice concerns, and whether the time is enough."""

from datetime import datetime
from typing import Annotated

import typer

from console.cli.opening import opened
from console.cli.output import AsJson, say, show_json, show_table
from models.clock import iso_utc
from notifications.forecast import Forecast
from notifications.progress import campaign_progress
from response.telling.notice_plan import NoticePlan, notice_plan

Rate = Annotated[float | None, typer.Option(min=0.001, help="Messages a second, where you know better.")]


def plan(
    incident: Annotated[str, typer.Argument(metavar="INC")],
    message: Annotated[str, typer.Option("--message", help="The folder of templates.")] = "breach-notice",
    mail_rate: Rate = None,
    sms_rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Show whom a notice reaches, how, under which law, and whether it is in time; exit 1 when it is not."""
    stated = {name: rate for name, rate in (("email", mail_rate), ("sms", sms_rate)) if rate}
    found = notice_plan(opened(), incident, message, stated)
    if as_json:
        show_json(found.to_json())
    else:
        _show(found)
    if not found.in_time:
        raise typer.Exit(1)


def _show(found: NoticePlan) -> None:
    rows = []
    for line in found.lines:
        segments, code = found.segments.get((line.language, line.profile), ("", ""))
        sms = f"{segments} {code}" if line.channel == "sms" else ""
        rows.append((line.language, line.channel, line.profile, line.people, sms))
    show_table("To be told", ("language", "channel", "law", "people", "SMS segments"), rows)
    duties = [
        (duty.rule, duty.citation, duty.due_at or "at once", _verdict(duty.in_time)) for duty in found.duties
    ]
    show_table("Duties it serves", ("rule", "citation", "due", "in time"), duties)
    say(outlook(found.forecast))
    if found.late:
        say(
            f"TOO LATE for {', '.join(duty.rule for duty in found.late)}: send faster (TOCSIN_MAIL_RATE, "
            "TOCSIN_SMS_RATE, another worker), or record with the authority why."
        )


def _verdict(in_time: bool | None) -> str:
    return {True: "yes", False: "NO", None: "no moment named"}[in_time]


def outlook(found: Forecast) -> str:
    """Say in a sentence when the last message leaves and when it is due."""
    rates = ", ".join(
        f"{name} {rate.per_second:.3g}/s {rate.basis}"
        for name, rate in found.rates.items()
        if found.people.get(name)
    )
    due = _minute(found.due_at) if found.due_at else "at once, no moment is named"
    return f"At this rate ({rates or 'nobody to tell'}) the last message leaves at {_minute(found.last_at)}; due {due}."


def _minute(at: datetime) -> str:
    return f"{iso_utc(at.replace(second=0, microsecond=0))[:16]}Z"


def progress(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Such as INC-2026-0001/N1.")],
    as_json: AsJson = False,
) -> None:
    """Show how far a campaign has come, and when it will be through."""
    store = opened()
    with store.reading() as session:
        found = campaign_progress(session, store.settings, campaign, store.clock())
    if as_json:
        show_json(found.to_json())
        return
    said = f"{found.campaign.id} is {found.campaign.status}"
    why = f" ({found.campaign.stopped_because})" if found.campaign.stopped_because else ""
    say(
        f"{said}{why}: {found.done} of {found.campaign.audience} done ({found.share:.1%}), {found.remaining} to do."
    )
    if found.campaign.canary:
        say(f"First {found.campaign.canary} of each channel: {found.canary}.")
    if found.forecast and found.remaining:
        say(outlook(found.forecast))
