"""Handing a proof of drills to a supervisor: written from the records, its digest entered in the ledger."""

from datetime import datetime
from hashlib import sha256

from models.clock import iso_utc
from models.database import Store
from models.vocabulary import Role
from regulations.exercises import Standing
from reports.exercises_held import exercise_standings
from reports.proof import build_proof
from reports.rendering import render_proof
from response.context import TOCSIN
from response.organisation import organisation_of


def drill_duties(store: Store, *, voluntary: bool = False) -> tuple[Standing, ...]:
    """Say where the organisation stands with each duty to exercise its plan; `voluntary` adds what one may choose."""
    known = organisation_of(store.settings.home).organisation
    with store.reading() as session:
        return exercise_standings(session, known, store.clock(), voluntary=voluntary)


def issue_proof(store: Store, start: datetime, end: datetime, language: str, form: str) -> bytes:
    """Write the proof of the exercises begun in `[start, end)`; a copy shown later is checked by its digest.

    Raises:
        InvalidInputError: the period ends before it starts, or has no offset.
        NotFoundError: no such language or format.
    """
    known = organisation_of(store.settings.home).organisation
    with store.reading() as session:
        proof = build_proof(session, known, start, end, store.clock())
    content = render_proof(proof, language, form)
    body = {
        "kind": "drill_proof",
        "from": iso_utc(proof.start),
        "to": iso_utc(proof.end),
        "sha256": {f"{language}.{form}": sha256(content).hexdigest()},
    }
    with store.work() as unit:
        unit.record("report:compiled", actor=TOCSIN, role=Role.INCIDENT_LEAD, body=body)
    return content
