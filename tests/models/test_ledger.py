"""The ledger: what is written verifies; what is bent behind its back is found and named."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given
from hypothesis import settings as quickly
from hypothesis import strategies as st
from sqlmodel import select

from models import ledger_audit
from models.clock import iso_utc
from models.database import Store
from models.home import init_home
from models.ledger import Entry, LedgerCheckpoint, LedgerEntry, append, last_checkpoint
from models.ledger_audit import audit_home, verify
from models.ledger_faults import FaultKind
from models.merkle import Frontier, leaf_hash
from models.settings import Settings
from models.signed_note import NoteSigner, load_signer
from tests.support.ledger import INCIDENT, anchor_of, audit, bend, findings, write

both = pytest.mark.usefixtures("store")


def test_entry_is_canonical_json_with_who_what_and_when(store: Store) -> None:
    with store.work() as unit:
        unit.record(
            "decision:made",
            actor="dpo-1",
            role="data_protection_officer",
            incident_id=INCIDENT,
            facts_version=2,
        )
    with store.reading() as session:
        row = session.exec(select(LedgerEntry)).one()
    assert row.document == (
        b'{"actor":"dpo-1","at":"2026-03-03T03:00:00Z","body":{},"drill":false,"facts_version":2,'
        b'"incident":"INC-2026-0001","role":"data_protection_officer","seq":0,"tag":"decision:made","v":1}'
    )
    assert (row.seq, row.at, row.tag, row.incident_id) == (0, store.clock(), "decision:made", INCIDENT)
    assert row.leaf_hash == leaf_hash(row.document)


def test_ledger_that_grows_while_it_is_verified_is_sound(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, 3, 2)
    walk = ledger_audit._walk

    def walk_late(*where: Any) -> None:
        write(store, 2, 1)  # another's, committed since the audit asked how long the ledger is
        walk(*where)

    monkeypatch.setattr(ledger_audit, "_walk", walk_late)
    found = audit(store)
    assert (found.findings, found.size) == ((), 5)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    texts=st.tuples(WORDS, WORDS, WORDS),
    at=st.datetimes(timezones=st.just(UTC)),
    incident_id=st.none() | WORDS,
    facts_version=st.none() | st.integers(0, 2**31),
    drill=st.booleans(),
    body=st.none() | st.dictionaries(WORDS, WORDS | st.integers(-9, 9) | st.floats(0, 1e300), max_size=4),
)
def test_document_is_what_rfc8785_writes(
    texts: tuple[str, str, str],
    at: datetime,
    incident_id: str | None,
    facts_version: int | None,
    drill: bool,
    body: dict[str, object] | None,
) -> None:
    tag, actor, role = texts
    entry = Entry(tag, at, actor, role, incident_id, facts_version, drill, body)
    whole = {
        "v": 1,
        "seq": 7,
        "at": iso_utc(at),
        "tag": tag,
        "actor": actor,
        "role": role,
        "incident": incident_id,
        "facts_version": facts_version,
        "drill": drill,
        "body": body or {},
    }
    assert entry.document(7) == rfc8785.dumps(whole)


def test_checkpoints_are_signed_and_each_names_the_one_before(store: Store) -> None:
    write(store, 1, 3)
    with store.reading() as session:
        notes = [row.note for row in session.exec(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size))]
    heads = [store.signer.verifier().head(note) for note in notes]
    assert [(head.size, head.previous) for head in heads] == [(1, 0), (4, 1)]
    assert anchor_of(store).read_text() == notes[-1]


def test_audit_of_an_empty_ledger_is_sound(store: Store) -> None:
    found = audit_home(store)
    assert (found.ok, found.size, found.root) == (True, 0, Frontier().root())


def test_audit_of_a_sound_ledger_gives_its_head(store: Store) -> None:
    write(store, 1, 40, 2)
    found = audit_home(store)
    with store.reading() as session:
        assert (found.ok, found.size, found.root) == (True, 43, last_checkpoint(session).root)
    assert found.checkpoints == 3


def test_audit_of_a_session_sees_what_it_sees(store: Store) -> None:
    write(store, 2)
    with store.reading() as session:
        assert verify(session, store.signer.verifier()).size == 2


SEVEN = (1, 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize("seq", [0, 3, 6])
def test_audit_names_an_entry_with_one_byte_flipped(store: Store, seq: int) -> None:
    write(store, *SEVEN)
    with store.reading() as session:
        document = session.get(LedgerEntry, seq).document
    flipped = document.replace(b'"count":0', b'"count":1')
    bend(store, "update ledger_entry set document = :document where seq = :seq", document=flipped, seq=seq)
    assert findings(store) == [("altered", seq, seq)]


@pytest.mark.parametrize("seq", [0, 3, 6])
def test_audit_names_an_entry_altered_together_with_its_hash(store: Store, seq: int) -> None:
    write(store, *SEVEN)
    forge(store, seq)
    assert findings(store) == [("altered", seq, seq)]


def forge(store: Store, seq: int) -> None:
    with store.reading() as session:
        document = session.get(LedgerEntry, seq).document.replace(b"flow-1", b"flow-2")
    change = "update ledger_entry set document = :document, leaf_hash = :leaf where seq = :seq"
    bend(store, change, document=document, leaf=leaf_hash(document), seq=seq)


def test_audit_narrows_a_forgery_inside_a_large_unit_to_what_the_signature_covers(store: Store) -> None:
    write(store, 6)
    forge(store, 5)
    assert findings(store) == [("altered", 4, 5)]


@pytest.mark.parametrize("seq", [0, 3, 6])
def test_audit_names_a_deleted_entry(store: Store, seq: int) -> None:
    write(store, *SEVEN)
    bend(store, "delete from ledger_entry where seq = :seq", seq=seq)
    assert findings(store) == [("missing", seq, seq)]


def test_audit_names_a_deleted_entry_when_the_rest_was_renumbered(store: Store) -> None:
    write(store, *SEVEN)
    bend(
        store,
        "delete from ledger_entry where seq = 3",
        "update ledger_entry set seq = -seq where seq > 3",
        "update ledger_entry set seq = -seq - 1 where seq < 0",
    )
    assert findings(store) == [("missing", 3, 3)]


def insert(store: Store, seq: int, document: bytes) -> None:
    bend(
        store,
        "insert into ledger_entry (seq, at, tag, incident_id, document, leaf_hash) "
        "select :seq, at, tag, incident_id, :document, :leaf from ledger_entry where seq = 0",
        seq=seq,
        document=document,
        leaf=leaf_hash(document),
    )


def forged_document(store: Store, seq: int) -> bytes:
    return Entry("step:done", store.clock(), "flow-1", "responder", INCIDENT).document(seq)


@pytest.mark.parametrize("seq", [-4, 7, 9, 1_000_000_000])
def test_audit_names_an_entry_put_in_outside_the_signed_range(store: Store, seq: int) -> None:
    write(store, *SEVEN)
    insert(store, seq, forged_document(store, seq))
    assert findings(store) == [("added", seq, seq)]


@pytest.mark.parametrize("seq", [1, 3, 6])
def test_audit_names_an_entry_put_in_between(store: Store, seq: int) -> None:
    write(store, *SEVEN)
    bend(
        store,
        "update ledger_entry set seq = -seq - 1 where seq >= :seq",
        "update ledger_entry set seq = -seq where seq < 0",
        seq=seq,
    )
    insert(store, seq, forged_document(store, seq))
    assert findings(store) == [("added", seq, seq)]


def test_audit_names_both_entries_of_a_swapped_pair(store: Store) -> None:
    write(store, *SEVEN)
    bend(
        store,
        "update ledger_entry set seq = -2 where seq = 2",
        "update ledger_entry set seq = 2 where seq = 5",
        "update ledger_entry set seq = 5 where seq = -2",
    )
    assert [str(fault) for fault in audit(store).findings] == [
        "Entry 2: holds the entry numbered 5",
        "Entry 5: holds the entry numbered 2",
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tag", "step:failed"),
        ("incident_id", "INC-2026-0002"),
        ("incident_id", ""),
        ("tag", ""),
        ("at", "2026-03-03 03:00:01.000000"),
    ],
)
def test_audit_names_a_look_up_column_that_differs_from_its_document(
    store: Store, column: str, value: str
) -> None:
    write(store, *SEVEN)
    bend(store, f"update ledger_entry set {column} = :value where seq = 2", value=value)
    assert [str(fault) for fault in audit(store).findings] == [
        f"Entry 2: its column {column} differs from its document"
    ]


def test_audit_names_every_independent_fault(store: Store) -> None:
    write(store, *SEVEN, 5, 5)
    forge(store, 1)
    bend(
        store,
        "delete from ledger_entry where seq in (4, 5)",
        "update ledger_entry set tag = 'x:y' where seq = 13",
    )
    assert findings(store) == [("altered", 1, 1), ("missing", 4, 5), ("column", 13, 13)]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["document", "leaf_hash"])
def test_audit_survives_a_value_of_the_wrong_kind(store: Store, column: str) -> None:
    write(store, *SEVEN)
    bend(store, f"update ledger_entry set {column} = 'text' where seq = 4")
    assert findings(store) == [("altered", 4, 4)]


@pytest.mark.parametrize("change", ["note = replace(note, 'previous', 'Previous')", "note = ''"])
def test_audit_names_a_checkpoint_whose_note_was_altered(store: Store, change: str) -> None:
    write(store, *SEVEN)
    bend(store, f"update ledger_checkpoint set {change} where size = 4")
    assert findings(store) == [("checkpoint_forged", 4, 4)]


@pytest.mark.parametrize("column", ["root", "frontier"])
def test_audit_names_a_checkpoint_whose_columns_were_altered(store: Store, column: str) -> None:
    write(store, *SEVEN)
    bend(store, f"update ledger_checkpoint set {column} = :value where size = 4", value=bytes(32))
    assert findings(store) == [("checkpoint_forged", 4, 4)]


@pytest.mark.parametrize("size", [1, 4, 7])
def test_audit_names_a_checkpoint_taken_out(store: Store, size: int) -> None:
    write(store, *SEVEN)
    bend(store, "delete from ledger_checkpoint where size = :size", size=size)
    assert findings(store) == [("checkpoint_missing", size, size)]


def test_audit_names_a_checkpoint_of_another_home(store: Store) -> None:
    write(store, *SEVEN)
    other = NoteSigner("tocsin/other", fresh_key())
    with store.reading() as session:
        root = session.get(LedgerCheckpoint, 4).root
    note = other.sign_checkpoint(4, root, 3)
    bend(store, "update ledger_checkpoint set note = :note where size = 4", note=note)
    found = audit(store).findings
    assert [(fault.kind, fault.first) for fault in found] == [(FaultKind.FOREIGN, 4)]
    assert "tocsin/other" in str(found[0])


def fresh_key():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def test_audit_of_a_ledger_from_another_home_finds_every_checkpoint_foreign(
    store: Store, tmp_path: Path
) -> None:
    write(store, 1, 1)
    other = Settings(home=tmp_path / "other")
    init_home(other)
    found = verify(store, load_signer(other.keys).verifier())
    assert [(fault.kind, fault.first, fault.last) for fault in found.findings] == [(FaultKind.FOREIGN, 1, 2)]


def cut_tail(store: Store, size: int) -> None:
    bend(
        store,
        "delete from ledger_entry where seq >= :size",
        "delete from ledger_checkpoint where size > :size",
        size=size,
    )


@pytest.mark.parametrize("size", [0, 5])
def test_audit_names_a_tail_that_was_cut_off(store: Store, size: int) -> None:
    write(store, *SEVEN)
    cut_tail(store, size)
    assert findings(store) == [("cut_off", size, 6)]
    assert verify(store, store.signer.verifier()).ok  # without the anchor nobody could tell


def test_audit_finds_a_tail_cut_off_and_written_again(store: Store) -> None:
    write(store, *SEVEN)
    kept = anchor_of(store).read_text()
    cut_tail(store, 5)
    write(store, 1, 1)
    anchor_of(store).write_text(kept)
    assert findings(store) == [("anchor", 7, 7)]


def test_audit_misses_the_anchor_file(store: Store) -> None:
    write(store, 1, 1)
    anchor_of(store).unlink()
    assert [fault.kind for fault in audit(store).findings] == [FaultKind.ANCHOR]


@pytest.mark.parametrize("note", ["nonsense", "tocsin/other\n2\n{root}\n\n— tocsin/other {root}\n"])
def test_audit_refuses_a_damaged_or_foreign_anchor(store: Store, note: str) -> None:
    write(store, 1, 1)
    anchor_of(store).write_text(note.format(root=base64.b64encode(bytes(32)).decode()))
    assert [fault.kind for fault in audit(store).findings] == [FaultKind.ANCHOR]


def test_audit_accepts_an_anchor_that_is_behind(store: Store) -> None:
    write(store, 1)
    behind = anchor_of(store).read_text()
    write(store, 1)
    anchor_of(store).write_text(behind)
    assert audit(store).ok


def test_audit_keeps_the_first_hundred_of_many_faults_and_counts_the_rest(store: Store) -> None:
    write(store, 300)
    bend(store, "update ledger_entry set tag = 'x:y' where seq % 2 = 0")
    found = audit(store)
    assert (len(found.findings), found.unnamed, found.findings[0].first) == (100, 50, 0)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_audit_crosses_blocks_and_finds_faults_on_either_side(store: Store) -> None:
    write(store, 8_000, 192, 1, 9_000)
    assert audit(store).ok
    bend(store, "delete from ledger_entry where seq = 8191")
    assert findings(store) == [("missing", 8191, 8191)]
    bend(store, "update ledger_entry set tag = 'x:y' where seq = 17000")
    assert findings(store) == [("missing", 8191, 8191), ("column", 17000, 17000)]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@quickly(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=st.lists(st.integers(1, 6), min_size=1, max_size=12), data=st.data())
def test_audit_finds_any_flipped_bit(store: Store, units: list[int], data: st.DataObject) -> None:
    write(store, *units)
    assert audit(store).ok
    seq = data.draw(st.integers(0, sum(units) - 1))
    column = data.draw(st.sampled_from(["document", "leaf_hash"]))
    with store.reading() as session:
        value = bytearray(getattr(session.get(LedgerEntry, seq), column))
    place = data.draw(st.integers(0, len(value) * 8 - 1))
    value[place // 8] ^= 1 << place % 8
    kept = bytes(value)
    value[place // 8] ^= 1 << place % 8
    change = f"update ledger_entry set {column} = :value where seq = :seq"
    bend(store, change, value=kept, seq=seq)
    assert findings(store) == [("altered", seq, seq)]
    bend(store, change, value=bytes(value), seq=seq)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_append_in_any_portions_gives_the_same_root(portions: list[int]) -> None:
    from sqlmodel import Session, SQLModel, create_engine

    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[LedgerEntry.__table__, LedgerCheckpoint.__table__])
    signer, total, whole = NoteSigner("tocsin/test", fresh_key()), 0, Frontier()
    from tests.conftest import THREE_AM

    entry = Entry("step:done", THREE_AM, "flow-1", "responder")
    with Session(engine) as session:
        for portion in portions:
            append(session, [entry] * portion, signer)
        for total in range(sum(portions)):
            whole.push(leaf_hash(entry.document(total)))
        head = last_checkpoint(session)
    assert (head.root if head else Frontier().root()) == whole.root()


def test_two_processes_scan_a_long_ledger_as_one_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.ledger_audit.MANY", 100)
    monkeypatch.setattr("models.ledger_workers.HEAD_START", 2)
    write(store, 5_000, 5_000, 1)
    alone = verify(store, store.signer.verifier(), anchor_of(store), processes=1)
    assert verify(store, store.signer.verifier(), anchor_of(store), processes=2) == alone
    bend(store, "update ledger_entry set tag = 'x:y' where seq in (7500, 9000)")
    alone = verify(store, store.signer.verifier(), anchor_of(store), processes=1)
    assert verify(store, store.signer.verifier(), anchor_of(store), processes=2) == alone
    assert not alone.ok
