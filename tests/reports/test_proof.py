"""The proof of drills: what was held, what it shows and does not show, and the record it rests on."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from models.database import Store
from models.errors import InvalidInputError
from models.facts import Organisation
from models.staff import Staff
from models.tabletop import Tabletop
from reports.pdf import document_pages
from reports.portfolio import build_portfolio
from reports.proof import DrillProof, Entry, build_proof
from reports.proof_document import proof_document
from reports.rendering import render_portfolio, render_proof
from tests.reports.breach import AT, AWARE, ID, after, build_breach
from tests.reports.drills import answer_as, earlier_drill, score_breach

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
BANK = Organisation.model_validate(
    {
        "name": "Example Bank",
        "country": "DE",
        "establishments": ["DE"],
        "sectors": ["bank"],
        "traits": ["dora_entity"],
    }
)
OLD, ASIDE, TABLE, BROKEN = "DRL-2025-0001", "DRL-2026-0009", "TTX-2026-0001", "TTX-2026-0002"


def hold_tabletop(store: Store, name: str, *, ended: bool) -> None:
    """Keep an exercise around a table with what it entered in the ledger."""
    with store.work() as unit:
        result = {
            "items": 2,
            "decisions": 3,
            "median_seconds": 40.0,
            "expected": 2,
            "met": 1,
            "undecided": [],
        }
        unit.session.add(
            Tabletop(
                id=name,
                scenario="vendor-breach",
                scenario_hash="b" * 64,
                facilitator="lead-1",
                participants={"legal": "legal-1"},
                started_at=after(days=1),
                ended_at=after(days=1, hours=1) if ended else None,
                result=result if ended else None,
            )
        )
        body = {"tabletop": name}
        unit.record("tabletop:started", actor="lead-1", role="incident_lead", drill=True, body=body)


@pytest.fixture
def proof(store: Store) -> DrillProof:
    build_breach(store, drill=True)
    earlier_drill(store, OLD, AWARE - timedelta(days=100), 60)
    earlier_drill(store, ASIDE, AWARE - timedelta(days=1), 10, status="discarded")
    score_breach(store)
    answer_as(store, "dpo-1", "data_protection_officer")
    with store.work() as unit:
        assert unit.session.get(Staff, "legal-1") is not None
    hold_tabletop(store, TABLE, ended=True)
    hold_tabletop(store, BROKEN, ended=False)
    with store.reading() as session:
        return build_proof(session, BANK, START, END, AT)


def test_proof_holds_the_exercises_of_the_period_and_names_the_unfinished(proof: DrillProof) -> None:
    assert [(each.exercise.id, each.exercise.points) for each in proof.drills] == [(ID, 80)]
    assert [(each.id, each.met, each.expected) for each in proof.tabletops] == [(TABLE, 1, 2)]
    assert [(each.id, each.status) for each in proof.unfinished] == [
        (ASIDE, "discarded"),
        (BROKEN, "stopped"),
    ]


def test_proof_says_where_each_duty_stands(proof: DrillProof) -> None:
    told = {each.duty.id: (each.state, each.last.id if each.last else None) for each in proof.duties}
    assert told == {
        "house-quarterly": ("met", ID),
        "eu-dora-11-6": ("met", TABLE),
        "eu-dora-24-6": ("met", ID),
        "pci-dss-12-10-2": ("no_proof", None),
    }


def test_proof_rests_on_ledger_entries_under_a_signed_head(proof: DrillProof) -> None:
    assert [each.seq for each in proof.entries] == sorted(each.seq for each in proof.entries)
    scored = [each for each in proof.entries if each.tag == "drill:scored"]
    assert [(each.about, type(each)) for each in scored] == [(ID, Entry)]
    assert [each.about for each in proof.entries if each.tag == "tabletop:started"] == [TABLE, BROKEN]
    assert proof.note is not None
    assert str(proof.ledger_size) in proof.note


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Proof of drills for the supervisor",
                "people were not",
                "Overdue",
                "Only accounts of it were read",
            ),
        ),
        ("zh", ("演练证明（供监管机构）", "未检验人员", "逾期", "仅阅读他人介绍")),
    ],
)
def test_proof_is_written_in_every_format(proof: DrillProof, language: str, words: tuple[str, ...]) -> None:
    page = render_proof(proof, language, "html").decode()
    with zipfile.ZipFile(io.BytesIO(render_proof(proof, language, "docx"))) as packed:
        typed = packed.read("word/document.xml").decode()
    assert [word for word in words if word not in page or word not in typed] == []
    assert document_pages(proof_document(proof, language), 20)
    assert render_proof(proof, language, "pdf") == render_proof(proof, language, "pdf")


def test_proof_as_json_holds_all_of_it(proof: DrillProof) -> None:
    told = json.loads(render_proof(proof, "en", "json"))
    assert told["drills"][0]["exercise"]["gaps"][0]["owner"] == "dpo-1"
    assert told["duties"][0]["duty"]["months"] == 3


def test_proof_of_nothing_says_so(store: Store) -> None:
    with store.reading() as session:
        empty = build_proof(session, BANK, START, END, AT)
    assert (empty.drills, empty.entries, {each.state for each in empty.duties}) == ((), (), {"no_proof"})
    assert document_pages(proof_document(empty, "zh"), 20)


def test_period_that_ends_before_it_starts_is_refused(store: Store) -> None:
    with store.reading() as session, pytest.raises(InvalidInputError, match="ends before it starts"):
        build_proof(session, BANK, END, START, AT)


def test_portfolio_says_where_the_exercise_duties_stand(store: Store) -> None:
    with store.reading() as session:
        told = build_portfolio(session, START, END, AT, BANK)
    assert "Duties to exercise the plan" in render_portfolio(told, "en", "html").decode()
    assert "演练义务" in render_portfolio(told, "zh", "html").decode()
    assert json.loads(render_portfolio(told, "en", "json"))["exercise_duties"][0]["state"] == "no_proof"
