"""Records bent, cut short or asked for wrongly: each command says what is wrong, what to do, and changes nothing."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Store
from models.home import init_home
from models.ledger import LedgerEntry
from models.ledger_audit import audit_home
from models.settings import Settings
from reports import verify_bundle
from tests.response.conftest import declare
from tests.support.ledger import anchor_of, bend, write
from tests.support.shell import run

INC = "INC-2026-0001"
Bend = Callable[[Store], None]


@pytest.fixture
def home(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """Open a home with an incident and a ledger of ten entries, for the commands too; on both databases."""
    declare(store)
    write(store, *(1,) * 10)
    monkeypatch.setenv("TOCSIN_HOME", str(store.settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("TOCSIN_STAFF", raising=False)
    if store.settings.database_url is not None:
        monkeypatch.setenv("TOCSIN_DATABASE_URL", store.settings.database_url.get_secret_value())
    monkeypatch.chdir(tmp_path)
    return store


def state(store: Store) -> tuple[str, int, set[Path]]:
    """Give what no refused command may change: the incident, the entries, the files beside the home."""
    with store.reading() as session:
        rows = session.connection().execute(text("select id, status, title, facts_version from incident"))
        told = str(rows.all())
        entries = session.connection().execute(text("select count(*) from ledger_entry")).scalar_one()
    return told, entries, set(Path.cwd().glob("*.*"))


def flip(store: Store) -> None:
    with store.reading() as session:
        document = session.get(LedgerEntry, 4).document.replace(b'"count":0', b'"count":1')
    bend(store, "update ledger_entry set document = :document where seq = 4", document=document)


def delete(store: Store) -> None:
    bend(store, "delete from ledger_entry where seq = 4")


def insert(store: Store) -> None:
    bend(
        store,
        "insert into ledger_entry (seq, at, tag, incident_id, document, leaf_hash) "
        "select 10, at, tag, incident_id, document, leaf_hash from ledger_entry where seq = 4",
    )


def swap(store: Store) -> None:
    steps = [(4, -4), (7, 4), (-4, 7)]
    bend(store, *(f"update ledger_entry set seq = {to} where seq = {seq}" for seq, to in steps))


def cut(store: Store) -> None:
    bend(store, "delete from ledger_entry where seq > 6", "delete from ledger_checkpoint where size > 7")


def damage_anchor(store: Store) -> None:
    anchor = anchor_of(store)
    anchor.write_bytes(anchor.read_bytes()[:40])


def anchor_from_another_home(store: Store) -> None:
    other = Settings(home=store.settings.home.parent / "other")
    init_home(other)
    stranger = Store(other, store.clock)
    write(stranger, *(1,) * 10)
    anchor_of(store).write_bytes(anchor_of(stranger).read_bytes())
    stranger.engine.dispose()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (flip, "Entry 4:"),
        (delete, "Entry 4:"),
        (insert, "Entry 10:"),
        (swap, "Entry 4: holds the entry numbered 7"),
        (cut, "7"),
        (damage_anchor, "anchor"),
        (anchor_from_another_home, "anchor"),
    ],
)
def test_ledger_verify_finds_and_names_what_was_bent_and_no_bundle_is_made_of_it(
    home: Store, capsys: pytest.CaptureFixture[str], change: Bend, named: str
) -> None:
    assert run("ledger", "verify") == 0
    change(home)
    before = state(home)
    capsys.readouterr()
    assert run("ledger", "verify") == 1
    told = capsys.readouterr()
    assert told.out.startswith("The ledger is not whole:")
    assert named.lower() in told.out.lower()
    assert "Traceback" not in told.out + told.err
    assert run("incident", "close", INC, "--as", "lead-1") == 1
    assert "tocsin ledger verify" in capsys.readouterr().err
    assert state(home) == before


@pytest.mark.parametrize("change", [flip, delete])
def test_bundle_of_a_bent_ledger_is_refused_and_not_written(
    home: Store, capsys: pytest.CaptureFixture[str], change: Bend
) -> None:
    change(home)
    before = state(home)
    assert run("bundle", INC, "--out", "x.zip") == 1
    assert "tocsin ledger verify" in capsys.readouterr().err
    assert state(home) == before


def rewritten(bundle: Path, change: Callable[[dict[str, bytes]], object]) -> tuple[int, str]:
    """Bend a bundle and run the verifier it carries on it, in a Python that sees the standard library only."""
    with zipfile.ZipFile(bundle) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    script = bundle.with_name("verify_bundle.py")
    script.write_bytes(contents["verify_bundle.py"])
    change(contents)
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, held in contents.items():
            archive.writestr(name, held)
    command = [sys.executable, "-I", "-S", script, bundle]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda held: held.update({"playbook.yaml": b"x"}), "playbook.yaml was changed"),
        (lambda held: held.pop("incident.json"), "incident.json is missing"),
        (lambda held: held.update({"extra.txt": b"x"}), "extra.txt was added"),
        (lambda held: held.update({"../extra.txt": b"x"}), "'../extra.txt' leads out of the folder"),
        (lambda held: held.pop("manifest.json"), "the bundle is damaged"),
    ],
)
def test_bundle_by_command_is_sound_until_a_file_is_changed_missing_or_added(
    home: Store, change: Callable[[dict[str, bytes]], object], named: str
) -> None:
    assert run("bundle", INC, "--out", "x.zip") == 0
    assert rewritten(Path("x.zip").resolve(), lambda held: None)[0] == 0
    code, told = rewritten(Path("x.zip").resolve(), change)
    assert (code, named in told) == (1, True)


def test_bundle_cut_short_is_named(home: Store) -> None:
    assert run("bundle", INC, "--out", "x.zip") == 0
    whole = Path("x.zip").read_bytes()
    Path("x.zip").write_bytes(whole[: len(whole) // 2])
    assert verify_bundle.verify("x.zip")[1][0].startswith("the bundle can't be read")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bundle", "INC-1999-0001"), "There is no incident INC-1999-0001."),
        (("bundle", INC, "--with-evidence"), "say who you are"),
        (("bundle", INC, "--with-evidence", "--as", "care-1", "--reason", "x"), "care-1 may not do this"),
        (("bundle", INC, "--with-evidence", "--as", "nobody", "--reason", "x"), "nobody"),
        (("bundle", INC, "--out", "nowhere/x.zip"), "Choose another place."),
        (("report", "INC-1999-0001"), "There is no incident INC-1999-0001."),
        (("report", INC, "--kind", "accountability", "--as", "care-1"), "care-1 may not do this"),
        (("incident", "close", INC, "--as", "care-1"), "care-1 may not do this"),
        (("incident", "close", INC, "--as", "nobody"), "nobody"),
        (("incident", "close", INC, "--as", "lead-1"), "things are open"),
        (("incident", "erase", INC, "--as", "dpo-1", "--reason", "x", "--yes"), "is open"),
        (("ledger", "prove", "999"), "The ledger has no entry 999."),
        (("evidence", "add", INC, "missing.log", "--as", "lead-1"), "can't be read"),
        (("evidence", "add", INC, "big.bin", "--as", "lead-1"), "too large"),
        (
            ("evidence", "add", INC, "small.bin", "--as", "lead-1", "--name", "../../x"),
            "not a plain file name",
        ),
        (("evidence", "export", f"{INC}/E9", "--as", "legal-1", "--reason", "x"), "There is no evidence"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_request_is_refused_and_nothing_is_changed(
    home: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setenv("TOCSIN_EVIDENCE_LIMIT_MIB", "1")
    Path("big.bin").write_bytes(bytes((1 << 20) + 1))
    Path("small.bin").write_bytes(b"x")
    before = state(home)
    assert run(*words) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.out + told.err
    assert state(home) == before
    assert audit_home(home).ok


def test_language_without_a_template_is_refused_with_those_there_are(
    home: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(home)
    assert run("report", INC, "--lang", "fr") == 2
    assert "'en', 'zh'" in capsys.readouterr().err
    assert state(home) == before


def test_evidence_in_clear_leaves_by_command_with_its_reason_on_record(home: Store) -> None:
    Path("access.log").write_text("one line")
    assert run("evidence", "add", INC, "access.log", "--as", "lead-1") == 0
    asked = ("--with-evidence", "--as", "legal-1", "--reason", "For the court")
    assert run("bundle", INC, "--out", "court.zip", *asked) == 0
    with zipfile.ZipFile("court.zip") as archive:
        assert archive.read("evidence/E1/access.log") == b"one line"
        entries = [json.loads(line) for line in archive.read("ledger/entries.jsonl").splitlines()]
    digest = sha256(b"one line").hexdigest()
    assert [(each["tag"], each["actor"], each["body"]["sha256"]) for each in entries[-2:]] == [
        ("evidence:collected", "lead-1", digest),
        ("evidence:exported", "legal-1", digest),
    ]
