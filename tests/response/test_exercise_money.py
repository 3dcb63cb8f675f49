"""A script's costs and claims are written down once each, in order, as soon as their step is done."""

import pytest
from sqlmodel import select

from models.claim import Claim
from models.cost import Cost
from models.database import Store
from models.errors import InvalidInputError
from playbooks.scenario import Scenario, load_scenario, scenario_text
from playbooks.scenario_checks import check_scenario
from response.exercise_money import write_down_money
from response.organisation import sample_text
from tests.support.steps import declared

CONTAINED, TOLD = "contain_verify", "deliver_notice"
TEXT = scenario_text("open-bucket")


@pytest.fixture
def scenario() -> Scenario:
    return load_scenario(TEXT, "open-bucket")


def rows(store: Store) -> tuple[list[tuple[str, str, bool]], list[tuple[str, str, bool]]]:
    with store.reading() as session:
        costs = session.exec(select(Cost).order_by(Cost.id)).all()
        claims = session.exec(select(Claim).order_by(Claim.id)).all()
    return (
        [(row.category, f"{row.amount} {row.currency}", row.drill) for row in costs],
        [(row.kind, row.status, row.drill) for row in claims],
    )


@pytest.mark.parametrize("drill", [False, True])
def test_each_is_written_down_once_when_its_step_is_done(
    store: Store, scenario: Scenario, drill: bool
) -> None:
    incident = declared(store, drill=drill)
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text(), encoding="utf-8")
    assert write_down_money(store, scenario, incident.id, ()) == 0
    assert (
        write_down_money(store, scenario, incident.id, {TOLD}) == 2
    )  # the claims; costs come in their order
    assert [write_down_money(store, scenario, incident.id, {CONTAINED}) for _ in range(2)] == [2, 0]
    assert [write_down_money(store, scenario, incident.id, {CONTAINED, TOLD}) for _ in range(2)] == [2, 0]
    assert rows(store) == (
        [
            ("hours", "1377.50 EUR", drill),
            ("forensics", "18400.00 EUR", drill),
            ("notification", "312.40 EUR", drill),
            ("offers", "36000.00 CNY", drill),
        ],
        [("financial_loss", "paid", drill), ("distress", "received", drill)],
    )


def test_claim_waits_for_a_second_person_where_the_house_wants_two(store: Store, scenario: Scenario) -> None:
    incident = declared(store)
    text = sample_text().replace("one_person_up_to: {EUR: 1000, CNY: 8000}", "one_person_up_to: {}")
    store.settings.home.joinpath("organisation.yaml").write_text(text, encoding="utf-8")
    assert write_down_money(store, scenario, incident.id, {TOLD}) == 2
    assert rows(store)[1] == [("financial_loss", "assessing", False), ("distress", "received", False)]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('amount: "312.40"', 'amount: "312.405"', "EUR has no 3 decimals"),
        ('hours: "14.5", ', "", "a cost is an amount, or in the category hours"),
        ('rate: "95.00", ', "", "a cost is an amount, or in the category hours"),
        ("currency: CNY, basis", "currency: CNX, basis", "no currency 'CNX'"),
        ("{by: comms-1, after: deliver_notice", "{by: comms-1, after: nowhere", "no step 'nowhere'"),
        ("{by: exec-1, reference", "{by: nobody-1, reference", "'nobody-1' acts but plays no role"),
        ('    amount: "480.00"\n', "", "only a claim with an amount that is accepted is paid"),
    ],
)
def test_script_with_wrong_money_is_refused_with_its_line(good: str, bad: str, said: str) -> None:
    assert good in TEXT
    with pytest.raises(InvalidInputError, match=said) as error:
        check_scenario(TEXT.replace(good, bad, 1), "mine.yaml")
    assert error.value.where.startswith("mine.yaml:")
