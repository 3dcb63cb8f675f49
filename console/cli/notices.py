"""`tocsin notice`: what people are told, and the proof that the numbers add up."""

from dataclasses import asdict
from typing import Annotated

import typer
from sqlmodel import col, select

from console.cli import notice_balance, notice_plan, notice_post, notice_public
from console.cli.opening import As, opened
from console.cli.output import AsJson, say, show_json, show_table
from console.plain import counted
from console.progress import bar
from models.database import Store
from models.errors import RefusedError
from models.notice import Campaign
from notifications.campaign import get_campaign
from notifications.safety.campaign_lint import campaign_variants, left_to_people, lint_campaign
from notifications.texts.notice_text import NoticeDetails, render_part
from response.plan import find_incident
from response.telling.disclosure import deliver_campaign
from response.telling.steering import (
    approve_notices,
    cancel_notices,
    pause_notices,
    prepare_more,
    resume_notices,
)

notice = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Show, check, send and balance the notices of an incident.",
)
APPS = {"notice": notice}
notice.command("plan")(notice_plan.plan)
notice.command("progress")(notice_plan.progress)
notice.command("balance")(notice_balance.balance)
notice.command("post")(notice_post.post)
notice.command("posted")(notice_post.posted_)
notice.command("returned")(notice_post.returned_)
notice.command("substitute")(notice_public.substitute)
notice.command("published")(notice_public.published)

IncidentId = Annotated[str, typer.Argument(metavar="INC")]
CampaignId = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Such as INC-2026-0001/N1.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


@notice.command("list")
def list_(incident: IncidentId, as_json: AsJson = False) -> None:
    """List the campaigns of an incident."""
    query = select(Campaign).where(Campaign.incident_id == incident).order_by(col(Campaign.prepared_at))
    with opened().reading() as session:
        find_incident(session, incident)
        rows = session.exec(query).all()
    if as_json:
        show_json([row.model_dump() for row in rows])
        return
    show_table(
        "Campaigns",
        ("campaign", "message", "status", "people", "approved by", "stopped because"),
        [(r.id, r.message, r.status, r.audience, ", ".join(r.approved_by), r.stopped_because) for r in rows],
    )


@notice.command()
def lint(campaign: CampaignId, as_json: AsJson = False) -> None:
    """Check every text a campaign would send, and every recipient; exit 1 when it must not be sent."""
    store = opened()
    with store.reading() as session:
        found = get_campaign(session, campaign)
        findings, notes = lint_campaign(store, session, found), left_to_people(found)
    if as_json:
        show_json({"findings": [asdict(each) for each in findings], "left_to_people": notes})
    else:
        for finding in findings:
            say(f"{finding.place}: {finding.problem}")
        for rule, word in notes:
            say(f"Look at it: {rule} wants {word} told, where it can be.")
        say(f"{counted(len(findings), 'finding')}.")
    if findings:
        raise typer.Exit(1)


@notice.command()
def preview(
    campaign: CampaignId,
    part: Annotated[
        str, typer.Option("--part", help="subject.txt, body.txt, body.html or sms.txt.")
    ] = "body.txt",
    as_json: AsJson = False,
) -> None:
    """Show one text per language and legal surroundings, as a made-up reader would get it."""
    with opened().reading() as session:
        found = get_campaign(session, campaign)
        variants = {(v.language, v.place or v.profile): v for v in campaign_variants(session, found)}
    details = NoticeDetails.from_json(found.details)
    texts = {
        key: render_part(part, found.message, details, variant, found.drill)
        for key, variant in sorted(variants.items())
    }
    if as_json:
        show_json([{"language": key[0], "law": key[1], "part": part, "text": texts[key]} for key in texts])
        return
    for (language, law), text in texts.items():
        say(f"--- {language}, {law}")
        say(text)


@notice.command()
def prepare(
    incident: IncidentId,
    staff: As,
    message: Annotated[str, typer.Option("--message", help="The folder of templates.")] = "breach-notice",
    area: Annotated[
        list[str] | None, typer.Option("--area", help="Only these places, such as US-CA.")
    ] = None,
) -> None:
    """Prepare another campaign beside the plan's, for whoever was not told yet."""
    with opened().work() as unit:
        made = prepare_more(unit, incident, staff, message, area or ())
    say(
        f"{made.id} is prepared for {made.audience} people; two others approve it: tocsin notice approve {made.id}"
    )


@notice.command()
def approve(campaign: CampaignId, staff: As) -> None:
    """Give one of the two approvals of a campaign beside the plan's; who asked for it can't."""
    from console.launch import deliver

    store = opened()
    with store.work() as unit:
        done = approve_notices(unit, campaign, staff)
    say(f"{done.id} is {done.status}, approved by {', '.join(done.approved_by)}.")
    if done.status != "approved":
        return
    if not done.drill and deliver(store.settings, done.id):
        say(f"The engine delivers it: tocsin notice progress {done.id}")
    else:
        later = "" if done.drill else " `tocsin up` delivers it as soon as it runs."
        say(f"Send it: tocsin notice send {done.id}{later}")


@notice.command()
def send(campaign: CampaignId) -> None:
    """Deliver what is due of an approved campaign now, beside or instead of the engine."""
    import os
    import time

    store, stopped = opened(), ""
    with bar(f"Telling people ({campaign})") as advance:
        more = True
        while more:
            outcome = deliver_campaign(store, campaign, f"cli-{os.getpid()}")
            advance(0, outcome.progress or 0.0)
            with store.reading() as session:
                stopped = get_campaign(session, campaign).stopped_because
            more = (
                outcome.more
                and not outcome.parked
                and outcome.wait_seconds < PATIENCE_SECONDS
                and not stopped
            )
            time.sleep(outcome.wait_seconds if more else 0)
    if stopped:
        say(stopped)
        raise typer.Exit(1)
    say(
        "Done."
        if not outcome.more
        else "What is left waits for its time or for a person; see `tocsin notice balance`."
    )


PATIENCE_SECONDS = 10.0


@notice.command()
def receipts(
    mailbox: Annotated[
        str | None,
        typer.Option("--mailbox", help="maildir:/folder; else TOCSIN_BOUNCE_MAILBOX.", envvar=[]),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the bounce mailbox once, and tell by SMS or letter whom a mail did not reach."""
    from response.telling.receiving import mailbox_of, receive

    store = opened()
    if not (mailbox or mailbox_of(store.settings)):
        raise RefusedError(
            "No bounce mailbox is set.", remedy="Set TOCSIN_BOUNCE_MAILBOX, or name one with --mailbox."
        )
    found = receive(store, address=mailbox)
    if as_json:
        show_json({"mails": dict(found.mails), "delivered": list(found.delivered)})
        return
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(found.mails.items())) or "no new mail"
    say(f"Bounce mailbox: {told}. Campaigns that went on: {', '.join(found.delivered) or 'none'}.")


@notice.command()
def pause(campaign: CampaignId, staff: As, reason: Why) -> None:
    """Stop claiming more people; what is claimed already is still recorded."""
    with opened().work() as unit:
        done = pause_notices(unit, campaign, staff, reason)
    say(f"{done.id} is {done.status}.")


@notice.command()
def resume(campaign: CampaignId, staff: As) -> None:
    """Let a paused campaign go on where it stopped."""
    store = opened()
    with store.work() as unit:
        done = resume_notices(unit, campaign, staff)
    _wake(store, done)


@notice.command()
def cancel(campaign: CampaignId, staff: As, reason: Why) -> None:
    """End a campaign for good; whoever was not told yet can be told by another one."""
    store = opened()
    with store.work() as unit:
        done = cancel_notices(unit, campaign, staff, reason)
    _wake(store, done)


def _wake(store: Store, campaign: Campaign) -> None:
    from console.launch import wake

    say(f"{campaign.id} is {campaign.status}.")
    if not wake(store.settings, campaign.incident_id):
        say("The engine does not answer; the plan goes on as soon as `tocsin up` runs.")
