"""Posting reports to the authorities whose desk takes them by program: claim, post, record the receipt.

The claim is committed before the desk is called, and the key is the filing's: a process killed at any point posts
again under the same key where the desk takes a key once, and leaves it to a person where it does not.
"""

from contextlib import suppress

import orjson
from sqlmodel import Session

from models.database import Store, Work
from models.errors import NotFoundError, RefusedError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from models.settings import Settings
from models.vocabulary import FilingStatus
from reports.rendering import render_filing
from response.authorities.reading import named_report
from response.authorities.records import after_submission, filing_for_update, mark_submitted, note_filing
from response.connectors.http import HttpConnector
from response.connectors.opening import desk as open_desk
from response.duties import rule_of
from response.incidents import locked_incident
from response.organisation import organisation_of


def desk_of(store: Store, session: Session, filing: Filing) -> str | None:
    """Name the connector that posts this filing; None where a person submits it."""
    obligation = session.get(Obligation, filing.obligation_id)
    if obligation is None:
        return None
    return organisation_of(store.settings.home).desk_for(filing.rule, rule_of(obligation).law)


def claim(unit: Work, incident: Incident, filing: Filing, desk: str, by: str, role: str) -> None:
    """Put an approved filing aside for posting; a claim that stands is left as it is.

    Raises:
        RefusedError: nobody approved it, the desk is a rehearsal and the incident is not, or an earlier post may have
            arrived and the desk can't tell repeats.
    """
    if filing.status != FilingStatus.APPROVED:
        raise RefusedError(f"This filing is {filing.status}.", where=filing.id, expected="an approved one")
    acting = open_desk(unit.store.settings, desk, drill=incident.drill)
    _refuse_rehearsal_for_real(unit.store.settings, acting, incident)
    submission = acting.definition.submission
    if filing.posting_since is not None:
        if submission is not None and not submission.idempotent:
            raise RefusedError(
                "This report may have arrived, and its desk can't tell a repeat.",
                where=filing.id,
                remedy="Ask the authority, then record it with `tocsin filing submit --receipt NUMBER`.",
            )
        return
    filing.posting_since = unit.clock()
    unit.session.add(filing)
    note_filing(unit, incident, filing, "filing:claimed", by, role, connector=desk)


def post(store: Store, filing_id: str, desk: str, by: str, role: str, *, settle: bool = True) -> Filing:
    """Hand a claimed filing to its desk and record the receipt; its duty closes.

    `settle` also has the law say what follows; without it the caller does, for many at once.

    Raises:
        UnavailableError: the desk does not answer; the claim stands, and calling again goes on.
        RefusedError: the desk says no; the claim is taken back, and nothing counts as reported.
    """
    with store.reading() as session:
        row, report = session.get(Filing, filing_id), named_report(store, session, filing_id)
    if row is None:
        raise NotFoundError(f"There is no filing {filing_id[:120]}.")
    document = orjson.loads(render_filing(report, row.language, "json"))
    acting = open_desk(store.settings, desk, drill=report.drill)
    try:
        receipt = acting.submit(filing_id, document, f"{filing_id}/{row.content_hash[:16]}")
    except RefusedError:
        _release(store, filing_id, by, role)
        raise
    with store.work() as unit:
        incident = locked_incident(unit.session, row.incident_id)
        filing = filing_for_update(unit.session, filing_id)
        if filing.status == FilingStatus.APPROVED:
            mark_submitted(unit, incident, filing, by, role, unit.clock(), receipt, connector=desk)
            unit.session.flush()
            if settle:
                after_submission(unit, incident, [filing], by)
    return filing


def _refuse_rehearsal_for_real(settings: Settings, acting: HttpConnector, incident: Incident) -> None:
    """Keep a home that tells real people from believing that a rehearsal desk told its authorities."""
    real = settings.smtp_url is not None or settings.twilio_account_sid is not None
    if acting.rehearsal and real and not incident.drill:
        raise RefusedError(
            f"The desk {acting.definition.connector} is a rehearsal: no authority would get this report.",
            where="authorities in organisation.yaml",
            remedy="Give the connector its real address, or submit by hand and record it with --receipt or --at.",
        )


def _release(store: Store, filing_id: str, by: str, role: str) -> None:
    """Take a claim back, since the desk certainly did not take the report."""
    with suppress(NotFoundError), store.work() as unit:
        filing = filing_for_update(unit.session, filing_id)
        if filing.status == FilingStatus.APPROVED:
            filing.posting_since = None
            unit.session.add(filing)
            incident = locked_incident(unit.session, filing.incident_id)
            note_filing(unit, incident, filing, "filing:not_taken", by, role)
