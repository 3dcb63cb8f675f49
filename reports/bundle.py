"""The evidence bundle: one ZIP with everything about an incident that an auditor checks offline.

The manifest names every file with its digest and is signed with the ledger's key; the incident's entries are
proved to lie in the signed ledger without showing any other incident's. The same records give the same bytes.
"""

import base64
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import orjson
from sqlmodel import Session, col, func, select

from models.database import Store
from models.errors import NotFoundError, RefusedError, UnavailableError
from models.incident import Incident
from models.ledger import LedgerCheckpoint, LedgerEntry
from models.ledger_proof import VERIFY_FIRST, Leaves
from models.merkle import cover, leaf_hash, node_hash
from reports.bundle_records import File, record_files

SCHEMA = "tocsin/bundle/1"
READ_ME = """Evidence bundle of {incident}

  python3 verify_bundle.py FILE.zip [--key LINE]

needs Python 3.9 or later and nothing else. It checks that no file was changed, added or taken out, and that
the entries in ledger/entries.jsonl lie in the ledger whose head is signed. `key.txt` names the key; compare it
with the line the organisation published, or give that line with --key.

  incident.json facts/ playbook.yaml   what was known, in every version, and the plan that was followed
  records/                             steps, decisions, duties, filings, containment, evidence (digests and
                                       custody, legal holds), causes
  ledger/                              the incident's entries, their proof, and every signed head up to it
  reports/                             the reports as they were made

It holds no data of the people concerned: those are sealed in the organisation's home.
"""


def write_bundle(store: Store, incident_id: str, target: Path) -> Path:
    """Write the bundle to `target`, a file or a folder to put it in, and give its path.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: the ledger does not verify, or a report was changed or lost; nothing is written.
        UnavailableError: the target can't be written.
    """
    with store.reading() as session:
        incident = session.get(Incident, incident_id)
        if incident is None:
            raise NotFoundError(f"There is no incident {incident_id}.", remedy="See `tocsin incident list`.")
        contents = dict(_contents(store, session, incident))
    manifest = _manifest(incident_id, contents)
    contents["manifest.json"] = manifest
    contents["manifest.note"] = store.signer.sign_bundle(incident_id, sha256(manifest).digest()).encode()
    path = target / f"{incident_id}.zip" if target.is_dir() else target
    try:
        _write(path, sorted(contents.items()))
    except OSError as error:
        raise UnavailableError(
            f"The bundle can't be written ({error.strerror}).",
            where=str(path),
            remedy="Choose another place.",
        ) from None
    return path


def _contents(store: Store, session: Session, incident: Incident) -> Iterator[File]:
    yield "README.txt", READ_ME.format(incident=incident.id).encode()
    yield "verify_bundle.py", files("reports").joinpath("verify_bundle.py").read_bytes()
    yield "key.txt", f"{store.signer.verifier().vkey()}\n".encode()
    yield from _ledger_files(session, incident.id)
    records = dict(record_files(session, incident))
    yield from records.items()
    for report in orjson.loads(records["records/report.json"]):
        yield (
            f"reports/{Path(report['path']).name}",
            _report(store.settings.home / report["path"], report["sha256"]),
        )


def _report(path: Path, digest: str) -> bytes:
    held = path.read_bytes() if path.is_file() else None
    if held is None or sha256(held).hexdigest() != digest:
        raise RefusedError(
            "A report is gone." if held is None else "A report is not the one that was made.",
            where=str(path),
            remedy="Make it again with `tocsin report`, then the bundle.",
        )
    return held


def _ledger_files(session: Session, incident_id: str) -> Iterator[File]:
    """Give the incident's entries with their proof, at the first signed head that covers them all."""
    columns = select(LedgerEntry.seq, LedgerEntry.document).where(LedgerEntry.incident_id == incident_id)
    entries = [
        (seq, bytes(document)) for seq, document in session.exec(columns.order_by(col(LedgerEntry.seq)))
    ]
    heads = select(LedgerCheckpoint.size, LedgerCheckpoint.root, LedgerCheckpoint.note)
    enough = select(func.min(LedgerCheckpoint.size)).where(
        LedgerCheckpoint.size > (entries[-1][0] if entries else -1)
    )
    size = session.exec(enough).one()
    if not entries or size is None:
        raise RefusedError(f"The ledger holds nothing about {incident_id}.", remedy=VERIFY_FIRST)
    signed = session.exec(
        heads.where(col(LedgerCheckpoint.size) <= size).order_by(col(LedgerCheckpoint.size))
    ).all()
    leaves = Leaves(session.connection())
    tiles = [
        (start, stop, leaves.root(start, stop)) for start, stop in cover((seq for seq, _ in entries), size)
    ]
    known = {(seq, seq + 1): leaf_hash(document) for seq, document in entries}
    known |= {(start, stop): root for start, stop, root in tiles}
    if root_of_parts(known, 0, size) != signed[-1][1]:
        raise RefusedError(
            "The ledger was changed: its entries don't lead to its signed head.", remedy=VERIFY_FIRST
        )
    yield "ledger/entries.jsonl", b"".join(document + b"\n" for _, document in entries)
    others = [[start, stop, base64.b64encode(root).decode()] for start, stop, root in tiles]
    # The hashes of the entries shown, too: so that the verifier can name the one that was changed.
    own = [[seq, base64.b64encode(leaf_hash(document)).decode()] for seq, document in entries]
    yield (
        "ledger/proof.json",
        orjson.dumps({"checkpoint": signed[-1][2], "leaves": own, "others": others, "size": size}),
    )
    yield "ledger/checkpoints.txt", "\n".join(note for _, _, note in signed).encode()


def root_of_parts(known: dict[tuple[int, int], bytes], start: int, stop: int) -> bytes:
    """Join known subtrees, by (start, stop), into the root over `start` to `stop`.

    Raises:
        KeyError: they do not cover it.
    """
    found = known.get((start, stop))
    if found is not None:
        return found
    if stop - start < 2:  # noqa: PLR2004
        raise KeyError(start)
    middle = start + (1 << (stop - start - 1).bit_length() - 1)
    return node_hash(root_of_parts(known, start, middle), root_of_parts(known, middle, stop))


def _manifest(incident_id: str, contents: dict[str, bytes]) -> bytes:
    listed = {
        name: {"bytes": len(held), "sha256": sha256(held).hexdigest()}
        for name, held in sorted(contents.items())
    }
    document = {"schema": SCHEMA, "incident": incident_id, "files": listed}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def _write(path: Path, contents: Iterable[File]) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".bundle-")
    try:
        # Stored, not deflated: another version of zlib would give other bytes.
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, held in contents:
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                archive.writestr(entry, held)
        Path(draft).chmod(0o600)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
