"""Write reports into the home and keep their digests, so that a copy shown later can be checked."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from models.accountability import Report
from models.database import Store, Work
from models.incident import Incident
from models.ledger import last_checkpoint
from models.vocabulary import Language, Role
from reports.incident import build_incident_report
from reports.rendering import render_incident_report
from reports.view import IncidentReport
from response.context import TOCSIN, StepContext, StepOutcome
from response.coverage import coverage_of
from response.plan import find_incident

FORMATS = ("html", "pdf")
KIND = "incident"


def compile_reports(context: StepContext) -> StepOutcome:
    """Write the incident report in every language and format; the step `report.compile`."""
    paths = write_reports(context.store, context.incident.id)
    return StepOutcome(values={"report": f"reports/{context.incident.id}", "files": len(paths)})


def write_reports(store: Store, incident_id: str) -> tuple[Path, ...]:
    """Write HTML and PDF in English and Chinese under the home, all from one moment's records.

    Calling it again replaces the files and their digests; the ledger keeps each time.
    """
    at = store.clock()
    with store.reading() as session:
        incident, report, size = _gather(session, incident_id, at)
    written = []
    for language in Language:
        for form in FORMATS:
            content = render_incident_report(report, language.value, form)
            path = _place(store, incident_id, language.value, form)
            path.write_bytes(content)
            written.append((path, language.value, form, sha256(content).hexdigest()))
    with store.work() as unit:
        for path, language_, form, digest in written:
            _keep(unit, store, incident, (path, language_, form, digest), at, size)
        _note(unit, incident, {f"{language_}.{form}": digest for _, language_, form, digest in written})
    return tuple(path for path, *_ in written)


def _gather(session: Session, incident_id: str, at: datetime) -> tuple[Incident, IncidentReport, int]:
    coverage = coverage_of(session, incident_id, at)
    incident = find_incident(session, incident_id)
    head = last_checkpoint(session)
    return incident, build_incident_report(session, incident_id, coverage, at), head.size if head else 0


def read_report(store: Store, incident_id: str, language: str, form: str, kind: str = KIND) -> bytes:
    """Write a report of the present moment without keeping it."""
    with store.reading() as session:
        _, report, _ = _gather(session, incident_id, store.clock())
    return render_incident_report(report, language, form, kind)


def _place(store: Store, incident_id: str, language: str, form: str) -> Path:
    folder = store.settings.home / "reports" / incident_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{KIND}-report.{language}.{form}"


def _keep(
    unit: Work, store: Store, incident: Incident, written: tuple[Path, str, str, str], at: datetime, size: int
) -> None:
    path, language, form, digest = written
    unit.session.merge(
        Report(
            id=f"{incident.id}/{KIND}/{language}/{form}",
            incident_id=incident.id,
            kind=KIND,
            language=language,
            format=form,
            sha256=digest,
            path=str(path.relative_to(store.settings.home)),
            made_at=at,
            ledger_size=size,
        )
    )


def _note(unit: Work, incident: Incident, digests: dict[str, str]) -> None:
    unit.record(
        "report:compiled",
        actor=TOCSIN,
        role=Role.INCIDENT_LEAD,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"kind": KIND, "sha256": digests},
    )
