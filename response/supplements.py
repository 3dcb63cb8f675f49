"""Which reports and notices say something that newer facts no longer bear out, and in what.

A report goes out with what is known and is supplemented as more becomes known (GDPR Art. 33(4); CAC 2025
Art. 7(2)). Both versions of the facts fill the same form: what comes out different needs a supplement.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlmodel import Session, col, select

from models.facts import Facts
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.vocabulary import CampaignStatus, FilingStatus
from notifications.notice_text import NoticeDetails, details_from_facts
from regulations.facts_change import changed_facts, with_fact
from regulations.filing_forms.filling import fill
from regulations.filing_forms.forms import Form, form_for
from regulations.filing_forms.known import Known
from regulations.gradings import grade
from regulations.triage import triage
from response.duties import rule_of

LEFT_US = (FilingStatus.APPROVED, FilingStatus.SUBMITTED, FilingStatus.ACKNOWLEDGED)
SAID = (CampaignStatus.APPROVED, CampaignStatus.SENDING, CampaignStatus.PAUSED, CampaignStatus.DONE)
Says = Callable[[Facts], Any]


@dataclass(frozen=True)
class Supplement:
    """One report or notice made from an older version of the facts, and the facts it said that changed since."""

    kind: Literal["filing", "campaign"]
    id: str
    made_from: int
    now: int
    changed_facts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "kind": self.kind,
            "id": self.id,
            "made_from": self.made_from,
            "now": self.now,
            "changed_facts": list(self.changed_facts),
        }


def supplements_needed(session: Session, incident_id: str) -> tuple[Supplement, ...]:
    """List the newest report under each law, and the notices, that the newest facts have overtaken."""
    incident = session.get(Incident, incident_id)
    if incident is None or not incident.facts_version:
        return ()
    versions = _Versions(session, incident)
    found = []
    for kind, id_, made_from, says in (*_filings(session, incident_id), *_campaigns(session, incident_id)):
        changed = versions.changed(made_from, says)
        if changed:
            found.append(Supplement(kind, id_, made_from, incident.facts_version, changed))
    return tuple(found)


class _Versions:
    """The versions of one incident's facts, each read once."""

    def __init__(self, session: Session, incident: Incident) -> None:
        self._session, self._incident = session, incident
        self._read: dict[int, Facts] = {}

    def facts(self, version: int) -> Facts:
        """Read one version."""
        if version not in self._read:
            row = self._session.get_one(FactsVersion, (self._incident.id, version))
            self._read[version] = Facts.model_validate(row.document)
        return self._read[version]

    def changed(self, made_from: int, says: Says) -> tuple[str, ...]:
        """Name the facts changed since `made_from` that alone alter what is said; all, if only several together do."""
        if made_from >= self._incident.facts_version:
            return ()
        before, after = self.facts(made_from), self.facts(self._incident.facts_version)
        paths, said = changed_facts(before, after), says(before)
        after = replace_all(before, paths, after)
        if says(after) == said:
            return ()
        return tuple(path for path in paths if says(with_fact(before, path, after)) != said) or paths


def replace_all(before: Facts, paths: tuple[str, ...], after: Facts) -> Facts:
    """Return `before` with the facts at `paths` as they are in `after`."""
    for path in paths:
        before = with_fact(before, path, after)
    return before


Made = tuple[Literal["filing", "campaign"], str, int, Says]


def _filings(session: Session, incident_id: str) -> Iterator[Made]:
    query = select(Filing).where(Filing.incident_id == incident_id, col(Filing.status).in_(LEFT_US))
    newest: dict[tuple[str, str], tuple[Filing, Form]] = {}
    for filing in session.exec(query.order_by(col(Filing.drafted_at), col(Filing.id))):
        rule = rule_of(session.get_one(Obligation, filing.obligation_id))
        form = form_for(filing.rule, _stage(filing), rule.content)
        newest[rule.law, filing.authority] = (filing, form)
    for filing, form in newest.values():
        yield "filing", filing.id, filing.facts_version, _answers(filing, form)


def _stage(filing: Filing) -> str:
    return str(filing.content.get("stage", filing.stage))


def _answers(filing: Filing, form: Form) -> Says:
    """Fill the filing's form from facts alone: what the record of the response adds is the same on both sides."""

    def says(facts: Facts) -> Any:
        answer = triage(facts)
        known = Known(
            facts=facts,
            reference=filing.incident_id,
            at=filing.drafted_at,
            stage=_stage(filing),
            rule=filing.rule,
            severity=answer.severity.level,
            risk=answer.risk.risk,
            tell_individuals=answer.decisions["individuals"],
            grades={scheme: found.grade for scheme, found in grade(facts).items() if found.grade},
        )
        return {row["id"]: row["value"] for row in fill(form, known, filing.language).content["fields"]}

    return says


def _campaigns(session: Session, incident_id: str) -> Iterator[Made]:
    query = select(Campaign).where(Campaign.incident_id == incident_id, col(Campaign.status).in_(SAID))
    for campaign in session.exec(query.order_by(Campaign.id)):
        yield "campaign", campaign.id, campaign.facts_version, _notice


def _notice(facts: Facts) -> NoticeDetails:
    """Give what a notice says; that the leak was closed since is no news for which people are written to again."""
    return replace(details_from_facts(facts, reference="", contact_email=""), measures=())
