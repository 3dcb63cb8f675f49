"""The evidence bundle: the same records give the same bytes, and a plain Python finds whatever was bent."""

import base64
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from models.accountability import Report
from models.clock import VirtualClock
from models.database import Store
from models.errors import NotFoundError, RefusedError, UnavailableError
from models.home import init_home
from models.settings import Settings
from models.signed_note import NoteSigner
from reports import verify_bundle
from reports.bundle import write_bundle
from tests.reports.breach import AWARE, ID, build_breach
from tests.support.ledger import bend

REPORT = b"%PDF-1.7 a report"


def note_other_things(store: Store, count: int) -> None:
    """Write entries that belong to no incident, in one unit of work."""
    with store.work() as unit:
        for _ in range(count):
            unit.record("staff:imported", actor="tocsin", role="administrator")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Open a home with one incident among other entries, with one report."""
    settings = Settings(home=tmp_path_factory.mktemp("bundle"))
    init_home(settings)
    store = Store(settings, VirtualClock(AWARE))
    note_other_things(store, 3)
    build_breach(store)
    (settings.home / "reports" / "incident.pdf").write_bytes(REPORT)
    with store.work() as unit:
        unit.session.add(
            Report(
                id=f"{ID}/incident/en/pdf",
                incident_id=ID,
                kind="incident",
                language="en",
                format="pdf",
                sha256=sha256(REPORT).hexdigest(),
                path="reports/incident.pdf",
                made_at=AWARE,
                ledger_size=9,
            )
        )
    return store


@pytest.fixture(scope="module")
def bundle(home: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the bundle of the incident."""
    return write_bundle(home, ID, tmp_path_factory.mktemp("out"))


def in_plain_python(bundle: Path, *options: str) -> tuple[int, str]:
    """Run the verifier that the bundle carries, in a Python that sees the standard library only."""
    script = bundle.parent / "verify_bundle.py"
    with zipfile.ZipFile(bundle) as archive:
        script.write_bytes(archive.read("verify_bundle.py"))
    command = [sys.executable, "-I", "-S", script, bundle, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    assert done.stderr == ""
    return done.returncode, done.stdout


def bent(bundle: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> list[str]:
    """Write a changed copy and give what the verifier finds in it."""
    with zipfile.ZipFile(bundle) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    change(contents)
    with zipfile.ZipFile(target, "w") as archive:
        for name, held in contents.items():
            archive.writestr(name, held)
    return verify_bundle.verify(str(target))[1]


def test_bundle_is_sound_in_a_plain_python(home: Store, bundle: Path) -> None:
    assert bundle.name == f"{ID}.zip"
    code, told = in_plain_python(bundle)
    assert (code, told.split()[0]) == (0, "SOUND")
    assert home.signer.verifier().vkey() in told
    assert in_plain_python(bundle, "--key", home.signer.verifier().vkey())[0] == 0


def test_bundle_of_the_same_records_is_the_same_bytes(home: Store, bundle: Path, tmp_path: Path) -> None:
    note_other_things(home, 2)
    again = write_bundle(home, ID, tmp_path / "again.zip")
    assert again.read_bytes() == bundle.read_bytes()


def test_bundle_holds_the_entries_of_its_incident_only(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        entries = [json.loads(line) for line in archive.read("ledger/entries.jsonl").splitlines()]
        assert archive.read("reports/incident.pdf") == REPORT
    assert {entry["incident"] for entry in entries} == {ID}
    assert entries[0]["seq"] == 3


def test_bundle_holds_no_sealed_bytes_and_no_findings_about_people(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        records = [json.loads(archive.read(name)) for name in names if name.startswith("records/")]
    assert [name for name in names if "data_subject" in name or "conduct" in name] == []
    keys = {key for record in records for row in record if isinstance(row, dict) for key in row}
    assert keys & {"sealed", "payload", "document"} == set()


def replace_once(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        assert old in contents[name]
        contents[name] = contents[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (replace_once("incident.json", b"Customer", b"Costumer"), ["incident.json was changed"]),
        (lambda held: held.pop("facts/0001.json"), ["facts/0001.json is missing"]),
        (lambda held: held.update({"reports/extra.pdf": b"x"}), ["reports/extra.pdf was added"]),
        (
            replace_once("ledger/entries.jsonl", b"tocsin", b"nobody"),
            ["ledger/entries.jsonl was changed", "ledger/entries.jsonl line 1: entry 3 was altered"],
        ),
        (
            replace_once("manifest.json", b'"bytes": ', b'"bytes": 1'),
            ["manifest.json was changed, or is not signed with this key"],
        ),
    ],
    ids=["changed", "missing", "added", "entry", "manifest"],
)
def test_verifier_finds_and_names_what_was_bent(
    bundle: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], found: list[str]
) -> None:
    assert bent(bundle, tmp_path / "bent.zip", change) == found
    code, told = in_plain_python(tmp_path / "bent.zip")
    assert (code, told) == (1, "".join(f"FOUND   {line}\n" for line in found))


def sign_again(contents: dict[str, bytes], signer: NoteSigner) -> None:
    """Make manifest and note fit the files, as someone with a key could."""
    manifest = json.loads(contents["manifest.json"])
    manifest["files"] = {
        name: {"bytes": len(held), "sha256": sha256(held).hexdigest()}
        for name, held in contents.items()
        if not name.startswith("manifest")
    }
    contents["manifest.json"] = json.dumps(manifest).encode()
    digest = sha256(contents["manifest.json"]).digest()
    contents["manifest.note"] = signer.sign_bundle(manifest["incident"], digest).encode()


def test_verifier_refuses_a_bundle_signed_anew_with_another_key(
    home: Store, bundle: Path, tmp_path: Path
) -> None:
    forger = NoteSigner(home.signer.origin, Ed25519PrivateKey.generate())

    def change(contents: dict[str, bytes]) -> None:
        contents["key.txt"] = f"{forger.verifier().vkey()}\n".encode()
        sign_again(contents, forger)

    # Taken at its own word the forger's manifest holds, but the ledger's head is not signed with that key.
    found = bent(bundle, tmp_path / "bent.zip", change)
    assert found == ["ledger/proof.json: the checkpoint is not signed with this key"]
    assert in_plain_python(tmp_path / "bent.zip", "--key", home.signer.verifier().vkey())[0] == 1


@pytest.mark.parametrize("act", ["alter", "drop", "add", "add beyond", "swap", "double"])
def test_verifier_finds_bent_entries_even_under_a_manifest_that_fits(
    home: Store, bundle: Path, tmp_path: Path, act: str
) -> None:
    def change(contents: dict[str, bytes]) -> None:
        lines = contents["ledger/entries.jsonl"].splitlines(keepends=True)
        if act == "alter":
            lines[1] = lines[1].replace(b'"v":1', b'"v":2')
        elif act == "drop":
            del lines[2]
        elif act == "add":
            lines.insert(0, lines[0].replace(b'"seq":3', b'"seq":1'))
        elif act == "add beyond":
            lines.append(lines[-1].replace(b'"seq":', b'"seq":9'))
        elif act == "double":
            lines.append(lines[0].replace(b'"v":1', b'"v":2'))
            lines.append(lines[0])
        else:
            first, second = (json.loads(line)["seq"] for line in lines[:2])
            lines[0] = lines[0].replace(b'"seq":%d' % first, b'"seq":%d' % second)
            lines[1] = lines[1].replace(b'"seq":%d' % second, b'"seq":%d' % first)
        contents["ledger/entries.jsonl"] = b"".join(lines)
        sign_again(contents, home.signer)

    found = bent(bundle, tmp_path / "bent.zip", change)
    assert len(found) > 0
    assert all("ledger" in fault or "neither shown nor covered" in fault for fault in found)


def rewritten(change: Callable[[list[bytes]], None]) -> Callable[[dict[str, bytes]], None]:
    def rewrite(contents: dict[str, bytes]) -> None:
        lines = contents["ledger/entries.jsonl"].splitlines(keepends=True)
        change(lines)
        contents["ledger/entries.jsonl"] = b"".join(lines)

    return rewrite


def swap(lines: list[bytes]) -> None:
    lines[1], lines[4] = lines[4], lines[1]


@pytest.mark.parametrize("signed_again", [False, True])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            lambda lines: lines.__setitem__(2, lines[2].replace(b"a", b"b", 1)),
            [" line 3: entry 5 was altered"],
        ),
        (lambda lines: lines.pop(2), [": entry 5 is missing"]),
        (lambda lines: lines.pop(), [": entry {last} is missing"]),
        (
            lambda lines: lines.insert(2, lines[0].replace(b'"seq":3', b'"seq":1')),
            [" line 3: entry 1 was added"],
        ),
        (lambda lines: lines.append(lines[0]), [" line {count}: entry 3 was added: it stands there twice"]),
        (
            swap,
            [": entry 7 stands in the place of entry 4", ": entry 4 stands in the place of entry 7"],
        ),
    ],
    ids=["altered", "missing", "cut off", "added", "doubled", "swapped"],
)
def test_verifier_names_the_entry_that_was_bent(
    home: Store,
    bundle: Path,
    tmp_path: Path,
    change: Callable[[list[bytes]], None],
    named: list[str],
    signed_again: bool,
) -> None:
    with zipfile.ZipFile(bundle) as archive:
        entries = archive.read("ledger/entries.jsonl").splitlines()
    count, last = len(entries) + 1, json.loads(entries[-1])["seq"]

    def rewrite(contents: dict[str, bytes]) -> None:
        rewritten(change)(contents)
        if signed_again:
            sign_again(contents, home.signer)

    found = bent(bundle, tmp_path / "bent.zip", rewrite)
    told = [f"ledger/entries.jsonl{each.format(count=count, last=last)}" for each in named]
    assert found == ([] if signed_again else ["ledger/entries.jsonl was changed"]) + told
    assert in_plain_python(tmp_path / "bent.zip") == (1, "".join(f"FOUND   {line}\n" for line in found))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_verifier_says_so_when_it_is_given_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    key, found = verify_bundle.verify(str(tmp_path / "x.zip"))
    assert (key, len(found)) == ("", 1)


@pytest.mark.parametrize("place", range(4, 46))
def test_verifier_says_so_when_the_directory_of_the_archive_is_bent(
    bundle: Path, tmp_path: Path, place: int
) -> None:
    held = bytearray(bundle.read_bytes())
    directory = held.index(b"PK\x01\x02")
    for flip in (1, 64):
        copy = bytearray(held)
        copy[directory + place] ^= flip
        (tmp_path / "x.zip").write_bytes(copy)
        found = verify_bundle.verify(str(tmp_path / "x.zip"))[1]
        assert found or same_files(bundle, tmp_path / "x.zip")


def same_files(one: Path, other: Path) -> bool:
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        return {name: first.read(name) for name in first.namelist()} == {
            name: second.read(name) for name in second.namelist()
        }


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_verifier_finds_any_flipped_byte_or_reads_the_same_files(
    bundle: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    held = bytearray(bundle.read_bytes())
    place = data.draw(st.integers(0, len(held) - 1))
    held[place] ^= data.draw(st.integers(1, 255))
    target = tmp_path_factory.mktemp("flip") / "x.zip"
    target.write_bytes(held)
    # Else it is a byte of the container, such as a time stamp.
    assert verify_bundle.verify(str(target))[1] or same_files(bundle, target)


@given(st.binary(max_size=200), st.data())
def test_ed25519_of_the_verifier_agrees_with_the_library(message: bytes, data: st.DataObject) -> None:
    key = Ed25519PrivateKey.from_private_bytes(data.draw(st.binary(min_size=32, max_size=32)))
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify_bundle.is_signed(public, message, signature)
    place = data.draw(st.integers(0, 511))
    wrong = bytearray(signature)
    wrong[place // 8] ^= 1 << place % 8
    assert not verify_bundle.is_signed(public, message, bytes(wrong))
    assert not verify_bundle.is_signed(public, message + b"x", signature)


def test_ed25519_agrees_with_the_test_vector_of_rfc_8032() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert verify_bundle.is_signed(public, b"", signature)
    larger = int.from_bytes(signature[32:], "little") + verify_bundle.L
    assert not verify_bundle.is_signed(public, b"", signature[:32] + larger.to_bytes(32, "little"))


def test_bundle_of_an_unknown_incident_is_refused(home: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="INC-1999-0001"):
        write_bundle(home, "INC-1999-0001", tmp_path)


def test_bundle_where_nothing_can_be_written_says_so(home: Store, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="can't be written"):
        write_bundle(home, ID, tmp_path / "none" / "x.zip")


@pytest.mark.parametrize("held", [None, b"another report"])
def test_bundle_refuses_a_report_that_is_gone_or_changed(
    home: Store, tmp_path: Path, held: bytes | None
) -> None:
    path = home.settings.home / "reports" / "incident.pdf"
    path.unlink()
    if held is not None:
        path.write_bytes(held)
    try:
        with pytest.raises(RefusedError, match="tocsin report"):
            write_bundle(home, ID, tmp_path)
    finally:
        path.write_bytes(REPORT)
    assert list(tmp_path.iterdir()) == []


def test_bundle_from_a_bent_ledger_is_refused_and_nothing_written(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path / "home")
    init_home(chosen)
    store = Store(chosen, VirtualClock(AWARE))
    build_breach(store)
    forged = b'{"incident":"INC-2026-0001"}'
    bend(store, "update ledger_entry set document = :forged where seq = 1", forged=forged)
    (tmp_path / "out").mkdir()
    with pytest.raises(RefusedError, match="ledger verify"):
        write_bundle(store, ID, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    store.engine.dispose()


def test_signature_of_a_bundle_passes_for_no_head_of_the_ledger(home: Store) -> None:
    note = home.signer.sign_bundle(ID, bytes(32))
    assert home.signer.verifier().head(note) is None
    assert base64.b64encode(bytes(32)).decode() in note
