"""The duty to send what a report left open, or to put right what newer facts have overtaken."""

from models.database import Work
from models.errors import RefusedError
from models.filing import Filing
from models.incident import Incident
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from response.duties import next_report_is_coming, note_duty, obligations_of, rule_of, stands
from response.supplements import supplements_needed


def open_what_is_missing(
    unit: Work, incident: Incident, filing: Filing, duties: list[Obligation], actor: str
) -> None:
    """Open a duty to send what a first report left open, unless the law itself has a next report coming."""
    own = next(duty for duty in duties if duty.id == filing.obligation_id)
    law = rule_of(own).law
    if not filing.missing or filing.stage != "initial" or next_report_is_coming(duties, law, "initial"):
        return
    if not _supplements_of(own, duties):
        because = "The first report left fields open: " + ", ".join(filing.missing)
        _open(unit, incident, own, filing, f"{own.id}#supplement", because, actor)


def supplement_of(unit: Work, incident: Incident, own: Obligation, actor: str) -> Obligation:
    """Give the open duty to supplement a report that was sent; opened now if newer facts have overtaken it.

    Raises:
        RefusedError: nothing is owed: no report went out under this duty, or what it says still stands.
    """
    duties = obligations_of(unit.session, incident.id)
    earlier = _supplements_of(own, duties)
    waiting = next((row for row in earlier if stands(row)), None)
    if waiting is not None:
        return waiting
    overtaken = {each.id: each for each in supplements_needed(unit.session, incident.id)}
    ids = {own.id, *(row.id for row in earlier)}
    for each in overtaken.values():
        filing = unit.session.get(Filing, each.id) if each.kind == "filing" else None
        if filing is not None and filing.obligation_id in ids:
            because = "Newer facts say otherwise: " + ", ".join(each.changed_facts)
            suffix = f"-{len(earlier) + 1}" if earlier else ""
            return _open(unit, incident, own, filing, f"{own.id}#supplement{suffix}", because, actor)
    raise RefusedError("No report is owed under this duty.", where=own.id)


def open_overtaken(unit: Work, incident: Incident, actor: str) -> list[str]:
    """Open a duty to supplement each report that newer facts overtake; names these and those that were open already."""
    duties = obligations_of(unit.session, incident.id)
    for each in supplements_needed(unit.session, incident.id):
        filing = unit.session.get(Filing, each.id) if each.kind == "filing" else None
        if filing is not None:
            reported = next(duty for duty in duties if duty.id == filing.obligation_id)
            rooted = (
                duty for duty in duties if duty.rule == reported.rule and "supplement_of" not in duty.detail
            )
            supplement_of(unit, incident, next(rooted), actor)
    newest = obligations_of(unit.session, incident.id)
    return [duty.id for duty in newest if "supplement_of" in duty.detail and stands(duty)]


def _supplements_of(own: Obligation, duties: list[Obligation]) -> list[Obligation]:
    return [row for row in duties if row.rule == own.rule and "supplement_of" in row.detail]


def _open(
    unit: Work, incident: Incident, own: Obligation, filing: Filing, id_: str, because: str, actor: str
) -> Obligation:
    row = Obligation(
        id=id_,
        incident_id=incident.id,
        rule=own.rule,
        rule_hash=own.rule_hash,
        jurisdiction=own.jurisdiction,
        stage="interim",
        recipient=own.recipient,
        recipient_local=own.recipient_local,
        citation=own.citation,
        verified=own.verified,
        status=ObligationStatus.OPEN,
        answer="immediate",
        starts_at=filing.submitted_at,
        because=because,
        facts_version=incident.facts_version,
        detail={
            **{name: own.detail[name] for name in ("zone", "citation_local") if name in own.detail},
            "supplement_of": filing.id,
            "missing": list(filing.missing),
        },
    )
    unit.session.add(row)
    note_duty(unit, incident, row, "obligation:opened", actor, supplement_of=filing.id)
    return row
