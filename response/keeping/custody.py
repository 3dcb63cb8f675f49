"""Chain of custody: who holds a piece of evidence, since when, why, and proof that it did not change.

After ISO/IEC 27037:2012, 5.4.4 and 6.1. The ledger gets ids and digests; reasons are sealed.
"""

import os
import re
from pathlib import Path

from sqlmodel import Session, col, func, select

from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, UnavailableError
from models.evidence import CustodyTransfer, Evidence
from models.vocabulary import Role
from response.keeping.evidence import label_of, note_evidence, open_evidence, plain_name
from response.plan import find_incident
from response.remarks import keep_remark
from response.staff import role_of

MAY_HAND_OVER = (Role.INCIDENT_LEAD, Role.LEGAL)  # besides the one who holds it
MAY_EXPORT = (Role.INCIDENT_LEAD, Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)
HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def custody_of(session: Session, evidence_id: str) -> list[CustodyTransfer]:
    """List how a piece of evidence went from hand to hand."""
    query = select(CustodyTransfer).where(CustodyTransfer.evidence_id == evidence_id)
    return list(session.exec(query.order_by(col(CustodyTransfer.number))))


def transfer_evidence(store: Store, evidence_id: str, taker: str, by: str, reason: str) -> CustodyTransfer:
    """Pass evidence on to another holder, after checking that it is unchanged.

    Raises:
        InvalidInputError: the taker's handle or the reason is missing or malformed.
        RefusedError: the person is neither the holder nor in a role that may, or the bytes changed.
    """
    if not HANDLE.fullmatch(taker):
        raise InvalidInputError(
            "The new holder can't be recorded under that name.",
            expected="a staff id, or a short handle such as police-berlin (no personal name)",
        )
    with store.work() as unit:
        row = _for_update(unit.session, evidence_id)
        role = role_of(unit.session, by, () if row.holder == by else MAY_HAND_OVER)
        open_evidence(store, unit.session, row)
        moved = _moved(unit, row, "handed", taker, by, reason)
        row.holder = taker
        unit.session.add(row)
        incident = find_incident(unit.session, row.incident_id)
        said = {"giver": moved.giver, "taker": taker, "sha256": row.sha256, "reason": moved.reason_digest}
        note_evidence(unit, incident, row, "evidence:transferred", by, role, **said)
    return moved


def export_evidence(store: Store, evidence_id: str, folder: Path, by: str, reason: str) -> Path:
    """Write a checked copy in clear into a folder, for its owner only; an existing file is never replaced.

    Raises:
        RefusedError: the role may not, the bytes changed, or the evidence was erased.
        UnavailableError: the file can't be written; nothing was recorded.
    """
    with store.work() as unit:
        row = _for_update(unit.session, evidence_id)
        role = role_of(unit.session, by, MAY_EXPORT)
        clear, label = open_evidence(store, unit.session, row), label_of(store, unit.session, row)
        path = folder / plain_name(label.file if label else f"{evidence_id.replace('/', '-')}.bin")
        note_copy(unit, row, by, role, reason)
        write_copy(path, clear)
    return path


def note_copy(unit: Work, row: Evidence, by: str, role: str, reason: str) -> None:
    """Record that somebody takes a copy in clear, in the custody of the piece and in the ledger.

    Raises:
        InvalidInputError: no reason.
    """
    moved = _moved(unit, row, "copied", by, by, reason)
    incident = find_incident(unit.session, row.incident_id)
    said = {"sha256": row.sha256, "reason": moved.reason_digest}
    note_evidence(unit, incident, row, "evidence:exported", by, role, **said)


def write_copy(path: Path, clear: bytes) -> None:
    """Write a copy for its owner only; raises UnavailableError, also where a file is already there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(clear)
    except OSError as error:
        raise UnavailableError(
            f"The copy can't be written ({error.strerror}).", where=str(path), remedy="Choose another folder."
        ) from None


def _moved(unit: Work, row: Evidence, kind: str, taker: str, by: str, reason: str) -> CustodyTransfer:
    count = select(func.count()).select_from(CustodyTransfer).where(CustodyTransfer.evidence_id == row.id)
    moved = CustodyTransfer(
        evidence_id=row.id,
        number=unit.session.exec(count).one() + 1,
        incident_id=row.incident_id,
        kind=kind,
        giver=row.holder,
        taker=taker,
        reason_digest=keep_remark(unit, row.incident_id, row.id, reason, by),
        recorded_by=by,
        at=unit.clock(),
    )
    unit.session.add(moved)
    return moved


def _for_update(session: Session, evidence_id: str) -> Evidence:
    row = session.exec(
        select(Evidence).where(Evidence.id == evidence_id).with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFoundError(
            f"There is no evidence {evidence_id[:120]}.", remedy="`tocsin evidence list INC` shows it."
        )
    return row
