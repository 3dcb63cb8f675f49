"""Write reports into the home and keep their digests, so that a copy shown later can be checked."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, select

from models.accountability import Report
from models.database import Store, Work
from models.incident import Incident
from models.ledger import last_checkpoint
from models.vocabulary import Language, Role
from reports.incident import build_incident_report
from reports.rendering import render_incident_report
from reports.view import IncidentReport
from response.context import TOCSIN, StepContext, StepOutcome
from response.organisation import organisation_of
from response.plan import find_incident
from response.telling.coverage import coverage_of

KIND = "incident"
KINDS = (KIND, "summary")
FORMATS = ("html", "pdf", "docx")
NO_LANGUAGE = "-"  # of the JSON, which holds the whole report as data


def compile_reports(context: StepContext) -> StepOutcome:
    """Write the incident's reports in every language and format; the step `report.compile`."""
    paths = write_reports(context.store, context.incident.id)
    return StepOutcome(values={"report": f"reports/{context.incident.id}", "files": len(paths)})


def write_reports(store: Store, incident_id: str) -> tuple[Path, ...]:
    """Write the whole report and the page in brief as HTML, PDF and DOCX, and the JSON, under the home.

    In the languages that the organisation's file asks for, all from one moment's records. Calling it again
    replaces the files and their digests; the ledger keeps each time.
    """
    at = store.clock()
    languages = organisation_of(store.settings.home).report_languages
    with store.reading() as session:
        incident, report, size = _gather(store, session, incident_id, at)
    wanted = [(kind, language, form) for kind in KINDS for language in languages for form in FORMATS]
    rows = [_write(store, report, *each, at, size) for each in (*wanted, (KIND, NO_LANGUAGE, "json"))]
    with store.work() as unit:
        for row in rows:
            unit.session.merge(row)
        _note(unit, incident, {Path(row.path).name: row.sha256 for row in rows})
    return tuple(store.settings.home / row.path for row in rows)


def _write(
    store: Store, report: IncidentReport, kind: str, language: str, form: str, at: datetime, size: int
) -> Report:
    spoken = Language.EN.value if language == NO_LANGUAGE else language
    content = render_incident_report(report, spoken, form, kind)
    path = _place(store, report.incident_id, kind, language, form)
    path.write_bytes(content)
    return Report(
        id=f"{report.incident_id}/{kind}/{language}/{form}",
        incident_id=report.incident_id,
        kind=kind,
        language=language,
        format=form,
        sha256=sha256(content).hexdigest(),
        path=str(path.relative_to(store.settings.home)),
        made_at=at,
        ledger_size=size,
    )


def rewrite_reports(store: Store, incident_id: str) -> tuple[Path, ...]:
    """Write the reports of an incident anew from the records as they are now, where any were kept."""
    kept = select(Report).where(Report.incident_id == incident_id)
    with store.work() as unit:
        rows = unit.session.exec(kept).all()
        for row in rows:
            unit.session.delete(row)
    for row in rows:
        (store.settings.home / row.path).unlink(missing_ok=True)
    return write_reports(store, incident_id) if rows else ()


def _gather(
    store: Store, session: Session, incident_id: str, at: datetime
) -> tuple[Incident, IncidentReport, int]:
    coverage = coverage_of(session, incident_id, at)
    incident = find_incident(session, incident_id)
    head = last_checkpoint(session)
    exchange = organisation_of(store.settings.home).exchange()
    report = build_incident_report(session, incident_id, coverage, at, exchange=exchange)
    return incident, report, head.size if head else 0


def read_report(store: Store, incident_id: str, language: str, form: str, kind: str = KIND) -> bytes:
    """Write a report of the present moment without keeping it."""
    with store.reading() as session:
        _, report, _ = _gather(store, session, incident_id, store.clock())
    return render_incident_report(report, language, form, kind)


def _place(store: Store, incident_id: str, kind: str, language: str, form: str) -> Path:
    folder = store.settings.home / "reports" / incident_id
    folder.mkdir(parents=True, exist_ok=True)
    part = "" if language == NO_LANGUAGE else f".{language}"
    return folder / f"{kind}-report{part}.{form}"


def _note(unit: Work, incident: Incident, digests: dict[str, str]) -> None:
    unit.record(
        "report:compiled",
        actor=TOCSIN,
        role=Role.INCIDENT_LEAD,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body={"kinds": list(KINDS), "sha256": digests},
    )
