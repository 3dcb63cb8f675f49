"""The forms that manual steps ask for: each is read, checked and applied in the unit that records the answer."""

from typing import Any

from sqlalchemy import func
from sqlmodel import select

from models.database import Work
from models.errors import InvalidInputError, RefusedError
from models.facts_reading import read_facts
from models.people import DataSubject
from models.vocabulary import Role
from response.accountability import record_conduct
from response.by_hand import record_done, record_undone
from response.context import FormHandler, StepContext
from response.duty_settlement import cover_duties
from response.facts import record_facts
from response.investigation import record_root_cause
from response.plain_form import keep_answers


def confirm_facts(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Record a facts file as the next version; it must say since when the organisation is aware."""
    facts = read_facts(document, where="the facts form")
    if facts.aware_at is None:
        raise InvalidInputError(
            "The facts do not say since when the organisation is aware.",
            where="aware_at",
            expected="the moment of reasonable certainty, with an offset",
            remedy="That moment starts the GDPR clock; nobody but a person can say it.",
        )
    version = record_facts(unit, context.incident, facts, by, Role.INCIDENT_LEAD)
    return {"facts_version": version}


def confirm_people(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Confirm that the register of affected people is complete; it must have been imported before."""
    del document, by
    counted = unit.session.exec(
        select(func.count()).select_from(DataSubject).where(DataSubject.incident_id == context.incident.id)
    ).one()
    if not counted:
        raise RefusedError(
            "No affected people were imported yet.",
            where=context.incident.id,
            remedy=f"Run `tocsin people import {context.incident.id} FILE` first.",
        )
    return {"people": counted}


FORMS: dict[str, FormHandler] = {
    "manual.facts": confirm_facts,
    "manual.people": confirm_people,
    "manual.duties": cover_duties,
    "manual.root_cause": record_root_cause,
    "manual.accountability": record_conduct,
    "manual.task": keep_answers,
    "containment.execute": record_done,
    "containment.revert": record_undone,
}
