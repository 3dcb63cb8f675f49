"""The story of a response as it happens, told from the ledger: what happened, what is due, who decided."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from textwrap import shorten
from typing import Any

from sqlmodel import Session, col, func, select

from console.plain import counted
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
    "decision:answered": "{actor} ({role}) {verdict} {decision}.",
    "people:imported": "Register of affected people: {stored} people from {rows} rows, {merged} merged, "
    "{without_address} without an address, {fault_count} faulty cells reported by row.",
    "campaign:prepared": "Notices prepared for {audience} people.",
    "campaign:approved": "Telling people was approved by two; sending.",
    "campaign:done": "Everybody who can be reached was told: {people}.",
    "claim:registered": "A claim of somebody affected came in: {claim}.",
    "claim:paid": "Claim {claim} was accepted and paid.",
    "cost:recorded": "Cost: {amount} {currency} for {category} ({basis}).",
    "root_cause:signed": "Root cause signed by {actor}.",
    "report:compiled": "Report written.",
    "incident:closed": "Incident closed by the closure gate.",
    "step:failed": "Step {step} failed.",
    "drill:injected": "Inject {inject} of the scenario, for {role}: {kind}.",
}

GIVEN: Mapping[object, str] = {"approve": "approved", "refuse": "refused", "answer": "answered"}

SUMMARIES: Mapping[str, str] = {
    "filing:drafted": "Drafted {reports} to authorities, {missing} still missing: {rules}.",
    "filing:submitted": "Submitted {reports}, {receipts} with a receipt, released by {actor}: {rules}.",
}


class Storyteller:
    """Follows one incident's ledger entries and tells each once."""

    def __init__(self, incident_id: str, tell: Callable[[str], None]) -> None:
        """Start before the first entry."""
        self._incident_id, self._tell, self._next = incident_id, tell, 0
        self._duties_told = False

    def follow(self, session: Session) -> bool:
        """Tell what was entered since the last call; True when there was something."""
        query = (
            select(LedgerEntry)
            .where(LedgerEntry.incident_id == self._incident_id, col(LedgerEntry.seq) >= self._next)
            .order_by(col(LedgerEntry.seq))
        )
        entries = [(entry.seq, entry.at, json.loads(entry.document)) for entry in session.exec(query)]
        self._next = entries[-1][0] + 1 if entries else self._next
        # Only what is told stands between two that are told as one.
        worth = [entry for entry in entries if entry[2]["tag"] in TELLERS or entry[2]["tag"] in SUMMARIES]
        for tag, group in groupby(worth, key=lambda entry: str(entry[2]["tag"])):
            told = list(group)
            for line in _lines(tag, [document for *_, document in told]):
                self._tell(f"{_time(told[0][1])}  {line}")
            if tag == "triage:assessed" and not self._duties_told:
                self._duties_told = True
                self._tell_duties(session)
        return bool(entries)

    def _tell_duties(self, session: Session) -> None:
        of_incident = (
            Obligation.incident_id == self._incident_id,
            Obligation.status == ObligationStatus.OPEN,
        )
        certain = (*of_incident, col(Obligation.due_at).is_not(None), Obligation.answer != "depends")
        query = select(Obligation).where(*certain).order_by(col(Obligation.due_at))
        for duty in session.exec(query):
            due = duty.due_at.strftime("%Y-%m-%d %H:%MZ") if duty.due_at else ""
            self._tell(f"          due {due}  {duty.rule}: {shorten(duty.recipient, 80, placeholder=' …')}")
        may = session.exec(select(func.count()).where(*of_incident, Obligation.answer == "depends")).one()
        if may:
            self._tell(f"          and {may} more that may apply, each with what would settle it")


def _lines(tag: str, documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell entries of one kind that follow each other; reports come in dozens and are told as one."""
    if tag in SUMMARIES:
        rules = ", ".join(str(document["body"]["filing"]).split("/")[1] for document in documents)
        missing = sum(int(document["body"].get("missing", 0)) for document in documents)
        receipts = sum(bool(document["body"].get("has_receipt")) for document in documents)
        shown = {
            "reports": counted(len(documents), "report"),
            "missing": counted(missing, "answer"),
            "receipts": receipts,
            "actor": documents[0]["actor"],
            "rules": rules,
        }
        return [SUMMARIES[tag].format_map(shown)]
    pattern = TELLERS.get(tag)
    return [pattern.format_map(_Blank(_words_of(each))) for each in documents] if pattern else []


def _words_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an entry says, counts by kind written out: `{"sent": 3}` is "3 sent"."""
    body = {key: in_words(value) if _counts(value) else value for key, value in document["body"].items()}
    return {**document, **body, "verdict": GIVEN.get(body.get("verdict"), "decided")}


def _counts(value: object) -> bool:
    return isinstance(value, Mapping) and all(type(number) is int for number in value.values())


def in_words(counts: Mapping[str, int], between: str = ", ") -> str:
    """Write counts by kind, largest first."""
    largest_first = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return between.join(f"{number} {kind.replace('_', ' ')}" for kind, number in largest_first)


class _Blank(dict[str, Any]):
    """Gives an ellipsis for what an entry does not say, so that a story never stops for want of a word."""

    def __missing__(self, key: str) -> str:
        """Stand in for a word that is not there."""
        del key
        return "…"


def _time(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
