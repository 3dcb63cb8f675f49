"""The record of reports to authorities: a draft, its approval, its submission, and what follows from that."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from models.database import Work
from models.errors import NotFoundError, RefusedError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import FilingStatus, Role
from regulations.filing_forms.filling import fill
from regulations.filing_forms.forms import form_for
from response.authorities.input import SENT, FilingInputs
from response.authorities.supplements import open_what_is_missing
from response.context import TOCSIN
from response.duties import (
    meet_part,
    obligations_of,
    parts_of,
    rule_of,
    stands,
)
from response.facts import latest_facts, record_facts
from response.form_reading import digest_of
from response.recurring import open_next
from response.triage import reassess

UNSENT = (FilingStatus.DRAFT, FilingStatus.APPROVED)
FACT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")  # what `filed` in the facts takes as a rule


def draft(unit: Work, incident: Incident, obligation: Obligation, inputs: FilingInputs, actor: str) -> Filing:
    """Draft the report one duty asks for; a draft that says the same is kept, an older one superseded.

    One that a connector may be handing over stays: what it lacks follows in the next report.
    """
    earlier = _filings_of(unit.session, obligation.id)
    rule = rule_of(obligation)
    known = inputs.known_for(obligation)
    filled = fill(form_for(obligation.rule, known.stage, rule.content), known, _language(rule.language))
    digest = digest_of({**filled.content, "made_at": None})
    for old in earlier:
        if old.status in UNSENT and (old.content_hash == digest or old.posting_since is not None):
            return old
        if old.status in UNSENT:
            old.status = FilingStatus.SUPERSEDED
            unit.session.add(old)
    filing = Filing(
        id=f"{obligation.id}/{len(earlier) + 1}",
        incident_id=incident.id,
        obligation_id=obligation.id,
        rule=obligation.rule,
        form=filled.form,
        stage=obligation.stage,
        authority=obligation.recipient,
        language=str(filled.content["language"]),
        facts_version=incident.facts_version,
        content=filled.content,
        missing=list(filled.missing),
        content_hash=digest,
        drafted_at=unit.clock(),
    )
    unit.session.add(filing)
    note_filing(unit, incident, filing, "filing:drafted", actor, Role.LEGAL, missing=len(filled.missing))
    return filing


def mark_approved(unit: Work, incident: Incident, filing: Filing, by: Iterable[str], role: str) -> None:
    """Record who approved exactly this content."""
    people = list(by)
    filing.status, filing.approved_at, filing.approved_by = (
        FilingStatus.APPROVED,
        unit.clock(),
        ", ".join(people),
    )
    unit.session.add(filing)
    note_filing(unit, incident, filing, "filing:approved", people[0], role, approved_by=people)


def mark_submitted(
    unit: Work,
    incident: Incident,
    filing: Filing,
    by: str,
    role: str,
    at: datetime,
    receipt_number: str | None,
    **body: object,
) -> None:
    """Record that an approved report went to its authority, and close what it closes.

    Raises:
        RefusedError: nobody approved it. Nothing is reported without an approved filing.
    """
    if filing.status != FilingStatus.APPROVED:
        raise RefusedError(f"This filing is {filing.status}.", where=filing.id, expected="an approved one")
    filing.status = FilingStatus.ACKNOWLEDGED if receipt_number else FilingStatus.SUBMITTED
    filing.submitted_at, filing.submitted_by, filing.receipt_number = at, by, receipt_number
    filing.posting_since = None
    unit.session.add(filing)
    note_filing(
        unit, incident, filing, "filing:submitted", by, role, has_receipt=receipt_number is not None, **body
    )
    for obligation in served_by(obligations_of(unit.session, incident.id), filing):
        if "authority" in parts_of(obligation):
            meet_part(unit, incident, obligation, "authority", at, filing.id, by)
            open_next(unit, incident, obligation, at, by)


def served_by(duties: list[Obligation], filing: Filing) -> list[Obligation]:
    """List the standing duties one report meets: its own, and those whose law takes the same report."""
    own = next(duty for duty in duties if duty.id == filing.obligation_id)
    found = [own]
    if "supplement_of" not in own.detail:
        same = rule_of(own).same_report_as
        others = (duty for duty in duties if duty.id != own.id and "supplement_of" not in duty.detail)
        found += [duty for duty in others if rule_of(duty).same_report_as == own.rule or duty.rule == same]
    return [duty for duty in found if stands(duty)]


def after_submission(unit: Work, incident: Incident, filings: list[Filing], actor: str) -> None:
    """Note in the facts what was filed, have the law say what follows, and open supplements for what was missing."""
    moments = {
        filing.rule: filing.submitted_at
        for filing in filings
        if re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", filing.rule)
    }
    facts = latest_facts(unit.session, incident)
    fresh = {rule: at for rule, at in moments.items() if facts.filed.get(rule) is None}
    if fresh:
        filed = facts.model_copy(update={"filed": {**facts.filed, **fresh}})
        record_facts(unit, incident, filed, actor, Role.LEGAL)
        unit.session.flush()
        reassess(unit, incident, actor)
        unit.session.flush()
    duties = obligations_of(unit.session, incident.id)
    for filing in filings:
        open_what_is_missing(unit, incident, filing, duties, actor)


def unsent_filings(session: Session, incident_id: str, stages: Iterable[str]) -> list[Filing]:
    """List the drafts and approved reports of some stages."""
    query = select(Filing).where(
        Filing.incident_id == incident_id, col(Filing.status).in_(UNSENT), col(Filing.stage).in_(list(stages))
    )
    return list(session.exec(query.order_by(Filing.id)))


def unsettled_filings(session: Session, incident: Incident, stages: Iterable[str]) -> list[Filing]:
    """List the reports that were sent and are not in the facts yet: what follows from them is still to be said."""
    filed = latest_facts(session, incident).filed
    query = select(Filing).where(
        Filing.incident_id == incident.id, col(Filing.status).in_(SENT), col(Filing.stage).in_(list(stages))
    )
    return [row for row in session.exec(query.order_by(Filing.id)) if filed.get(row.rule) is None]


def filing_for_update(session: Session, filing_id: str) -> Filing:
    """Give one filing, locked for this unit of work; raises NotFoundError."""
    filing = session.exec(
        select(Filing).where(Filing.id == filing_id).with_for_update(key_share=True)
    ).first()
    if filing is None:
        raise NotFoundError(
            f"There is no filing {filing_id[:120]}.", remedy="`tocsin filing list` shows them."
        )
    return filing


def _filings_of(session: Session, obligation_id: str) -> list[Filing]:
    return list(session.exec(select(Filing).where(Filing.obligation_id == obligation_id).order_by(Filing.id)))


def _language(law_language: str | None) -> str:
    return "zh" if law_language and law_language.startswith("zh") else "en"


def note_filing(
    unit: Work, incident: Incident, filing: Filing, tag: str, actor: str, role: str, **body: object
) -> None:
    """Enter what happened to a filing into the ledger."""
    unit.record(
        tag,
        actor=actor or TOCSIN,
        role=role,
        incident_id=incident.id,
        facts_version=filing.facts_version,
        drill=incident.drill,
        body={"filing": filing.id, "form": filing.form, "sha256": filing.content_hash, **body},
    )
