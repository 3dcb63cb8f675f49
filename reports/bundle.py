"""The evidence bundle: one ZIP with everything about an incident that an auditor checks offline.

The manifest names every file with its digest and is signed with the ledger's key; the incident's entries are
proved to lie in the signed ledger without showing any other incident's. The same records give the same bytes.
"""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlmodel import Session

from models.database import Store
from models.errors import NotFoundError, RefusedError, UnavailableError
from models.incident import Incident
from reports.bundle_ledger import ledger_files
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
  ledger/stamps/                       heads that an authority outside stamped (RFC 3161), with its answers
  reports/                             the reports as they were made

The verifier checks that each stamped head is a head of this ledger and that the stamp is of it, not who
stamped it. That is a matter of the authority's certificate, best had from the authority itself:

  openssl ts -verify -data ledger/stamps/N.note -in ledger/stamps/N.tsr -CAfile ledger/stamps/authority.pem

"""
SEALED = "It holds no data of the people concerned: those are sealed in the organisation's home.\n"
CLEAR = """\
CONFIDENTIAL. evidence/ holds the evidence itself, in clear, one folder for each piece; it may name people. The
folder is named after the piece, and evidence/about.json says what each shows.
"""


class Enclosure(NamedTuple):
    """A file that goes in as it is; it may be large, so it is read only while it is written."""

    sha256: str
    size: int  # bytes
    read: Callable[[], bytes]


def write_bundle(
    store: Store, incident_id: str, target: Path, evidence: Mapping[str, Enclosure] | None = None
) -> Path:
    """Write the bundle to `target`, a file or a folder to put it in, and give its path.

    `evidence`, by name in the archive, is given by who may open it: `response.keeping.bundling`.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: the ledger does not verify, or a report or stamp was changed or lost; nothing is written.
        UnavailableError: the target can't be written.
    """
    enclosed = evidence or {}
    with store.reading() as session:
        incident = session.get(Incident, incident_id)
        if incident is None:
            raise NotFoundError(f"There is no incident {incident_id}.", remedy="See `tocsin incident list`.")
        contents = dict(_contents(store, session, incident))
    about = CLEAR if evidence is not None else SEALED
    contents["README.txt"] = READ_ME.format(incident=incident_id).encode() + about.encode()
    manifest = _manifest(incident_id, contents, enclosed)
    contents["manifest.json"] = manifest
    contents["manifest.note"] = store.signer.sign_bundle(incident_id, sha256(manifest).digest()).encode()
    path = bundle_path(incident_id, target)
    try:
        _write(path, {**contents, **enclosed})
    except OSError as error:
        raise UnavailableError(
            f"The bundle can't be written ({error.strerror}).",
            where=str(path),
            remedy="Choose another place.",
        ) from None
    return path


def bundle_path(incident_id: str, target: Path) -> Path:
    """Say which file a bundle is written to: the one named, or one of its own in the folder named."""
    return target / f"{incident_id}.zip" if target.is_dir() else target


def _contents(store: Store, session: Session, incident: Incident) -> Iterator[File]:
    yield "verify_bundle.py", files("reports").joinpath("verify_bundle.py").read_bytes()
    yield "key.txt", f"{store.signer.verifier().vkey()}\n".encode()
    yield from ledger_files(store, session, incident.id)
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


def _manifest(incident_id: str, contents: Mapping[str, bytes], enclosed: Mapping[str, Enclosure]) -> bytes:
    listed: dict[str, Any] = {
        name: {"bytes": len(held), "sha256": sha256(held).hexdigest()} for name, held in contents.items()
    }
    listed |= {name: {"bytes": each.size, "sha256": each.sha256} for name, each in enclosed.items()}
    document = {"schema": SCHEMA, "incident": incident_id, "files": listed}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def _write(path: Path, contents: Mapping[str, bytes | Enclosure]) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".bundle-")
    try:
        # Stored, not deflated: another version of zlib would give other bytes.
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, held in sorted(contents.items()):
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                archive.writestr(entry, held.read() if isinstance(held, Enclosure) else held)
        Path(draft).chmod(0o600)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
