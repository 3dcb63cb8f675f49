"""The ENISA 2013 severity: arithmetic, bands, cells of its tables, and what unknown facts leave open."""

import pytest
from hypothesis import assume, given, settings

from models.facts import Facts
from regulations.severity import assess_severity, severity_level, severity_score
from tests.regulations.partial_facts import Known, agree, facts_of, one_fact_more

CALM: Known = {
    "breach.confidentiality": False,
    "breach.integrity": False,
    "breach.availability": False,
    "breach.malicious": False,
    "people.vulnerable": False,
    "organisation.sectors": ["other"],
}


@pytest.mark.parametrize(
    ("dpc", "ei", "cb", "score"),
    [(4, 0.75, 0.75, 3.75), (3, 1, 0.25, 3.25), (1, 0.25, 0, 0.25), (1, 1, 0.25, 1.25), (4, 1, 1.0, 5.0)],
)
def test_score_is_data_times_identification_plus_circumstances(
    dpc: float, ei: float, cb: float, score: float
) -> None:
    assert severity_score(dpc, ei, cb) == score


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0.25, "low"),
        (1.75, "low"),
        (2.0, "medium"),
        (2.75, "medium"),
        (3.0, "high"),
        (3.75, "high"),
        (4.0, "very_high"),
    ],
)
def test_bands_begin_at_two_three_and_four(score: float, level: str) -> None:
    assert severity_level(score) == level


@pytest.mark.parametrize(
    ("categories", "more", "dpc"),
    [
        (["name", "contact"], {}, 1),
        (["name", "national_id"], {}, 2),
        (["name", "contact"], {"organisation.sectors": ["health_provider"]}, 3),
        (["name"], {"people.vulnerable": True}, 4),
        (["preferences"], {}, 1),
        (["purchases"], {}, 2),
        (["location"], {}, 3),
        (["purchases"], {"organisation.sectors": ["health_provider"]}, 4),
        (["customer_number"], {"organisation.sectors": ["bank"]}, 1),
        (["account_number"], {}, 2),
        (["transactions"], {}, 3),
        (["payment_card"], {}, 3),
        (["payment_card", "card_security_code"], {}, 4),
        (["credentials"], {"organisation.sectors": ["bank"]}, 4),
        (["health"], {}, 4),
        (["name", "health", "transactions"], {}, 4),
    ],
)
def test_data_scores_by_the_cells_of_table_one(categories: list[str], more: Known, dpc: int) -> None:
    assert assess_severity(facts_of({**CALM, "data.categories": categories, **more})).dpc == dpc


@pytest.mark.parametrize(
    ("given_as", "ei"), [("negligible", 0.25), ("limited", 0.5), ("significant", 0.75), ("maximum", 1.0)]
)
def test_identification_is_taken_as_assessed(given_as: str, ei: float) -> None:
    known = {**CALM, "data.categories": ["name"], "data.identifiability": given_as}
    assert assess_severity(facts_of(known)).ei == ei


@pytest.mark.parametrize(
    ("categories", "ei"),
    [
        (["pseudonym"], 0.25),
        (["name"], 0.5),
        (["name", "contact"], 0.75),
        (["name", "national_id"], 1.0),
        (["name", "contact", "date_of_birth"], 1.0),
        (["health"], None),
    ],
)
def test_identification_is_else_derived_from_the_kinds_of_data(
    categories: list[str], ei: float | None
) -> None:
    found = assess_severity(facts_of({**CALM, "data.categories": categories}))
    assert found.ei == ei
    assert "data.identifiability" in found.unknowns


@pytest.mark.parametrize(
    ("more", "cb"),
    [
        ({}, 0.0),
        ({"breach.confidentiality": True, "breach.vector": "loss", "breach.published": False}, 0.0),
        ({"breach.confidentiality": True, "breach.recipients.known": True}, 0.25),
        (
            {
                "breach.confidentiality": True,
                "breach.recipients.known": False,
                "breach.vector": "misdelivery",
            },
            0.5,
        ),
        ({"breach.confidentiality": True, "breach.published": True}, 0.5),
        ({"breach.integrity": True, "breach.backup": "electronic", "breach.restored_after_hours": 3.0}, 0.0),
        ({"breach.integrity": True, "breach.backup": "paper"}, 0.25),
        ({"breach.integrity": True, "breach.backup": "none"}, 0.5),
        ({"breach.availability": True, "breach.backup": "electronic", "breach.service_impact": "none"}, 0.0),
        (
            {"breach.availability": True, "breach.backup": "electronic", "breach.service_impact": "major"},
            0.25,
        ),
        ({"breach.malicious": True}, 0.5),
    ],
)
def test_circumstances_add_up_as_the_table_says(more: Known, cb: float) -> None:
    assert assess_severity(facts_of({**CALM, "data.categories": ["name"], **more})).cb == cb


def test_every_sub_score_says_why_and_where_from() -> None:
    parts = assess_severity(Facts(title="Nothing known")).parts
    assert [part.name for part in parts] == [
        "dpc",
        "ei",
        "cb.confidentiality",
        "cb.integrity",
        "cb.availability",
        "cb.malicious",
    ]
    assert all(part.because and part.table.startswith("ENISA 2013") for part in parts)


def test_unknown_data_gives_no_score_but_a_ceiling() -> None:
    found = assess_severity(Facts(title="Nothing known"))
    assert (found.dpc, found.ei, found.score, found.level) == (None, None, None, None)
    assert (found.at_most, found.level_at_most) == (6.0, "very_high")


def test_flags_stand_beside_the_number() -> None:
    known = {**CALM, "people.total": 101, "breach.unintelligible": True, "breach.key_compromised": False}
    assert assess_severity(facts_of(known)).flags == ("many_people", "unintelligible")


@given(one_fact_more())
@settings(max_examples=120, deadline=None)
def test_one_more_fact_never_raises_the_ceiling_and_moves_the_score_only_if_named(
    drawn: tuple[Known, str, Known],
) -> None:
    known, path, more = drawn
    assume(agree(more))
    before, after = assess_severity(facts_of(known)), assess_severity(facts_of(more))
    assert after.at_most <= before.at_most
    assert after.score is None or after.score <= before.at_most
    if (before.score, before.cb) != (after.score, after.cb):
        assert path in before.unknowns
