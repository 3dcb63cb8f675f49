"""Evidence: taken in whole and sealed with the incident's key; the ledger gets its id and digest.

Names of files may name people, so they are sealed as well.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, select

from models.crypto import Sealer
from models.database import Store, Work
from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.evidence import Evidence
from models.incident import Incident, IncidentKey
from models.vocabulary import Role
from response.incidents import next_number
from response.plan import find_incident
from response.staff import role_of

KINDS = ("file", "capture", "log", "image", "message", "statement")
MAY_COLLECT = (Role.RESPONDER, Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.LEGAL)
MEBIBYTE = 1 << 20
LONGEST_NAME = 200


@dataclass(frozen=True)
class Label:
    """What a piece of evidence is called; sealed, since names of files may name people."""

    file: str
    about: str = ""


def add_evidence(
    store: Store,
    incident_id: str,
    path: Path,
    by: str,
    *,
    kind: str = "file",
    about: str = "",
    name: str = "",
) -> Evidence:
    """Take a file in as evidence: digest, sealed bytes, collector; `name` calls it otherwise than its file.

    Raises:
        InvalidInputError: it is empty, larger than TOCSIN_EVIDENCE_LIMIT_MIB, or its name is no plain name.
        NotFoundError: there is no such incident.
        RefusedError: the person may not, or the incident was erased.
    """
    if kind not in KINDS:
        raise InvalidInputError(f"There is no kind of evidence {kind[:20]!r}.", expected=", ".join(KINDS))
    label = Label(plain_name(name or path.name), about.strip())
    clear = read_capture(path, store.settings.evidence_limit_mib)
    with store.work() as unit:
        role = role_of(unit.session, by, MAY_COLLECT)
        incident = find_incident(unit.session, incident_id)
        row = keep_evidence(unit, incident, clear, by, kind=kind, label=label)
        note_evidence(
            unit, incident, row, "evidence:collected", by, role, kind=kind, sha256=row.sha256, bytes=row.size
        )
    return row


def keep_evidence(
    unit: Work, incident: Incident, clear: bytes, by: str, *, kind: str, label: Label | None = None
) -> Evidence:
    """Seal bytes as the next piece of evidence of an incident; the caller records it."""
    sealer = _sealer(unit.store, unit.session, incident.id)
    number = f"{incident.id}/E{next_number(unit.session, f'{incident.id}/E')}"
    written = json.dumps({"file": label.file, "about": label.about}, sort_keys=True) if label else None
    row = Evidence(
        id=number,
        incident_id=incident.id,
        kind=kind,
        sha256=hashlib.sha256(clear).hexdigest(),
        size=len(clear),
        sealed=sealer.seal(clear, f"evidence/{number}"),
        sealed_label=sealer.seal(written.encode(), f"evidence/{number}/label") if written else None,
        collected_by=by,
        collected_at=unit.clock(),
        holder=by,
    )
    unit.session.add(row)
    return row


def read_capture(path: Path, limit_mib: int) -> bytes:
    """Read a file that is to be evidence, whole.

    Raises:
        UnavailableError, InvalidInputError: it can't be read, is empty, or larger than the limit in MiB.
    """
    limit = limit_mib * MEBIBYTE
    try:
        with path.open("rb") as file:
            clear = file.read(limit + 1)
    except OSError as error:
        raise UnavailableError(f"The file can't be read ({error.strerror}).", where=str(path)) from None
    if len(clear) > limit:
        raise InvalidInputError(
            "The file is too large for evidence; nothing was stored.",
            where=str(path),
            expected=f"at most {limit_mib} MiB",
            remedy="Split it, or raise TOCSIN_EVIDENCE_LIMIT_MIB.",
        )
    if not clear:
        raise InvalidInputError("The file is empty.", where=str(path))
    return clear


def plain_name(name: str) -> str:
    """Give a name that stays in the folder it is written to; raises InvalidInputError for any other."""
    climbs = name in {"", ".", ".."} or any(letter in name for letter in "/\\:") or not name.isprintable()
    if climbs or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise InvalidInputError(
            "The name of the evidence is not a plain file name; nothing was stored.",
            expected=f"a name without folders, of at most {LONGEST_NAME} bytes",
            remedy="Give another with --name.",
        )
    return name


def list_evidence(session: Session, incident_id: str) -> list[Evidence]:
    """List an incident's evidence in the order it came; raises NotFoundError."""
    find_incident(session, incident_id)
    # Without the sealed bytes: a list of a hundred captures must fit in memory.
    query = select(Evidence).where(Evidence.incident_id == incident_id)
    rows = session.exec(query.options(defer(Evidence.sealed)))  # type: ignore[arg-type]
    return sorted(rows, key=lambda row: int(row.id.rpartition("/E")[2]))


def label_of(store: Store, session: Session, row: Evidence) -> Label | None:
    """Open what a piece of evidence is called; None when it has no name, or was erased."""
    if row.sealed_label is None:
        return None
    told = json.loads(
        _sealer(store, session, row.incident_id).open(row.sealed_label, f"evidence/{row.id}/label")
    )
    return Label(told["file"], told["about"])


def open_evidence(store: Store, session: Session, row: Evidence) -> bytes:
    """Open evidence and check it against its digest; raises RefusedError when it is not what was collected."""
    sealer = _sealer(store, session, row.incident_id)
    if row.sealed is None:
        raise RefusedError(f"{row.id} was erased.")
    clear = sealer.open(row.sealed, f"evidence/{row.id}")
    if hashlib.sha256(clear).hexdigest() != row.sha256:
        raise RefusedError(
            f"{row.id} is not what was collected: its digest differs.",
            remedy="Run `tocsin ledger verify`; the ledger holds the digest at collection.",
        )
    return clear


def _sealer(store: Store, session: Session, incident_id: str) -> Sealer:
    key = session.get(IncidentKey, incident_id)
    return store.sealer(incident_id, key.wrapped if key else None)


def note_evidence(
    unit: Work, incident: Incident, row: Evidence, tag: str, by: str, role: str, **said: Any
) -> None:
    """Record what was done with a piece of evidence: its id, digests, who."""
    unit.record(
        tag,
        actor=by,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"evidence": row.id, **said},
    )
