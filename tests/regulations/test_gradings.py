"""Grades under the schemes of authorities: thresholds, ranges, own determinations, and monotony."""

from importlib.resources import files

import pytest
import yaml
from hypothesis import assume, given, settings

from models.count import Count
from models.errors import InvalidInputError
from models.facts import Facts
from regulations.grading_inputs import GradingFacts
from regulations.gradings import Grade, grade, read_table, tables
from tests.regulations.partial_facts import Known, agree, facts_of, one_fact_more

CALM_CAC: Known = {
    "breach.confidentiality": True,
    "breach.integrity": False,
    "organisation.country": "CN",
    "organisation.sectors": ["bank"],
    "organisation.traits": ["critical_infrastructure"],
    "loss.amount": 1_000.0,
    "people.total": 500,
    "regimes.cac.system_loss": "none",
    "regimes.cac.threat": "none",
    "regimes.cac.people_affected": 500,
    "regimes.cac.province_share": 0.0,
    "regimes.cac.prefecture_share": 0.0,
    "regimes.cac.total_outage_minutes": 0,
    "regimes.cac.main_function_outage_minutes": 0,
}


def cac(**more: object) -> Grade:
    return grade(facts_of({**CALM_CAC, **{path.replace("__", "."): value for path, value in more.items()}}))[
        "cac"
    ]


def test_ten_schemes_of_china_and_dora_are_graded() -> None:
    assert set(grade(Facts(title="Nothing known"))) == {
        *("cac", "nfra", "cbrc2008", "pboc4", "gbt20986"),
        *("jrt0171", "jrt0197", "nfra_data", "gbt43697", "pipl28", "dora"),
    }


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.scheme)
def test_table_names_its_source_and_ends_with_what_is_left(table: object) -> None:
    assert table.source
    assert [bool(level.lines) for level in table.levels] == [True] * (len(table.levels) - 1) + [False]


def test_table_without_a_source_does_not_load() -> None:
    text = files("regulations").joinpath("grading_tables/dora.yaml").read_text("utf-8")
    for broken in ({"source": " "}, {"source": None}):
        given_table = {**yaml.safe_load(text), **broken}
        if broken["source"] is None:
            del given_table["source"]
        with pytest.raises(InvalidInputError, match="source"):
            read_table(yaml.safe_dump(given_table), "dora.yaml")


def test_condition_that_is_not_understood_does_not_load() -> None:
    text = files("regulations").joinpath("grading_tables/pboc4.yaml").read_text("utf-8")
    with pytest.raises(InvalidInputError, match="not understood"):
        read_table(text.replace("fact:", "python:"), "pboc4.yaml")


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (999_999, "general"),
        (1_000_000, "relatively_major"),
        (9_999_999, "relatively_major"),
        (10_000_000, "major"),
        (99_999_999, "major"),
        (100_000_000, "particularly_major"),
        ({"at_least": 1_000_000, "at_most": 2_000_000}, "relatively_major"),
        ({"at_most": 900_000}, "general"),
    ],
)
def test_cac_counts_the_figure_itself(people: object, expected: str) -> None:
    assert cac(people__total=people).grade == expected


@pytest.mark.parametrize(
    ("people", "possible"),
    [
        ({"at_least": 900_000}, ("particularly_major", "major", "relatively_major", "general")),
        ({"at_least": 900_000, "at_most": 1_200_000}, ("relatively_major", "general")),
        ({"at_least": 1_000_000}, ("particularly_major", "major", "relatively_major")),
    ],
)
def test_cac_range_over_a_threshold_stays_open(people: object, possible: tuple[str, ...]) -> None:
    found = cac(people__total=people)
    assert (found.grade, found.possible) == (None, possible)
    assert "people.total" in found.unknowns


@pytest.mark.parametrize(
    ("minutes", "possible"),
    [
        (9, ("general",)),
        (10, ("relatively_major",)),
        (59, ("relatively_major",)),
        (60, ("major", "relatively_major")),
        (119, ("major", "relatively_major")),
        (120, ("major",)),
        (360, ("particularly_major",)),
    ],
)
def test_cac_outage_follows_the_final_text_and_leaves_the_unread_figure_open(
    minutes: int, possible: tuple[str, ...]
) -> None:
    found = grade(facts_of({**CALM_CAC, "regimes.cac.total_outage_minutes": minutes}))["cac"]
    assert found.possible == possible


def test_cac_loss_counts_in_yuan_only() -> None:
    assert cac(loss__amount=5_000_000.0).grade == "relatively_major"
    facts = facts_of({**CALM_CAC, "loss.amount": 5_000_000.0, "loss.currency": "EUR"})
    assert grade(facts)["cac"].possible == ("particularly_major", "major", "relatively_major", "general")


def test_grade_determined_by_the_organisation_settles_only_what_is_open() -> None:
    open_facts: Known = {"breach.confidentiality": True, "people.total": 12_000_000}
    assert grade(facts_of(open_facts))["cac"].possible == ("particularly_major", "major")
    for said, expected in (("major", "major"), ("general", None)):
        assert grade(facts_of({**open_facts, "regimes.cac.grade": said}))["cac"].grade == expected


def test_nfra_grade_of_core_data_needs_no_count() -> None:
    leaked: Known = {"breach.confidentiality": True, "regimes.cn_data.class": "core"}
    assert grade(facts_of(leaked))["nfra"].grade == "particularly_major"


def test_nfra_serious_effect_on_the_public_is_major() -> None:
    effects = {
        f"regimes.nfra.{name}_effect": "none"
        for name in ("regional", "sector", "other", "people", "institution")
    }
    leaked: Known = {"breach.confidentiality": True, "data.categories": ["transactions"], **effects}
    found = grade(
        facts_of({**leaked, "regimes.cn_data.class": "sensitive", "regimes.nfra.public_effect": "serious"})
    )
    assert found["nfra"].grade == "major"


@pytest.mark.parametrize(
    ("provinces", "minutes", "expected"),
    [
        (2, 29, "none"),
        (1, 30, "III"),
        (2, 30, "II"),
        (1, 179, "III"),
        (1, 180, "II"),
        (2, 180, "I"),
        (1, 359, "II"),
        (1, 360, "I"),
    ],
)
def test_cbrc_grade_goes_by_provinces_and_minutes(provinces: int, minutes: int, expected: str) -> None:
    down: Known = {
        "breach.availability": True,
        "breach.outage_minutes": minutes,
        "regimes.cbrc2008.harm": "none",
    }
    assert grade(facts_of({**down, "regimes.cbrc2008.provinces": provinces}))["cbrc2008"].grade == expected


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (["credentials", "name"], "C3"),
        (["card_security_code"], "C3"),
        (["biometric"], "C3"),
        (["account_number"], "C2"),
        (["contact"], "C2"),
        (["customer_number"], "C1"),
        (["browsing"], "none"),
    ],
)
def test_personal_financial_information_takes_the_highest_class(categories: list[str], expected: str) -> None:
    assert grade(facts_of({"data.categories": categories}))["jrt0171"].grade == expected


def test_levels_of_financial_data_follow_the_classes() -> None:
    general: Known = {"regimes.cn_data.class": "general"}
    kinds = {
        "5": ["name"],
        "4": ["credentials"],
        "3": ["contact"],
        "2": ["customer_number"],
        "1": ["browsing"],
    }
    for level, categories in kinds.items():
        classed = {"regimes.cn_data.class": "important"} if level == "5" else general
        assert grade(facts_of({**classed, "data.categories": categories}))["jrt0197"].grade == level


def test_sensitive_personal_information_includes_children_under_fourteen() -> None:
    plain: Known = {"data.categories": ["name"]}
    assert grade(facts_of({**plain, "regimes.pipl.under_14": True}))["pipl28"].grade == "sensitive_pi"
    assert grade(facts_of({**plain, "regimes.pipl.under_14": False}))["pipl28"].grade == "ordinary_pi"
    assert grade(facts_of(plain))["pipl28"].possible == ("sensitive_pi", "ordinary_pi")


QUIET_DORA: Known = {
    "breach.malicious": False,
    "regimes.dora.critical_services": True,
    "regimes.dora.clients_affected": 10,
    "regimes.dora.clients_affected_percent": 1,
    "regimes.dora.counterparts_affected_percent": 0,
    "regimes.dora.transactions_number_percent": 0,
    "regimes.dora.transactions_value_percent": 0,
    "regimes.dora.relevant_client_affected": False,
    "regimes.dora.in_the_media": False,
    "regimes.dora.repeated_complaints": False,
    "regimes.dora.requirements_missed": False,
    "regimes.dora.clients_lost": False,
    "regimes.dora.duration_hours": 1,
    "regimes.dora.data_loss_adverse": False,
    "regimes.dora.costs_eur": 0,
    "breach.outage_minutes": 0,
    "people.by_place": {"DE": 10},
}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "not_major"),
        ({"regimes.dora.in_the_media": True}, "not_major"),
        ({"regimes.dora.in_the_media": True, "people.by_place": {"DE": 5, "FR": 5}}, "major"),
        ({"regimes.dora.clients_affected": 100_000, "regimes.dora.in_the_media": True}, "not_major"),
        ({"regimes.dora.clients_affected": 100_001, "regimes.dora.in_the_media": True}, "major"),
        ({"regimes.dora.duration_hours": 24, "regimes.dora.costs_eur": 100_001}, "not_major"),
        ({"regimes.dora.duration_hours": 24.5, "regimes.dora.costs_eur": 100_001}, "major"),
        ({"breach.outage_minutes": 120, "regimes.dora.costs_eur": 100_001}, "not_major"),
        ({"breach.outage_minutes": 121, "regimes.dora.costs_eur": 100_001}, "major"),
        ({"breach.outage_minutes": 121, "regimes.dora.costs_eur": 100_000}, "not_major"),
    ],
)
def test_dora_needs_two_thresholds_strictly_above_their_figures(more: Known, expected: str) -> None:
    assert grade(facts_of({**QUIET_DORA, **more}))["dora"].grade == expected


def test_dora_thresholds_without_critical_services_are_not_major() -> None:
    over = {**QUIET_DORA, "regimes.dora.in_the_media": True, "regimes.dora.costs_eur": 1_000_000}
    aside = {**over, "regimes.dora.critical_services": False, "regimes.dora.supervised_services": False}
    assert [grade(facts_of(known))["dora"].grade for known in (over, aside)] == ["major", "not_major"]


def test_dora_malicious_intrusion_alone_is_major() -> None:
    intrusion: Known = {"breach.malicious": True, "breach.vector": "hacking", "breach.confidentiality": True}
    assert grade(facts_of(intrusion))["dora"].grade == "major"


def test_dora_range_of_clients_decides_only_above_the_figure() -> None:
    noted = {**QUIET_DORA, "regimes.dora.in_the_media": True}
    sure = {**noted, "regimes.dora.clients_affected": {"at_least": 100_001}}
    unsure = {**noted, "regimes.dora.clients_affected": {"at_least": 90_000}}
    assert [grade(facts_of(known))["dora"].grade for known in (sure, unsure)] == ["major", None]


def test_scheme_says_whether_it_reaches_the_organisation() -> None:
    here = grade(facts_of({"organisation.country": "DE", "organisation.establishments": ["DE"]}))
    assert (here["dora"].applies, here["cac"].applies) == (True, False)
    assert grade(facts_of({"organisation.country": "DE"}))["cac"].applies is None


@given(one_fact_more())
@settings(max_examples=120, deadline=None)
def test_one_more_fact_only_narrows_what_is_possible(drawn: tuple[Known, str, Known]) -> None:
    known, _, more = drawn
    assume(agree(more))
    before, after = grade(facts_of(known)), grade(facts_of(more))
    for scheme, found in before.items():
        assert set(after[scheme].possible) <= set(found.possible)
        assert found.possible


def test_places_that_list_more_people_than_the_total_hold() -> None:
    facts = Facts.model_validate({"title": "x", "people": {"total": 0, "by_place": {"CN-44": 6}}})
    assert GradingFacts.of(facts).values["people.count"] == Count(at_least=6)
