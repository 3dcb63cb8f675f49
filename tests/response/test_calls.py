"""Calling people: who is called about what, by which words, and that no call is lost when a provider is away."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.call import Call
from models.clock import VirtualClock
from models.database import Store
from models.incident import Incident
from notifications.channels.rehearsal.mail import received_mails
from notifications.channels.rehearsal.servers import rehearsal_text_folder, running
from notifications.channels.rehearsal.text import texts_by_number
from notifications.targets import rehearsal_mail_folder
from response import actions, leases
from response.calling.call_bundles import take_bundles
from response.calling.call_sending import MOST_ATTEMPTS, send_waiting_calls
from response.calling.call_texts import alarms_with_words, call_text
from response.context import StepOutcome
from response.deadlines import page, watch
from response.decisions import answer
from response.organisation import sample_text
from response.staff import import_staff
from response.steps import run_step
from tests.response.conftest import SMALL_PLAN, declare


@pytest.fixture
def bank(store: Store) -> str:
    """Give an incident of the small plan in a bank with its whole contact tree."""
    incident_id = declare(store)
    import_staff(store, sample_text(), "organisation.yaml", by="tocsin")
    return incident_id


@pytest.fixture
def asked(store: Store, bank: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bring the plan to its approval by legal and data protection."""
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    leases.take(store, bank, "runner")
    run_step(store, bank, "assess", "runner")
    run_step(store, bank, "look", "runner")
    answer(store, f"{bank}/look", "lead-1", "answer", document=b"{cause: a key on a wiki}")
    with store.work() as unit:
        for call in unit.session.exec(select(Call)).all():
            unit.session.delete(call)
    run_step(store, bank, "agree", "runner")
    return bank


@pytest.fixture
def serving(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with running(store.settings.home) as servers:
        monkeypatch.setattr(store.settings, "rehearsal_smtp_port", servers.smtp_port)
        monkeypatch.setattr(store.settings, "rehearsal_http_port", servers.http_port)
        yield store


def queued(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        rows = session.exec(select(Call).where(Call.status == "queued").order_by(col(Call.id)))
        return [(row.kind, row.staff_id) for row in rows if row.channel == "email"]


def statuses(store: Store) -> Counter[str]:
    with store.reading() as session:
        return Counter(session.exec(select(Call.status)).all())


def test_question_calls_those_who_may_answer_and_their_deputies_only_later(store: Store, asked: str) -> None:
    assert queued(store) == [("question", "dpo-1"), ("question", "legal-1")]


def test_half_the_time_over_reminds_those_who_have_not_answered_and_deputies_once(
    store: Store, asked: str, clock: VirtualClock
) -> None:
    answer(store, f"{asked}/agree", "legal-1", "approve")
    clock.advance(timedelta(minutes=61))
    assert watch(store).reminded == (f"{asked}/agree",)
    assert watch(store).reminded == ()
    assert [who for kind, who in queued(store) if kind == "reminder"] == [
        "dpo-1",
        "exec-1",
        "dpo-2",
        "exec-2",
        "legal-2",
    ]


def test_plan_says_when_people_are_reminded_and_each_time_is_once(
    store: Store, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    plan = SMALL_PLAN.replace("on_completion: look", "on_completion: agree").replace(
        "      on_timeout: refuse\n", "      on_timeout: refuse\n      reminders: [PT10M, PT30M]\n"
    )
    incident_id = declare(store, plan)
    leases.take(store, incident_id, "runner")
    for step in ("assess", "agree"):
        run_step(store, incident_id, step, "runner")
    reminded = []
    for _ in range(12):
        clock.advance(timedelta(minutes=5))
        reminded.append(len(watch(store).reminded))
    assert reminded == [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_alarm_calls_those_who_lead(store: Store, bank: str) -> None:
    with store.work() as unit:
        page(unit, unit.session.get_one(Incident, bank), "obligation:late", obligation="x")
    assert [who for _, who in queued(store)] == ["dpo-1", "lead-1", "dpo-2", "lead-2"]


def test_alarms_of_one_kind_are_one_message_to_each_person(serving: Store, bank: str) -> None:
    with serving.work() as unit:
        for hour in range(12):
            due = f"2026-03-03T{11 - hour:02}:00:00Z"
            page(
                unit,
                unit.session.get_one(Incident, bank),
                "obligation:late",
                obligation=f"duty-{hour}",
                due_at=due,
            )
    assert send_waiting_calls(serving) == 8  # four people, by mail and by SMS
    assert statuses(serving) == {"sent": 96}
    assert set(texts_by_number(rehearsal_text_folder(serving.settings.home)).values()) == {1}


def test_alarms_of_two_kinds_are_two_messages_and_an_approval_is_one_of_its_own(
    serving: Store, asked: str
) -> None:
    with serving.work() as unit:
        incident = unit.session.get_one(Incident, asked)
        for about in ("obligation:late", "obligation:late", "obligation:due_soon"):
            page(unit, incident, about, obligation="x")
    assert [send_waiting_calls(serving), send_waiting_calls(serving)] == [4 + 8, 8]


def test_message_about_many_lists_the_most_urgent_and_counts_the_others() -> None:
    late = [{"obligation": f"duty-{place}", "due_at": "2026-03-03T07:00:00Z"} for place in range(12)]
    text = call_text("alarm", "en", incident="INC-2026-0001", about="obligation:late", details=late)
    assert text.subject == "INC-2026-0001: a duty of law was not met in time (12 in all)"
    lines = text.body.splitlines()
    assert lines[1:11] == [f"- due_at: 2026-03-03T07:00:00Z, obligation: duty-{place}" for place in range(10)]
    assert lines[11] == "and 2 more"


def test_bundle_begins_with_what_is_most_urgent(store: Store, bank: str) -> None:
    with store.work() as unit:
        for day in (3, 1, 2):
            incident = unit.session.get_one(Incident, bank)
            page(unit, incident, "obligation:late", obligation=f"duty-{day}", due_at=f"2026-03-0{day}")
    with store.reading() as session:
        bundles = take_bundles(session, select(Call).order_by(col(Call.id)))
    assert [[call.detail["obligation"] for call in bundle] for bundle in bundles] == [
        ["duty-1", "duty-2", "duty-3"]
    ] * 8


def test_call_goes_out_by_mail_and_sms_with_a_link_of_its_own(serving: Store, asked: str) -> None:
    assert send_waiting_calls(serving) == 4
    assert send_waiting_calls(serving) == 0
    mails = {entry["to"][0] for entry in received_mails(rehearsal_mail_folder(serving.settings.home))}
    assert mails == {"amara.lindqvist@lantern-bay.example", "yian.shen@lantern-bay.example"}
    assert texts_by_number(rehearsal_text_folder(serving.settings.home)) == {
        "+442079460105": 1,
        "+442079460107": 1,
    }
    with serving.reading() as session:
        digests = [call.token_digest for call in session.exec(select(Call))]
    assert len(set(digests)) == 4


def test_call_about_what_was_settled_meanwhile_is_dropped(serving: Store, asked: str) -> None:
    answer(serving, f"{asked}/agree", "legal-1", "refuse", reason="Not yet.")
    assert send_waiting_calls(serving) == 0
    assert statuses(serving) == {"dropped": 4}


def test_alarm_about_what_outlives_its_incident_goes_out_after_closure(serving: Store, bank: str) -> None:
    with serving.work() as unit:
        incident = unit.session.get_one(Incident, bank)
        for about in ("action:overdue", "obligation:late"):
            page(unit, incident, about, obligation="x")
        incident.status = "closed"
    assert send_waiting_calls(serving) == 8
    assert statuses(serving) == {"sent": 8, "dropped": 8}


def test_alarm_about_the_house_says_where_to_look() -> None:
    text = call_text("alarm", "en", about="action:overdue", details=[{"action": "EXT-2026-0001/A1"}])
    assert text.subject == "Tocsin: a corrective action is overdue"
    assert text.sms == "Tocsin: a corrective action is overdue. tocsin action list --overdue"


def test_call_is_tried_again_until_it_is_given_up_with_an_entry(
    store: Store, asked: str, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rehearsal_smtp_port", "rehearsal_http_port"):
        monkeypatch.setattr(store.settings, name, 9)
    with store.work() as unit:  # the question stays open all the while
        unit.session.exec(select(Call)).all()
    for _ in range(MOST_ATTEMPTS):
        assert send_waiting_calls(store) == 0
        clock.advance(timedelta(minutes=11))
    assert statuses(store) == {"failed": 4}


def test_call_that_cannot_be_written_holds_no_other_back(
    serving: Store, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def choke(_target: object, address: str, *_words: str) -> None:
        raise ValueError(address)

    monkeypatch.setattr("response.calling.call_sending.call_by_mail", choke)
    assert send_waiting_calls(serving) == 2
    assert statuses(serving) == {"queued": 2, "sent": 2}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["question", "reminder", "alarm", "check"])
def test_every_call_has_words_in_every_language(kind: str, language: str) -> None:
    text = call_text(
        kind, language, incident="INC-2026-0001", about="obligation:late", question="Q?", link="http://x/y"
    )
    assert all((text.subject, text.body.strip(), text.sms))
    assert alarms_with_words("en") == alarms_with_words("zh")


def test_drill_says_so_in_every_part() -> None:
    text = call_text("question", "en", incident="DRL-2026-0001", question="Shall we?", drill=True)
    assert text.subject.startswith("DRILL ")
    assert text.body.startswith("DRILL ")
    assert text.sms.startswith("DRILL ")


def test_short_message_of_a_question_fits_two_segments() -> None:
    link = "https://tocsin.lantern-bay.example/answer/" + "x" * 43
    text = call_text("question", "en", incident="INC-2026-0001", question="Q?", link=link)
    assert len(text.sms) <= 306
