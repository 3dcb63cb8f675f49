"""Evidence: sealed, passed on with a record, checked whenever it is opened, kept while a hold stands."""

import contextlib
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, UnavailableError
from models.evidence import Evidence
from models.ledger import LedgerEntry
from reports.bundle import write_bundle
from reports.verify_bundle import verify
from response.keeping.custody import custody_of, export_evidence, transfer_evidence
from response.keeping.evidence import add_evidence, label_of, list_evidence, plain_name
from response.keeping.legal_holds import holds_of, place_hold, release_hold

CLEAR = b"8.8.8.8 GET /export.csv anna.lind@example.org\n"
DIGEST = hashlib.sha256(CLEAR).hexdigest()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "access of anna lind.log"
    path.write_bytes(CLEAR)
    return path


@pytest.fixture
def item(store: Store, incident_id: str, capture: Path) -> str:
    return add_evidence(store, incident_id, capture, "lead-1", kind="log", about="Requests of Anna").id


def entries(store: Store, start: str) -> list[dict]:
    with store.reading() as session:
        rows = session.exec(select(LedgerEntry).order_by(LedgerEntry.seq))
        told = [json.loads(row.document) for row in rows]
    return [{"tag": each["tag"], **each["body"]} for each in told if each["tag"].startswith(start)]


def test_evidence_is_sealed_with_name_and_digest(store: Store, incident_id: str, item: str) -> None:
    with store.reading() as session:
        (row,) = list_evidence(session, incident_id)
        label = label_of(store, session, row)
        sealed = session.get(Evidence, item).sealed
    assert (row.id, row.kind, row.size, row.sha256) == (f"{incident_id}/E1", "log", len(CLEAR), DIGEST)
    assert (row.collected_by, row.holder) == ("lead-1", "lead-1")
    assert (label.file, label.about) == ("access of anna lind.log", "Requests of Anna")
    assert CLEAR not in sealed
    assert b"anna" not in row.sealed_label


def test_ledger_holds_ids_and_digests_of_evidence_only(store: Store, item: str) -> None:
    assert entries(store, "evidence:") == [
        {"tag": "evidence:collected", "evidence": item, "kind": "log", "sha256": DIGEST, "bytes": len(CLEAR)}
    ]


def test_evidence_over_the_limit_or_empty_is_refused_and_nothing_kept(
    store: Store, incident_id: str, tmp_path: Path
) -> None:
    store.settings.evidence_limit_mib = 1
    big, empty = tmp_path / "big.bin", tmp_path / "empty.bin"
    big.write_bytes(bytes((1 << 20) + 1))
    empty.write_bytes(b"")
    for path in (big, empty):
        with pytest.raises(InvalidInputError):
            add_evidence(store, incident_id, path, "lead-1")
    with store.reading() as session:
        assert list_evidence(session, incident_id) == []
    assert entries(store, "evidence:") == []


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "a\\b", "C:x", "a\nb", "x" * 201])
def test_a_name_that_climbs_out_is_refused(store: Store, incident_id: str, capture: Path, name: str) -> None:
    with pytest.raises(InvalidInputError):
        add_evidence(store, incident_id, capture, "lead-1", name=name)


@given(st.text(max_size=30))
def test_plain_names_stay_in_their_folder(name: str) -> None:
    folder = Path("/folder")
    with contextlib.suppress(InvalidInputError):
        assert (folder / plain_name(name)).parent == folder


def test_only_certain_roles_collect_and_only_into_incidents_that_exist(
    store: Store, incident_id: str, capture: Path
) -> None:
    with pytest.raises(RefusedError):
        add_evidence(store, incident_id, capture, "care-1")
    with pytest.raises(NotFoundError):
        add_evidence(store, "INC-2026-0099", capture, "lead-1")


def test_custody_goes_from_hand_to_hand(store: Store, item: str) -> None:
    transfer_evidence(store, item, "forensics-ag", "lead-1", "For analysis by Mr Berg")
    with pytest.raises(RefusedError):
        transfer_evidence(store, item, "exec-1", "exec-1", "I want it")
    transfer_evidence(store, item, "legal-1", "legal-1", "Back")
    with store.reading() as session:
        moves = custody_of(session, item)
        assert session.get(Evidence, item).holder == "legal-1"
    assert [(move.number, move.kind, move.giver, move.taker) for move in moves] == [
        (1, "handed", "lead-1", "forensics-ag"),
        (2, "handed", "forensics-ag", "legal-1"),
    ]
    told = entries(store, "evidence:transferred")
    assert [(each["giver"], each["taker"], each["sha256"]) for each in told] == [
        ("lead-1", "forensics-ag", DIGEST),
        ("forensics-ag", "legal-1", DIGEST),
    ]
    assert "Berg" not in json.dumps(told)


@pytest.mark.parametrize("taker", ["", "Anna Lind", "x@example.org"])
def test_custody_refuses_a_taker_that_is_no_handle(store: Store, item: str, taker: str) -> None:
    with pytest.raises(InvalidInputError):
        transfer_evidence(store, item, taker, "lead-1", "why")


def test_export_writes_what_was_collected_once(store: Store, item: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    path = export_evidence(store, item, out, "legal-1", "For the court")
    assert (path, path.read_bytes(), path.stat().st_mode & 0o777) == (
        out / "access of anna lind.log",
        CLEAR,
        0o600,
    )
    with pytest.raises(UnavailableError):
        export_evidence(store, item, out, "legal-1", "Again")
    with pytest.raises(RefusedError):
        export_evidence(store, item, tmp_path, "care-1", "Curious")
    assert [each["tag"] for each in entries(store, "evidence:exported")] == ["evidence:exported"]


def test_evidence_that_changed_is_neither_given_out_nor_passed_on(
    store: Store, item: str, tmp_path: Path
) -> None:
    with store.work() as unit:
        row = unit.session.get(Evidence, item)
        row.sha256 = "0" * 64
        unit.session.add(row)
    for act in (
        lambda: export_evidence(store, item, tmp_path / "nowhere", "legal-1", "x"),
        lambda: transfer_evidence(store, item, "legal-1", "lead-1", "x"),
    ):
        with pytest.raises(RefusedError, match="not what was collected"):
            act()


def test_hold_stands_until_legal_releases_it(store: Store, incident_id: str, item: str) -> None:
    hold = place_hold(store, incident_id, "dpo-1", "Claim of a customer", item)
    with pytest.raises(RefusedError):
        release_hold(store, hold.id, "dpo-1", "enough")
    with store.reading() as session:
        assert [row.id for row in holds_of(session, incident_id, standing=True)] == [hold.id]
    release_hold(store, hold.id, "legal-1", "Settled")
    with pytest.raises(RefusedError):
        release_hold(store, hold.id, "legal-1", "Settled")
    with store.reading() as session:
        assert holds_of(session, incident_id, standing=True) == []
    assert [each["tag"] for each in entries(store, "hold:")] == ["hold:placed", "hold:released"]


def test_hold_of_another_incidents_evidence_is_refused(store: Store, incident_id: str) -> None:
    with pytest.raises(InvalidInputError):
        place_hold(store, incident_id, "legal-1", "x", "INC-2026-0002/E1")


def test_bundle_shows_digests_and_custody_and_nothing_sealed(store: Store, item: str, tmp_path: Path) -> None:
    transfer_evidence(store, item, "forensics-ag", "lead-1", "For analysis")
    place_hold(store, item.partition("/")[0], "legal-1", "Claim")
    path = write_bundle(store, item.partition("/")[0], tmp_path)
    assert verify(str(path))[1] == []
    with zipfile.ZipFile(path) as archive:
        records = {
            name: json.loads(archive.read(f"records/{name}.json"))
            for name in ("evidence", "custody_transfer", "legal_hold")
        }
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert [(row["id"], row["sha256"], row["holder"]) for row in records["evidence"]] == [
        (item, DIGEST, "forensics-ag")
    ]
    assert [row["taker"] for row in records["custody_transfer"]] == ["forensics-ag"]
    assert [row["id"] for row in records["legal_hold"]] == ["INC-2026-0001/H1"]
    assert b"anna" not in whole.lower()
