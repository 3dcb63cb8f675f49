"""The bundle with evidence and stamps: who may have it, what the record says of it, and what its verifier finds."""

import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError, UnavailableError
from models.home import init_home
from models.ledger import LedgerCheckpoint
from models.ledger_audit import audit_home
from models.settings import Settings
from reports.bundle import write_bundle
from reports.verify_bundle import verify
from response.keeping.bundling import bundle_with_evidence, enclose
from response.keeping.custody import custody_of, transfer_evidence
from response.keeping.evidence import add_evidence
from response.keeping.timestamping import stamp_head
from tests.reports.test_bundle import in_plain_python, note_other_things, sign_again
from tests.response.conftest import declare
from tests.support.ledger import bend
from tests.support.tsa import Authority, has_openssl, running_authority

CLEAR = b"8.8.8.8 GET /export.csv anna.lind@example.org\n"
ID = "INC-2026-0001"
stamping = pytest.mark.skipif(not has_openssl(), reason="openssl is not installed on this machine")
Contents = dict[str, bytes]


@pytest.fixture
def item(store: Store, incident_id: str, tmp_path: Path) -> str:
    """Keep one piece of evidence that went to a firm and back."""
    path = tmp_path / "access.log"
    path.write_bytes(CLEAR)
    item = add_evidence(store, incident_id, path, "lead-1", kind="log", about="Requests").id
    transfer_evidence(store, item, "forensics-ag", "lead-1", "For analysis")
    transfer_evidence(store, item, "legal-1", "legal-1", "Back")
    return item


def held_in(bundle: Path) -> Contents:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def signed_again(store: Store, bundle: Path, change: Callable[[Contents], None]) -> list[str]:
    """Bend a bundle as somebody could who has the key, and give what the verifier finds."""
    contents = held_in(bundle)
    change(contents)
    sign_again(contents, store.signer)
    target = bundle.with_name("bent.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, held in contents.items():
            archive.writestr(name, held)
    return verify(str(target))[1]


def test_bundle_with_evidence_holds_it_in_clear_and_the_record_says_who_took_it_why(
    store: Store, item: str, tmp_path: Path
) -> None:
    path = bundle_with_evidence(store, ID, tmp_path, "legal-1", "For the court")
    contents = held_in(path)
    assert contents["evidence/E1/access.log"] == CLEAR
    assert json.loads(contents["evidence/about.json"]) == {item: {"file": "access.log", "about": "Requests"}}
    assert b"CONFIDENTIAL" in contents["README.txt"]
    entries = [json.loads(line) for line in contents["ledger/entries.jsonl"].splitlines()]
    last = entries[-1]
    assert (last["tag"], last["actor"], last["body"]["evidence"]) == ("evidence:exported", "legal-1", item)
    with store.reading() as session:
        assert [moved.kind for moved in custody_of(session, item)] == ["handed", "handed", "copied"]
    assert in_plain_python(path)[0] == 0
    assert audit_home(store).ok


def test_without_being_asked_the_bundle_holds_no_evidence(store: Store, item: str, tmp_path: Path) -> None:
    contents = held_in(write_bundle(store, ID, tmp_path))
    assert [name for name in contents if name.startswith("evidence/")] == []
    assert CLEAR not in b"".join(contents.values())


def test_bundle_with_evidence_of_the_same_records_is_the_same_bytes(
    store: Store, item: str, tmp_path: Path
) -> None:
    path = bundle_with_evidence(store, ID, tmp_path, "legal-1", "For the court")
    note_other_things(store, 2)
    with store.reading() as session:
        again = write_bundle(store, ID, tmp_path / "again.zip", enclose(store, session, ID))
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "folder", "error"),
    [
        ((ID, "care-1", "I want it"), "", RefusedError),
        ((ID, "nobody", "I want it"), "", NotFoundError),
        ((ID, "legal-1", " "), "", InvalidInputError),
        (("INC-2026-0099", "legal-1", "For the court"), "", NotFoundError),
        ((ID, "legal-1", "For the court"), "nowhere/x.zip", UnavailableError),
    ],
)
def test_evidence_in_clear_is_refused_and_nothing_is_recorded(
    store: Store, item: str, tmp_path: Path, asked: tuple[str, str, str], folder: str, error: type
) -> None:
    before = audit_home(store).size
    with pytest.raises(error):
        bundle_with_evidence(store, asked[0], tmp_path / "out" / folder, *asked[1:])
    assert audit_home(store).size == before
    assert list(tmp_path.rglob("*.zip")) == []


def test_evidence_that_is_not_what_was_collected_is_refused(store: Store, item: str, tmp_path: Path) -> None:
    bend(store, "update evidence set sha256 = 'x'")
    before = audit_home(store).size
    with pytest.raises(RefusedError, match="not what was collected"):
        bundle_with_evidence(store, ID, tmp_path, "legal-1", "For the court")
    assert audit_home(store).size == before


def at_record(name: str, **values: object) -> Callable[[Contents], None]:
    def change(contents: Contents) -> None:
        rows = json.loads(contents[f"records/{name}.json"])
        rows[0] |= values
        contents[f"records/{name}.json"] = json.dumps(rows).encode()

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (at_record("evidence", sha256="0" * 64), "INC-2026-0001/E1: digest or custody"),
        (at_record("evidence", holder="exec-1"), "INC-2026-0001/E1: digest or custody"),
        (at_record("custody_transfer", taker="exec-1"), "INC-2026-0001/E1: digest or custody"),
        (at_record("custody_transfer", giver="exec-1"), "INC-2026-0001/E1: digest or custody"),
        (at_record("custody_transfer", number=9), "INC-2026-0001/E1: digest or custody"),
        (at_record("custody_transfer", reason_digest="0"), "INC-2026-0001/E1: digest or custody"),
        (lambda held: held.update({"evidence/E1/access.log": b"x"}), "evidence/E1/access.log: not what was"),
        (lambda held: held.update({"../key.txt": b"x"}), "'../key.txt' leads out of the folder"),
        (lambda held: held.update({"C:x": b"x"}), "'C:x' leads out of the folder"),
        (lambda held: held.update({"/etc/x": b"x"}), "'/etc/x' leads out of the folder"),
    ],
)
def test_verifier_finds_bent_evidence_and_custody_even_under_a_manifest_that_fits(
    store: Store, item: str, tmp_path: Path, change: Callable[[Contents], None], found: str
) -> None:
    path = bundle_with_evidence(store, ID, tmp_path, "legal-1", "For the court")
    assert signed_again(store, path, lambda held: None) == []
    assert any(fault.startswith(found) for fault in signed_again(store, path, change))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Run a time-stamp authority on loopback."""
    with running_authority(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture
def stamped(tmp_path: Path, authority: Authority) -> Store:
    """Open a home with an incident whose entries lie under two stamped heads, and other entries before and after."""
    settings = Settings(home=tmp_path / "home", timestamp_url=authority.url, timestamp_ca=authority.root)
    init_home(settings)
    store = Store(settings)
    note_other_things(store, 4)
    stamp_head(store)
    incident = declare(store)
    for place in range(3):
        with store.work() as unit:
            unit.record("step:done", actor="tocsin", role="auditor", incident_id=incident)
        note_other_things(store, 3 + place)
        if place:
            stamp_head(store)
    note_other_things(store, 2)
    return store


@stamping
def test_bundle_holds_the_stamps_of_its_time_and_openssl_agrees(
    stamped: Store, authority: Authority, tmp_path: Path
) -> None:
    path = write_bundle(stamped, ID, tmp_path)
    contents = held_in(path)
    names = sorted(name.rpartition("/")[2] for name in contents if "/stamps/" in name)
    assert names == ["13.note", "13.tsr", "19.note", "19.tsr", "authority.pem"]
    assert json.loads(contents["ledger/proof.json"])["size"] == 19
    code, told = in_plain_python(path)
    assert (code, [line.split()[0] for line in told.splitlines() if "STAMPED" in line]) == (
        0,
        ["STAMPED"] * 2,
    )
    assert "head of 13 entries" in told
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    command = ["openssl", "ts", "-verify", "-data", "19.note", "-in", "19.tsr", "-CAfile", "authority.pem"]
    folder = tmp_path / "unpacked" / "ledger" / "stamps"
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout + done.stderr


@stamping
def test_later_stamps_leave_the_bundle_as_it_was(stamped: Store, tmp_path: Path) -> None:
    path = write_bundle(stamped, ID, tmp_path / "first.zip")
    stamp_head(stamped)
    assert write_bundle(stamped, ID, tmp_path / "again.zip").read_bytes() == path.read_bytes()


def another_stamp(contents: Contents) -> None:
    contents["ledger/stamps/13.tsr"] = contents["ledger/stamps/19.tsr"]


def another_head(contents: Contents) -> None:
    contents["ledger/stamps/13.note"] = contents["ledger/stamps/19.note"]


@stamping
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (another_stamp, "ledger/stamps/13.tsr: the stamp is of something else"),
        (another_head, "ledger/stamps/13.note: the head is not signed with this key"),
        (
            lambda held: held.pop("ledger/stamps/13.note"),
            "ledger/stamps/13: head and stamp are not both there",
        ),
        (
            lambda held: held.pop("ledger/stamps/19.tsr"),
            "ledger/stamps/19: head and stamp are not both there",
        ),
        (lambda held: held.update({"ledger/stamps/13.tsr": b"0\x03"}), "ledger/stamps/13: head and stamp"),
    ],
)
def test_verifier_finds_bent_stamps(
    stamped: Store, tmp_path: Path, change: Callable[[Contents], object], found: str
) -> None:
    path = write_bundle(stamped, ID, tmp_path)
    assert any(fault.startswith(found) for fault in signed_again(stamped, path, change))


@stamping
def test_head_stamped_in_another_history_is_found_even_signed_with_the_right_key(
    stamped: Store, tmp_path: Path
) -> None:
    path = write_bundle(stamped, ID, tmp_path)

    def change(contents: Contents) -> None:
        contents["ledger/stamps/13.note"] = stamped.signer.sign_checkpoint(13, bytes(32)).encode()

    assert signed_again(stamped, path, change) == ["ledger/stamps/13.note: this is no head of the ledger"]


@stamping
def test_stamp_of_a_head_that_the_ledger_does_not_hold_is_refused(stamped: Store, tmp_path: Path) -> None:
    bend(stamped, "update ledger_checkpoint set note = 'x' where size = 13")
    with stamped.reading() as session:
        assert session.exec(select(LedgerCheckpoint.note).where(LedgerCheckpoint.size == 13)).one() == "x"
    with pytest.raises(RefusedError, match="stamped head"):
        write_bundle(stamped, ID, tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip")) == []
