"""The gate refuses for each of its reasons alone: it names it, says what would settle it, and changes nothing."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from models.accountability import RootCause
from models.action import CorrectiveAction
from models.database import Store
from models.errors import RefusedError
from models.filing import Filing
from models.incident import Incident
from models.ledger import LedgerEntry
from models.notice import Campaign, Delivery
from models.obligation import Obligation
from models.people import DataSubject
from models.staff import Staff
from response.closure import close_by_hand
from response.duties import obligations_of
from tests.response.test_closure import act, add, ready

PERSON, DONE = 1, "done"


def remove(store: Store, table: type, key: str) -> None:
    with store.work() as unit:
        unit.session.delete(unit.session.get(table, key))


def reopened_duty(store: Store, incident: Incident, stage: str) -> Obligation:
    with store.work() as unit:
        duty = next(each for each in obligations_of(unit.session, incident.id) if each.stage == stage)
        duty.status = "open"
        unit.session.add(duty)
        return duty


def person(incident: Incident) -> DataSubject:
    return DataSubject(
        incident_id=incident.id,
        number=PERSON,
        place="DE",
        language="en",
        relation="customer",
        categories="",
        has_email=True,
        has_phone=False,
        identity=b"1",
    )


def campaign(store: Store, incident: Incident, status: str = DONE, audience: int = 0) -> Campaign:
    return Campaign(
        id=f"{incident.id}/N1",
        incident_id=incident.id,
        message="breach-notice",
        template_hash="-",
        facts_version=2,
        details={},
        status=status,
        audience=audience,
        prepared_at=store.clock(),
    )


def delivery(incident: Incident, status: str) -> Delivery:
    return Delivery(campaign_id=f"{incident.id}/N1", channel="email", person=PERSON, status=status)


def open_duty(store: Store, incident: Incident) -> None:
    reopened_duty(store, incident, "initial")


def late_duty_nobody_met(store: Store, incident: Incident) -> None:
    duty = reopened_duty(store, incident, "initial")
    with store.work() as unit:
        unit.session.merge(duty).status = "late"
        unit.session.merge(duty).met_at = None


def duty_waived_without_reason(store: Store, incident: Incident) -> None:
    duty = reopened_duty(store, incident, "initial")
    with store.work() as unit:
        row = unit.session.merge(duty)
        row.status, row.decided_by, row.reason = "waived", "lead-1", ""


def unsent_filing(store: Store, incident: Incident) -> None:
    duty = reopened_duty(store, incident, "initial")
    row = Filing(
        id=f"{duty.id}/1",
        incident_id=incident.id,
        obligation_id=duty.id,
        rule=duty.rule,
        form=duty.rule,
        stage="initial",
        authority="Authority",
        language="en",
        facts_version=2,
        content={},
        content_hash="-",
        drafted_at=store.clock(),
    )
    add(store, row)


def sending_campaign(store: Store, incident: Incident) -> None:
    add(store, campaign(store, incident, "sending"))


def unknown_outcome(store: Store, incident: Incident) -> None:
    add(store, person(incident), campaign(store, incident, audience=1), delivery(incident, "unknown"))


def person_in_no_campaign(store: Store, incident: Incident) -> None:
    add(store, person(incident), campaign(store, incident))


def unbalanced_register(store: Store, incident: Incident) -> None:
    add(store, person(incident), campaign(store, incident, audience=2), delivery(incident, "delivered"))


def people_without_campaign(store: Store, incident: Incident) -> None:
    reopened_duty(store, incident, "individuals")
    add(store, person(incident))


def standing_act(store: Store, incident: Incident) -> None:
    add(store, act(incident, store, "verified"))


def unsigned_cause(store: Store, incident: Incident) -> None:
    remove(store, RootCause, incident.id)


def no_action(store: Store, incident: Incident) -> None:
    remove(store, CorrectiveAction, f"{incident.id}/A1")


def action_of_one_who_left(store: Store, incident: Incident) -> None:
    with store.work() as unit:
        action = unit.session.get(CorrectiveAction, f"{incident.id}/A1")
        owner = unit.session.get(Staff, "resp-2")
        assert action is not None
        assert owner is not None
        action.owner, owner.active = owner.id, False
        unit.session.add_all((action, owner))


def bent_ledger(store: Store, incident: Incident) -> None:
    del incident
    (store.settings.home / "ledger" / "checkpoint").write_text("not a signed head")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (open_duty, ["duty .*: meet it, or waive it"]),
        (late_duty_nobody_met, ["duty .*: meet it, or waive it"]),
        (duty_waived_without_reason, ["duty .*: meet it, or waive it with a reason"]),
        (unsent_filing, ["duty .*: meet it", "filing .*: submit it"]),
        (sending_campaign, ["notice .*/N1: it is sending: finish or cancel it"]),
        (unknown_outcome, ["notice breach-notice: 1 people wait for an outcome"]),
        (person_in_no_campaign, ["notice breach-notice: 1 people are in no campaign"]),
        (unbalanced_register, ["notice breach-notice: the register does not balance"]),
        (people_without_campaign, ["duty .*: meet it", "notice .*: people were imported and must be told"]),
        (standing_act, ["containment .*/contain_plan: it is verified: undo it, or accept it"]),
        (unsigned_cause, ["root_cause .*: have the root cause signed"]),
        (no_action, ["action .*: assign at least one corrective action"]),
        (action_of_one_who_left, ["action .*/A1: resp-2 is no longer on the staff list"]),
        (bent_ledger, ["ledger ledger: it does not verify"]),
    ],
)
def test_closure_is_refused_for_each_reason(
    store: Store, spoil: Callable[[Store, Incident], None], said: list[str]
) -> None:
    incident = ready(store)
    spoil(store, incident)
    pattern = rf"can't be closed: {len(said)} things are open\.\n  - " + r"[^\n]*\n  - ".join(said)
    with pytest.raises(RefusedError, match=pattern):
        close_by_hand(store, incident.id, "lead-1")
    with store.reading() as session:
        row = session.get(Incident, incident.id)
        assert row is not None
        assert (row.status, row.closed_at) == ("open", None)
        assert session.exec(select(LedgerEntry).where(LedgerEntry.tag == "incident:closed")).all() == []


def test_closure_is_refused_to_whoever_has_no_role_for_it(store: Store) -> None:
    incident = ready(store)
    with pytest.raises(RefusedError, match="resp-1 may not do this"):
        close_by_hand(store, incident.id, "resp-1")
    close_by_hand(store, incident.id, "lead-1")
