"""A whole campaign meets an SMS provider that refuses, is busy, fails or is away: nobody is lost or told twice."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from models.clock import system_clock
from models.database import Store
from models.ledger import LedgerEntry
from models.notice import Campaign, Delivery
from notifications.balance import balance
from notifications.campaign import approve_campaign, get_campaign, prepare_campaign, resume_campaign
from notifications.channels.rehearsal.servers import Rehearsal, running
from notifications.channels.rehearsal.text import TextFault, texts_by_number
from notifications.import_people import import_people
from notifications.targets import REHEARSAL_ACCOUNT, REHEARSAL_TOKEN
from notifications.texts.notice_text import NoticeDetails
from playbooks.planner import StepResult
from response.context import StepContext, StepOutcome
from response.telling.disclosure import deliver, deliver_campaign
from tests.support.ports import spare_port
from tests.support.steps import declared, step

COUNT = 40
EVERYBODY = {f"+659123{n:04d}": 1 for n in range(COUNT)}
DAY = timedelta(days=1)


@pytest.fixture
def provider(store: Store) -> Iterator[Rehearsal]:
    """Run a provider whose account and token stand in the settings, as a bank's would."""
    with running(store.settings.home) as servers:
        store.settings.rehearsal_smtp_port = servers.smtp_port
        store.settings.twilio_account_sid = REHEARSAL_ACCOUNT
        store.settings.twilio_auth_token = SecretStr(REHEARSAL_TOKEN)
        store.settings.twilio_base_url = servers.http_url
        yield servers


@pytest.fixture
def delivery(store: Store, provider: Rehearsal, tmp_path: Path) -> StepContext:
    """Give the plan's step that delivers an approved campaign to people with a phone only."""
    incident = declared(store)
    people = tmp_path / "people.csv"
    people.write_text("id,phone,place\n" + "".join(f"{n},9123{n:04d},SG\n" for n in range(COUNT)))
    import_people(store, incident.id, people)
    said = NoticeDetails("Example Bank", incident.id, "help@bank.example", "+65 6123 4567")
    with store.work() as unit:
        campaign_id = prepare_campaign(unit, incident, "breach-notice", said).id
        approve_campaign(unit, campaign_id, ("comms-1", "dpo-1"))
    prepared = StepResult("done", values={"campaign": campaign_id})
    context = step(store, incident, "deliver_notice", {"campaign": "prepare"})
    return StepContext(**{**vars(context), "results": {"prepare": prepared}})


def campaign_of(context: StepContext) -> Campaign:
    with context.store.reading() as session:
        return get_campaign(session, f"{context.incident.id}/N1")


def resume(context: StepContext) -> None:
    with context.store.work() as unit:
        resume_campaign(unit, campaign_of(context).id, actor="comms-1")


def until_done(context: StepContext, later: timedelta = timedelta(0)) -> StepOutcome:
    """Call as the engine does, with a machine's clock that runs ahead, until nothing is left."""
    for turn in range(20):
        clock: Callable[[], Any] = lambda at=turn: system_clock() + later * (at + 1)  # noqa: E731
        outcome = deliver_campaign(context.store, campaign_of(context).id, "worker-1", machine=clock)
        if not outcome.more:
            return outcome
    raise AssertionError(campaign_of(context))


def told_once(context: StepContext, provider: Rehearsal) -> None:
    """Hold against the provider's own count, the register and the campaign that all is well."""
    assert texts_by_number(provider.text_folder) == EVERYBODY
    with context.store.reading() as session:
        found = balance(session, context.incident.id)
    assert (found.counts["sent"], found.affected, found.is_exact) == (COUNT, COUNT, True)
    assert campaign_of(context).status == "done"


def in_balance(context: StepContext) -> Counter[str]:
    with context.store.reading() as session:
        found = balance(session, context.incident.id)
    assert found.is_exact
    return Counter({status: count for status, count in found.counts.items() if count})


def pages(context: StepContext) -> list[str]:
    with context.store.reading() as session:
        found = select(LedgerEntry.document).where(LedgerEntry.tag == "person:paged")
        return [json.loads(document)["body"]["about"] for document in session.execute(found).scalars()]


def tries(context: StepContext) -> Counter[int]:
    with context.store.reading() as session:
        return Counter(session.execute(select(Delivery.attempts)).scalars())


def test_campaign_pauses_where_the_token_is_wrong_and_goes_on_once_it_is_mended(
    delivery: StepContext, provider: Rehearsal
) -> None:
    delivery.store.settings.twilio_auth_token = SecretStr("wrong")
    assert deliver(delivery).more
    paused = campaign_of(delivery)
    assert (paused.status, in_balance(delivery)) == ("paused", {"queued": COUNT})
    assert "refuses the account or its token (401)" in paused.stopped_because
    assert "Mend TOCSIN_TWILIO_ACCOUNT_SID and TOCSIN_TWILIO_AUTH_TOKEN" in paused.stopped_because
    assert "tocsin notice resume" in paused.stopped_because
    assert deliver(delivery).more
    assert pages(delivery) == ["campaign:paused"]  # once, however often the engine looks
    delivery.store.settings.twilio_auth_token = SecretStr(REHEARSAL_TOKEN)
    resume(delivery)
    assert not deliver(delivery).more
    told_once(delivery, provider)


def test_campaign_stops_where_the_token_is_withdrawn_on_the_way(
    delivery: StepContext, provider: Rehearsal
) -> None:
    provider.text.faults.append(TextFault(401, 20003, times=COUNT, to="+6591230007"))
    for _ in range(10):  # more often than a letter is tried: the refusal was not about this person
        deliver(delivery)
        assert campaign_of(delivery).stopped_because.startswith(
            "sms: credentials (20003). Mend TOCSIN_TWILIO_"
        )
        assert in_balance(delivery)["rejected"] == 0
        resume(delivery)
    provider.text.faults.clear()
    until_done(delivery)
    told_once(delivery, provider)
    assert pages(delivery) == ["campaign:paused"] * 10


def test_campaign_waits_where_the_provider_asks_for_a_moment(
    delivery: StepContext, provider: Rehearsal
) -> None:
    provider.text.faults.append(TextFault(429, 20429, times=5, retry_after=0))
    assert not deliver(delivery).more
    told_once(delivery, provider)
    assert tries(delivery) == {1: COUNT}


def test_campaign_leaves_the_provider_alone_for_as_long_as_it_asks(
    delivery: StepContext, provider: Rehearsal
) -> None:
    fault = TextFault(429, 20429, times=999, retry_after=3600)
    provider.text.faults.append(fault)
    assert deliver(delivery).more
    asked = fault.times
    assert (campaign_of(delivery).status, in_balance(delivery)) == ("sending", {"deferred": COUNT})
    waiting = deliver(delivery)
    assert (waiting.more, fault.times) == (True, asked)
    assert "asks to wait" in campaign_of(delivery).stopped_because
    assert pages(delivery) == ["channel:unavailable"]
    provider.text.faults.clear()
    until_done(delivery, DAY)
    told_once(delivery, provider)


@pytest.mark.parametrize("kept", [False, True])
def test_campaign_asks_what_became_of_messages_at_which_the_provider_failed(
    delivery: StepContext, provider: Rehearsal, kept: bool
) -> None:
    provider.text.faults.append(TextFault(500, 20500, times=7, kept=kept))
    assert deliver(delivery).more
    assert in_balance(delivery) == {"sent": COUNT - 7, "unknown": 7}
    assert len(texts_by_number(provider.text_folder)) == COUNT - (0 if kept else 7)
    until_done(delivery, DAY)
    told_once(delivery, provider)


def test_campaign_never_resends_while_nobody_can_say_what_became_of_messages(
    delivery: StepContext, provider: Rehearsal
) -> None:
    provider.text.faults.append(TextFault(500, 20500, times=7, kept=True))
    deliver(delivery)
    away = TextFault(503, times=999, method="")
    provider.text.faults.append(away)
    for _ in range(3):
        later = lambda: system_clock() + DAY  # noqa: E731
        assert deliver_campaign(delivery.store, campaign_of(delivery).id, machine=later).more
        assert in_balance(delivery) == {"sent": COUNT - 7, "unknown": 7}
    provider.text.faults.remove(away)
    until_done(delivery, 2 * DAY)
    told_once(delivery, provider)


def test_campaign_calls_people_where_the_token_is_wrong_while_outcomes_are_unknown(
    delivery: StepContext, provider: Rehearsal
) -> None:
    provider.text.faults.append(TextFault(500, 20500, times=7, kept=True))
    deliver(delivery)
    delivery.store.settings.twilio_auth_token = SecretStr("wrong")
    later = lambda: system_clock() + DAY  # noqa: E731
    assert deliver_campaign(delivery.store, campaign_of(delivery).id, machine=later).more
    assert in_balance(delivery) == {"sent": COUNT - 7, "unknown": 7}
    assert "Mend TOCSIN_TWILIO_ACCOUNT_SID" in campaign_of(delivery).stopped_because
    assert pages(delivery) == ["channel:unavailable"]
    delivery.store.settings.twilio_auth_token = SecretStr(REHEARSAL_TOKEN)
    until_done(delivery, 2 * DAY)
    told_once(delivery, provider)


@pytest.mark.parametrize("fault", ["away", "failing"])
def test_campaign_goes_on_by_itself_when_the_provider_is_back(
    delivery: StepContext, provider: Rehearsal, fault: str
) -> None:
    settings, address = delivery.store.settings, provider.http_url
    if fault == "away":
        settings.twilio_base_url = f"http://127.0.0.1:{spare_port()}"
    else:
        provider.text.faults.append(TextFault(500, method="GET"))
    first = deliver(delivery)
    assert (first.more, first.wait_seconds > 0) == (True, True)
    assert (campaign_of(delivery).status, in_balance(delivery)) == ("sending", {"queued": COUNT})
    assert "SMS provider" in campaign_of(delivery).stopped_because
    assert pages(delivery) == ["channel:unavailable"]
    settings.twilio_base_url = address
    assert not deliver(delivery).more
    told_once(delivery, provider)
    assert campaign_of(delivery).stopped_because == ""
