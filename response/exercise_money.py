"""Scripted participants write down what a response costs and take the claims that come, as people do."""

from collections.abc import Collection
from typing import TypeVar

from sqlmodel import Session, func, select

from models.claim import Claim
from models.cost import Cost
from models.database import Store, Work
from models.money import exact_number, money
from models.vocabulary import ClaimStatus
from playbooks.scenario import Scenario
from playbooks.scenario_money import ScriptedClaim, ScriptedCost
from response.incidents import locked_incident
from response.losses.claim_decisions import decide_claim, pay_claim
from response.losses.claim_rules import Verdict
from response.losses.claims import Demand, register_claim
from response.losses.costs import Hours, Spent, record_cost

Scripted = TypeVar("Scripted", ScriptedCost, ScriptedClaim)


def write_down_money(store: Store, scenario: Scenario, incident_id: str, done: Collection[str]) -> int:
    """Record the script's costs and claims whose step is done, in its order and each once; gives how many."""
    with store.reading() as session:
        if not any(_due(session, scenario, incident_id, done)):
            return 0
    with store.work() as unit:
        locked_incident(unit.session, incident_id)
        costs, claims = _due(unit.session, scenario, incident_id, done)
        for cost in costs:
            record_cost(unit, incident_id, _spent(unit, cost), cost.by)
        for claim in claims:
            _take(unit, incident_id, claim)
    return len(costs) + len(claims)


def _due(
    session: Session, scenario: Scenario, incident_id: str, done: Collection[str]
) -> tuple[list[ScriptedCost], list[ScriptedClaim]]:
    """Give what comes after what was written down, up to the first whose step is not done."""
    costs = session.exec(select(func.count()).where(Cost.incident_id == incident_id)).one()
    claims = session.exec(select(func.count()).where(Claim.incident_id == incident_id)).one()
    return _ready(scenario.costs[costs:], done), _ready(scenario.claims[claims:], done)


def _ready(left: list[Scripted], done: Collection[str]) -> list[Scripted]:
    waits = next((place for place, each in enumerate(left) if each.after not in done), len(left))
    return left[:waits]


def _spent(unit: Work, cost: ScriptedCost) -> Spent:
    hours = None
    if cost.hours and cost.rate:
        rate = money(cost.rate, cost.currency)
        hours = Hours(exact_number(cost.hours), cost.department, cost.role, rate)
    return Spent(
        cost.category,
        unit.clock().date(),
        cost.basis,
        money(cost.amount, cost.currency) if cost.amount else None,
        hours,
        cost.supplier,
    )


def _take(unit: Work, incident_id: str, claim: ScriptedClaim) -> None:
    amount = money(claim.amount, claim.currency) if claim.amount else None
    demand = Demand(claim.text, claim.kind, claim.channel, amount, law=claim.law)
    row = register_claim(unit, incident_id, demand, claim.by)
    if claim.accepted is None:
        return
    row = decide_claim(unit, row.id, Verdict.ACCEPT, claim.accepted.reason, claim.accepted.by)
    # Where the house wants two people for it, the claim waits for the second.
    if claim.paid is not None and amount is not None and row.status == ClaimStatus.ACCEPTED:
        pay_claim(unit, row.id, amount, claim.paid.reference, claim.paid.by)
