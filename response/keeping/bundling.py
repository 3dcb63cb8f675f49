"""An evidence bundle that holds the evidence itself: opened by one who may, recorded before it leaves."""

import json
import os
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from models.database import Store
from models.errors import UnavailableError
from models.evidence import Evidence
from reports.bundle import Enclosure, bundle_path, write_bundle
from response.keeping.custody import MAY_EXPORT, note_copy
from response.keeping.evidence import label_of, list_evidence, open_evidence, plain_name
from response.staff import role_of

ABOUT = "evidence/about.json"


def bundle_with_evidence(store: Store, incident_id: str, target: Path, by: str, reason: str) -> Path:
    """Write the bundle with copies in clear of all evidence; each copy is an entry of the ledger and of its custody.

    Every piece is compared with its digest before anything is recorded or written.

    Raises:
        NotFoundError: there is no such incident or person.
        RefusedError: the role may not, evidence was erased or changed, or the bundle is refused.
        InvalidInputError: no reason.
        UnavailableError: the target can't be written.
    """
    path = bundle_path(incident_id, target)
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_EXPORT)
        rows = list_evidence(unit.session, incident_id)
        _refuse_unwritable(path)
        for row in rows:
            open_evidence(store, unit.session, row)
            note_copy(unit, row, by, role, reason)
    with store.reading() as session:
        enclosed = enclose(store, session, incident_id)
    return write_bundle(store, incident_id, path, enclosed)


def enclose(store: Store, session: Session, incident_id: str) -> dict[str, Enclosure]:
    """List the evidence of an incident as files of a bundle, each opened only when it is written."""
    found, about = dict[str, Enclosure](), dict[str, dict[str, str]]()
    for row in list_evidence(session, incident_id):
        label, piece = label_of(store, session, row), row.id.rpartition("/")[2]
        name = plain_name(label.file if label else "capture.bin")
        found[f"evidence/{piece}/{name}"] = Enclosure(row.sha256, row.size, partial(_opened, store, row.id))
        about[row.id] = {"file": name, "about": label.about if label else ""}
    told = json.dumps(about, sort_keys=True, indent=2, ensure_ascii=False).encode()
    reader: Callable[[], bytes] = partial(bytes, told)
    return {**found, ABOUT: Enclosure(sha256(told).hexdigest(), len(told), reader)}


def _opened(store: Store, evidence_id: str) -> bytes:
    with store.reading() as session:
        return open_evidence(store, session, session.get_one(Evidence, evidence_id))


def _refuse_unwritable(path: Path) -> None:
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UnavailableError(
            "The bundle can't be written: its folder is missing or closed.",
            where=str(path),
            remedy="Choose another place.",
        )
