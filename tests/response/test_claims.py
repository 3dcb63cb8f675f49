"""Claims: registered and owned, decided by as many people as it takes, paid once at most, watched after closure."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import select

from models.call import Call
from models.claim import Claim, ClaimVerdict
from models.clock import VirtualClock
from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError, TocsinError
from models.incident import Incident
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.money import Money, money
from models.vocabulary import ClaimKind, ClaimStatus, IncidentStatus
from notifications.import_people import import_people
from response.closure import closure_gaps
from response.deadlines import watch
from response.erasing.erasure import erase_incident
from response.losses.claim_decisions import decide_claim, pay_claim
from response.losses.claim_handover import HandedOver, claims_without_owner, open_claims, overdue_claims
from response.losses.claim_record import find_claim, list_claims, voices
from response.losses.claim_rules import (
    ALLOWED,
    Verdict,
    Voice,
    accepted_by,
    is_decided,
    must_allow,
    voices_needed,
)
from response.losses.claims import (
    Demand,
    assign_claim,
    end_of_day,
    read_claim,
    register_claim,
    withdraw_claim,
)
from response.organisation import sample_text
from tests.support.steps import declared
from tests.support.traces import traces

WORDS = "My account was emptied after the breach. 账户被盗刷。"
EUR_500, EUR_5000 = money("500", "EUR"), money("5000", "EUR")


@pytest.fixture
def incident(store: Store) -> Incident:
    found = declared(store)
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    return found


def register(store: Store, incident: Incident, amount: Money | None = EUR_500, **more: object) -> Claim:
    by = str(more.pop("by", "care-1"))
    demand = Demand(WORDS, ClaimKind.FINANCIAL_LOSS, amount=amount, **more)  # type: ignore[arg-type]
    with store.work() as unit:
        return register_claim(unit, incident.id, demand, by)


def decide(store: Store, claim: str, verdict: str, by: str, given: Money | None = None) -> Claim:
    with store.work() as unit:
        return decide_claim(unit, claim, Verdict(verdict), f"Said by {by}", by, given)


def pay(store: Store, claim: str, amount: Money, by: str = "care-1") -> Claim:
    with store.work() as unit:
        return pay_claim(unit, claim, amount, "TX-4711", by)


def accepted(store: Store, incident: Incident) -> Claim:
    return decide(store, register(store, incident).id, "accept", "legal-1")


def tags(store: Store, subject: str = "claim:") -> list[dict]:
    with store.reading() as session:
        read = [json.loads(entry.document) for entry in session.exec(select(LedgerEntry))]
    return [each for each in read if each["tag"].startswith(subject)]


def refused(
    store: Store, act: Callable[[Work], object], said: str, kind: type[TocsinError] = RefusedError
) -> None:
    before = tags(store)
    with pytest.raises(kind, match=said), store.work() as unit:
        act(unit)
    assert tags(store) == before


def test_claim_goes_its_way_and_each_step_is_in_the_ledger(store: Store, incident: Incident) -> None:
    claim = register(store, incident)
    assert (claim.id, claim.status, claim.assigned_to) == (f"{incident.id}/C1", "received", "legal-1")
    with store.work() as unit:
        assign_claim(unit, claim.id, "legal-2", None, "care-1")
    assert decide(store, claim.id, "accept", "legal-2").accepted == Decimal("500.00")
    done = pay(store, claim.id, EUR_500)
    assert (done.status, done.paid, done.paid_by, done.due_at) == ("paid", Decimal("500.00"), "care-1", None)
    assert [each["tag"].partition(":")[2] for each in tags(store)] == [
        "registered", "assigned", "decided", "paid",
    ]  # fmt: skip
    with store.reading() as session:
        assert read_claim(store, session, claim.id, "dpo-1") == (WORDS, "TX-4711")


def test_ledger_and_columns_hold_neither_words_nor_the_amount_of_a_person(
    store: Store, incident: Incident
) -> None:
    claim = accepted(store, incident)
    pay(store, claim.id, EUR_500)
    said = json.dumps(tags(store), ensure_ascii=False)
    assert not re.search(r"(?<![0-9a-f])500(?![0-9a-f])", said)  # digests may hold any digits
    assert not [word for word in ("emptied", "账户", "TX-4711", "Said by") if word in said]
    with store.reading() as session:
        row = find_claim(session, claim.id)
    assert b"emptied" not in row.sealed
    assert b"4711" not in (row.sealed_payment or b"")


def test_above_the_limit_two_people_must_say_the_same(store: Store, incident: Incident) -> None:
    claim = register(store, incident, EUR_5000)
    assert decide(store, claim.id, "accept", "legal-1").status == "assessing"
    assert decide(store, claim.id, "partly", "dpo-1", EUR_500).status == "assessing"
    refused(store, lambda unit: pay_claim(unit, claim.id, EUR_500, "x", "care-1"), "is assessing")
    done = decide(store, claim.id, "partly", "exec-1", EUR_500)
    assert (done.status, done.accepted) == ("partly_accepted", Decimal("500.00"))
    assert tags(store)[-1]["body"]["people"] == ["dpo-1", "exec-1"]
    with store.reading() as session:
        assert [voice.by for voice in voices(session, claim.id)] == ["legal-1", "dpo-1", "exec-1"]


@pytest.mark.parametrize("amount", [None, money("500", "USD")])
def test_unknown_amount_and_currency_without_a_limit_take_two(
    store: Store, incident: Incident, amount: Money | None
) -> None:
    claim = register(store, incident, amount)
    assert decide(store, claim.id, "refuse", "legal-1").status == "assessing"
    assert decide(store, claim.id, "refuse", "dpo-1").status == "refused"


def test_who_registered_a_claim_does_not_decide_it_alone(store: Store, incident: Incident) -> None:
    claim = register(store, incident, by="legal-1")
    assert decide(store, claim.id, "accept", "legal-1").status == "assessing"
    refused(
        store,
        lambda unit: decide_claim(unit, claim.id, Verdict.ACCEPT, "Again", "legal-1"),
        "said so already",
    )
    assert decide(store, claim.id, "accept", "dpo-1").status == "accepted"


def test_decision_needs_a_reason_a_role_and_an_amount_that_fits(store: Store, incident: Incident) -> None:
    claim = register(store, incident).id
    for verdict, amount, reason, by, said in (
        ("refuse", None, " ", "legal-1", "needs its reason"),
        ("refuse", EUR_500, "no", "legal-1", "accepts nothing"),
        ("accept", EUR_5000, "yes", "legal-1", "500.00 EUR is claimed"),
        ("partly", EUR_500, "some", "legal-1", "500.00 EUR is claimed"),
        ("partly", None, "some", "legal-1", "needs the amount"),
        ("partly", money("1", "USD"), "some", "legal-1", "claim is in EUR"),
        ("accept", None, "yes", "care-1", "may not do this"),
    ):
        refused(
            store,
            lambda unit, a=(reason, by, amount), v=verdict: decide_claim(unit, claim, Verdict(v), *a),
            said,
            TocsinError,
        )
    with store.reading() as session:
        assert find_claim(session, claim).status == "received"


def test_payment_is_made_once_after_the_decision_of_no_more_than_accepted_by_another(
    store: Store, incident: Incident
) -> None:
    claim = register(store, incident).id
    refused(store, lambda unit: pay_claim(unit, claim, EUR_500, "x", "care-1"), "is received")
    decide(store, claim, "accept", "legal-1")
    for amount, by, said in (
        (money("500.01", "EUR"), "care-1", "at most 500.00 EUR"),
        (money("0", "EUR"), "care-1", "at most 500.00 EUR"),
        (money("500", "USD"), "care-1", "at most 500.00 EUR"),
        (EUR_500, "legal-1", "took part in deciding"),
        (EUR_500, "audit-1", "may not do this"),
    ):
        refused(store, lambda unit, a=(amount, "x", by): pay_claim(unit, claim, *a), said, TocsinError)
    early = store.clock() - timedelta(hours=1)
    refused(
        store,
        lambda unit: pay_claim(unit, claim, EUR_500, "x", "care-1", early),
        "before the decision",
        InvalidInputError,
    )
    pay(store, claim, money("400", "EUR"))
    refused(store, lambda unit: pay_claim(unit, claim, money("100", "EUR"), "x", "care-1"), "is paid")


def test_claim_that_is_wrong_is_refused(store: Store, incident: Incident) -> None:
    later = store.clock() + timedelta(days=1)
    for change, kind in (
        ({"text": " "}, InvalidInputError),
        ({"channel": "pigeon"}, InvalidInputError),
        ({"amount": money("0", "EUR")}, InvalidInputError),
        ({"claimed_at": later}, InvalidInputError),
        ({"person": 99}, NotFoundError),
    ):
        demand = Demand(**{"text": WORDS, "kind": ClaimKind.OTHER, **change})  # type: ignore[arg-type]
        refused(store, lambda unit, d=demand: register_claim(unit, incident.id, d, "care-1"), ".", kind)
    demand = Demand(WORDS, ClaimKind.OTHER)
    refused(store, lambda unit: register_claim(unit, "INC-1999-0001", demand, "care-1"), ".", NotFoundError)
    refused(store, lambda unit: register_claim(unit, incident.id, demand, "resp-1"), "may not")


def test_term_is_the_laws_of_the_persons_place_else_the_houses(
    store: Store, incident: Incident, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,phone,place\n7,+447700900123,GB\n")
    import_people(store, incident.id, people)
    british, unknown = register(store, incident, person=1), register(store, incident)
    assert british.due_at is not None
    assert british.citation is not None
    assert "DISP 1.6.2R" in british.citation
    assert (unknown.due_at, unknown.citation) == (store.clock() + timedelta(days=30), None)
    after = british.due_at + timedelta(days=1)
    refused(
        store,
        lambda unit: assign_claim(unit, british.id, "legal-2", after, "care-1"),
        "law's term ends",
        InvalidInputError,
    )
    day = end_of_day(store.clock() + timedelta(days=3))
    with store.work() as unit:
        assert assign_claim(unit, unknown.id, "legal-2", day, "care-1").due_at == day
    with store.reading() as session:
        assert [row.id for row in list_claims(session)] == [unknown.id, british.id]


def test_withdrawn_claim_is_at_its_end(store: Store, incident: Incident) -> None:
    claim = accepted(store, incident).id
    with store.work() as unit:
        assert withdraw_claim(unit, claim, "Settled with the insurer", "care-1").status == "withdrawn"
    for act in (
        lambda unit: withdraw_claim(unit, claim, "Again", "care-1"),
        lambda unit: pay_claim(unit, claim, EUR_500, "x", "care-1"),
        lambda unit: decide_claim(unit, claim, Verdict.REFUSE, "no", "legal-1"),
        lambda unit: assign_claim(unit, claim, "legal-1", None, "care-1"),
    ):
        refused(store, act, "is withdrawn")


def test_open_claim_is_handed_over_at_closure_and_one_without_owner_holds_it_open(
    store: Store, incident: Incident
) -> None:
    claim = register(store, incident)
    with store.reading() as session:
        assert [gap.kind for gap in closure_gaps(session, incident.id)] == ["root_cause"]
        assert open_claims(session, incident.id) == (
            HandedOver(claim.id, "received", "legal-1", claim.due_at),
        )
    with store.work() as unit:
        row = find_claim(unit.session, claim.id)
        row.assigned_to = None
        unit.session.add(row)
    with store.reading() as session:
        assert claims_without_owner(session, incident.id) == (claim.id,)
        assert [gap.kind for gap in closure_gaps(session, incident.id)] == ["root_cause", "claim"]


def test_claim_past_its_term_is_called_about_each_week_after_closure_too(
    store: Store, incident: Incident, clock: VirtualClock
) -> None:
    claim = register(store, incident)
    with store.work() as unit:
        row = unit.session.get_one(Incident, incident.id)
        row.status, row.closed_at = IncidentStatus.CLOSED, clock()
        unit.session.add(row)
    assert watch(store).claims == ()
    clock.advance(timedelta(days=30))
    assert (watch(store).claims, watch(store).claims) == ((claim.id,), ())
    clock.advance(timedelta(days=7))
    assert watch(store).claims == (claim.id,)
    with store.reading() as session:
        called = set(session.exec(select(Call.staff_id).where(Call.about == "claim:overdue")))
    assert {"legal-1", "lead-1", "dpo-1"} <= called
    assert [each["tag"] for each in tags(store)].count("claim:overdue") == 2


def test_overdue_claims_of_a_drill_are_found_by_its_id_only(store: Store, clock: VirtualClock) -> None:
    drill = declared(store, drill=True)
    claim = register(store, drill)
    clock.advance(timedelta(days=31))
    with store.reading() as session:
        assert claim.drill
        assert overdue_claims(session, clock()) == list_claims(session) == []
        assert [row.id for row in list_claims(session, drill.id)] == [claim.id]
        assert [row.id for row, _ in overdue_claims(session, clock(), drill.id)] == [claim.id]


AMOUNTS = st.integers(1, 10**9).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))


@given(st.sampled_from(Verdict), st.none() | AMOUNTS, st.none() | AMOUNTS)
def test_no_verdict_accepts_more_than_is_claimed(
    verdict: Verdict, claimed: Money | None, given_: Money | None
) -> None:
    try:
        amount = accepted_by(verdict, claimed, given_)
    except InvalidInputError:
        return
    assert (amount is None) == (verdict is Verdict.REFUSE)
    if amount is not None and claimed is not None:
        assert amount.amount <= claimed.amount
        assert (verdict is Verdict.ACCEPT) == (amount == claimed)


VOICES = st.builds(
    Voice, st.sampled_from("abc"), st.sampled_from(Verdict), st.sampled_from([None, EUR_500, EUR_5000])
)


@given(st.lists(VOICES, min_size=1, max_size=6), st.sampled_from("abc"))
def test_above_the_limit_nothing_is_decided_by_one_person(said: list[Voice], registrar: str) -> None:
    *earlier, last = said
    needed = voices_needed(registrar, last, within_limit=False)
    assert needed == 2
    if is_decided(earlier, last, needed):
        assert earlier[-1].by != last.by
        assert (earlier[-1].verdict, earlier[-1].accepted) == (last.verdict, last.accepted)
    assert voices_needed(last.by, last, within_limit=True) == 2


class ClaimsLife(RuleBasedStateMachine):
    """Any order of acts: ends are ends, and paid never comes but after accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.path = [ClaimStatus.RECEIVED]

    def _act(self, act: str, to: ClaimStatus) -> None:
        try:
            must_allow(act, "C1", self.path[-1])
        except RefusedError:
            return
        self.path.append(to)

    @rule(
        to=st.sampled_from(
            [ClaimStatus.ASSESSING, ClaimStatus.ACCEPTED, ClaimStatus.PARTLY_ACCEPTED, ClaimStatus.REFUSED]
        )
    )
    def decide(self, to: ClaimStatus) -> None:
        self._act("decide", to)

    @rule()
    def pay(self) -> None:
        self._act("pay", ClaimStatus.PAID)

    @rule()
    def withdraw(self) -> None:
        self._act("withdraw", ClaimStatus.WITHDRAWN)

    @invariant()
    def ends_are_ends(self) -> None:
        ends = {ClaimStatus.REFUSED, ClaimStatus.PAID, ClaimStatus.WITHDRAWN}
        assert not ends & set(self.path[:-1])
        assert not any(set(states) & ends for states in ALLOWED.values())

    @invariant()
    def paid_follows_accepted(self) -> None:
        if self.path[-1] == ClaimStatus.PAID:
            assert self.path[-2] in {ClaimStatus.ACCEPTED, ClaimStatus.PARTLY_ACCEPTED}


TestClaimsLife = ClaimsLife.TestCase


def test_what_people_said_is_kept_as_it_was_said(store: Store, incident: Incident) -> None:
    claim = register(store, incident, EUR_5000)
    decide(store, claim.id, "accept", "legal-1")
    decide(store, claim.id, "accept", "dpo-1")
    with store.reading() as session:
        said = session.exec(select(ClaimVerdict).order_by(ClaimVerdict.number)).all()
    assert [(each.number, each.by, each.role, each.verdict) for each in said] == [
        (1, "legal-1", "legal", "accept"),
        (2, "dpo-1", "data_protection_officer", "accept"),
    ]


def closed_long_ago(store: Store, incident: Incident, clock: VirtualClock) -> None:
    with store.work() as unit:
        row = unit.session.get_one(Incident, incident.id)
        row.status, row.closed_at = IncidentStatus.CLOSED, clock()
        unit.session.add(row)
    clock.advance(timedelta(days=366 * 10))


def test_erasing_waits_for_open_claims_and_leaves_amounts_that_lead_to_nobody(
    store: Store, incident: Incident, clock: VirtualClock, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,phone,place\n7,+447700900123,GB\n")
    import_people(store, incident.id, people)
    claim = register(store, incident, person=1, law="GDPR Art. 82").id
    closed_long_ago(store, incident, clock)
    with pytest.raises(RefusedError, match="1 claims that are not settled"):
        erase_incident(store, incident.id, "dpo-1", "Period over")
    decide(store, claim, "accept", "legal-1")
    pay(store, claim, EUR_500)
    with store.reading() as session:
        before = find_claim(session, claim)
    erase_incident(store, incident.id, "dpo-1", "Period over")
    with store.reading() as session:
        row = find_claim(session, claim)
        assert (row.sealed, row.sealed_payment, row.person) == (b"", None, None)
        assert (row.amount, row.paid, row.status) == (Decimal("500.00"), Decimal("500.00"), "paid")
        with pytest.raises(RefusedError, match="destroyed"):
            read_claim(store, session, claim, "legal-1")
    assert before.sealed_payment is not None
    assert traces(store.settings.home, [before.sealed, before.sealed_payment]) == set()
    refused(
        store,
        lambda unit: register_claim(unit, incident.id, Demand(WORDS, ClaimKind.TIME), "care-1"),
        "destroyed",
    )
    assert audit_home(store).ok


def test_open_claims_of_a_drill_do_not_hold_its_erasure_up(store: Store, clock: VirtualClock) -> None:
    drill = declared(store, drill=True)
    register(store, drill)
    closed_long_ago(store, drill, clock)
    erase_incident(store, drill.id, "dpo-1", "Over")
