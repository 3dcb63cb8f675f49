"""The story of a response as it happens, told from the ledger: what happened, what is due, who decided."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.ledger import LedgerEntry
from models.obligation import Obligation
from models.vocabulary import ObligationStatus

TELLERS: Mapping[str, str] = {
    "signal:received": "A signal came in ({form}).",
    "incident:declared": "Incident declared.",
    "facts:recorded": "What is known was recorded as facts version {facts_version}, by {actor}.",
    "triage:assessed": "Triage: severity {severity}, risk {risk}; "
    "tell authorities: {tell_authority}, tell people: {tell_individuals}.",
    "containment:planned": "Containment planned: {containment}.",
    "containment:executed": "Containment carried out: {containment}.",
    "containment:verified": "Containment checked: {containment} holds.",
    "decision:asked": "Waiting for people: {decision}.",
    "decision:answered": "{actor} ({role}): {verdict} to {decision}.",
    "people:imported": "Register of affected people: {stored} people from {rows} rows, {merged} merged, "
    "{without_address} without an address, {fault_count} faulty cells reported by row.",
    "campaign:prepared": "Notices prepared for {audience} people.",
    "campaign:approved": "Telling people was approved by two; sending.",
    "campaign:done": "Everybody who can be reached was told: {people}.",
    "filing:drafted": "Report drafted: {filing}, {missing} answers still missing.",
    "filing:submitted": "Report submitted: {filing}, released by {actor}.",
    "root_cause:signed": "Root cause signed by {actor}.",
    "report:compiled": "Report written.",
    "incident:closed": "Incident closed by the closure gate.",
    "step:failed": "Step {step} failed.",
}


class Storyteller:
    """Follows one incident's ledger entries and tells each once."""

    def __init__(self, incident_id: str, tell: Callable[[str], None]) -> None:
        """Start before the first entry."""
        self._incident_id, self._tell, self._next = incident_id, tell, 0
        self._duties_told = False

    def follow(self, session: Session) -> None:
        """Tell what was entered since the last call."""
        query = (
            select(LedgerEntry)
            .where(LedgerEntry.incident_id == self._incident_id, col(LedgerEntry.seq) >= self._next)
            .order_by(col(LedgerEntry.seq))
        )
        for entry in session.exec(query):
            self._next = entry.seq + 1
            document = json.loads(entry.document)
            line = _line(document)
            if line:
                self._tell(f"{_time(entry.at)}  {line}")
            if entry.tag == "triage:assessed" and not self._duties_told:
                self._duties_told = True
                self._tell_duties(session)

    def _tell_duties(self, session: Session) -> None:
        query = (
            select(Obligation)
            .where(
                Obligation.incident_id == self._incident_id,
                Obligation.status == ObligationStatus.OPEN,
                col(Obligation.due_at).is_not(None),
            )
            .order_by(col(Obligation.due_at))
        )
        for duty in session.exec(query):
            due = duty.due_at.strftime("%Y-%m-%d %H:%MZ") if duty.due_at else ""
            self._tell(f"          due {due}  {duty.rule}: {duty.recipient} ({duty.citation})")


def _line(document: Mapping[str, Any]) -> str:
    pattern = TELLERS.get(document["tag"])
    if pattern is None:
        return ""
    known = {**document, **document["body"]}
    return pattern.format_map(_Blank(known))


class _Blank(dict[str, Any]):
    """Gives an ellipsis for what an entry does not say, so that a story never stops for want of a word."""

    def __missing__(self, key: str) -> str:
        """Stand in for a word that is not there."""
        del key
        return "…"


def _time(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
