"""Which reports and notices say something that newer facts no longer bear out, and in what.

A report goes out with what is known and is supplemented as more becomes known (GDPR Art. 33(4); CAC 2025
Art. 7(2)). Both versions of the facts fill the same form. A supplement is needed where an answer that was given
now reads differently, or where the stage of the report required an answer that nobody could give. How things went
on since is told by the next report of the same law, where one is out or coming.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlmodel import Session, col, select

from models.facts import Facts
from models.filing import Filing
from models.incident import FactsVersion, Incident
from models.notice import Campaign
from models.obligation import Obligation
from models.vocabulary import CampaignStatus, FilingStatus
from notifications.texts.notice_text import details_from_facts
from regulations.facts_change import changed_facts, with_facts
from regulations.filing_forms.conditions import Stage
from regulations.filing_forms.filling import fill
from regulations.filing_forms.forms import EVERY_STAGE, Form, form_for
from regulations.filing_forms.known import Known
from regulations.gradings import grade
from regulations.triage import triage
from response.duties import next_report_is_coming, obligations_of, rule_of

# The course of events after a report: it made nothing in it untrue.
COURSE = frozenset({"breach.ongoing", "contained_at", "handled_at"})
LEFT_US = (FilingStatus.APPROVED, FilingStatus.SUBMITTED, FilingStatus.ACKNOWLEDGED)
SAID = (CampaignStatus.APPROVED, CampaignStatus.SENDING, CampaignStatus.PAUSED, CampaignStatus.DONE)
Says = Callable[[Facts], "Said"]


class Said(NamedTuple):
    """What a report or notice says of some facts: the answers its stage requires, None where unknown, and others."""

    required: Mapping[str, Any]
    others: Mapping[str, Any]

    def others_stand(self, newer: "Said") -> bool:
        """Say whether what was told beyond the required still reads the same."""
        told = {**newer.others, **newer.required}
        return all(told.get(name) == answer for name, answer in self.others.items())


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
    for made in (*_filings(session, incident_id), *_campaigns(session, incident_id)):
        changed = versions.changed(made)
        if changed:
            found.append(Supplement(made.kind, made.id, made.made_from, incident.facts_version, changed))
    return tuple(found)


class _Made(NamedTuple):
    """One report or notice: the version of the facts it was made from, what it says, what others will tell."""

    kind: Literal["filing", "campaign"]
    id: str
    made_from: int
    says: Says
    told_later: frozenset[str] = frozenset()


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

    def changed(self, made: _Made) -> tuple[str, ...]:
        """Name the facts changed since that alone alter what was said; all, if only several together do."""
        if made.made_from >= self._incident.facts_version:
            return ()
        before, after = self.facts(made.made_from), self.facts(self._incident.facts_version)
        paths = tuple(path for path in changed_facts(before, after) if path not in made.told_later)
        if not _overtaken(made.says, before, paths, after):
            return ()
        return tuple(path for path in paths if _overtaken(made.says, before, (path,), after)) or paths


def _overtaken(says: Says, before: Facts, paths: tuple[str, ...], after: Facts) -> bool:
    """Say whether the facts at `paths` alter what was said; the course of events only where it was required."""
    said, told_before = says(before), tuple(path for path in paths if path not in COURSE)
    if said.required != says(with_facts(before, paths, after)).required:
        return True
    return not said.others_stand(says(with_facts(before, told_before, after)))


def _filings(session: Session, incident_id: str) -> Iterator[_Made]:
    query = select(Filing).where(Filing.incident_id == incident_id, col(Filing.status).in_(LEFT_US))
    duties = obligations_of(session, incident_id)
    by_law: dict[str, list[Filing]] = {}
    rules = {}
    for filing in session.exec(query.order_by(col(Filing.drafted_at), col(Filing.id))):
        rule = rules[filing.id] = rule_of(session.get_one(Obligation, filing.obligation_id))
        by_law.setdefault(rule.law, []).append(filing)
    for law, filed in by_law.items():
        for filing in _newest(filed):
            form = form_for(filing.rule, _stage(filing), rules[filing.id].content)
            is_followed = any(_order(each) > _order(filing) for each in filed)
            told_later = is_followed or next_report_is_coming(duties, law, _stage(filing))
            yield _Made(
                "filing",
                filing.id,
                filing.facts_version,
                _answers(filing, form),
                COURSE if told_later else frozenset(),
            )


def _newest(filed: list[Filing]) -> list[Filing]:
    """Give the newest report to each authority; one of a later stage is for whom alone the first was for.

    Laws name the recipient of a final report in other words than that of the first ("as for the first report").
    """
    in_order = sorted(filed, key=lambda filing: (filing.drafted_at, _order(filing), filing.id))
    newest = {filing.authority: filing for filing in in_order}
    first = {filing.authority for filing in filed if _order(filing) == 0}
    if len(first) == 1:
        return [max(in_order, key=lambda filing: (_order(filing), filing.drafted_at))]
    return list(newest.values())


def _stage(filing: Filing) -> Stage:
    stage: Stage = filing.content["stage"]
    return stage


def _order(filing: Filing) -> int:
    return EVERY_STAGE.index(_stage(filing))


def _answers(filing: Filing, form: Form) -> Says:
    """Fill the filing's form from facts alone: what the record of the response adds is the same on both sides."""

    def says(facts: Facts) -> Said:
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
        rows = fill(form, known, filing.language).content["fields"]
        return Said(
            {row["id"]: row["value"] for row in rows if row["required"]},
            {row["id"]: row["value"] for row in rows if not row["required"] and row["value"] is not None},
        )

    return says


def _campaigns(session: Session, incident_id: str) -> Iterator[_Made]:
    query = select(Campaign).where(Campaign.incident_id == incident_id, col(Campaign.status).in_(SAID))
    for campaign in session.exec(query.order_by(Campaign.id)):
        yield _Made("campaign", campaign.id, campaign.facts_version, _notice)


def _notice(facts: Facts) -> Said:
    """Give what a notice says; that the leak was closed since is no news for which people are written to again."""
    details = details_from_facts(facts, reference="", contact_email="").as_json()
    return Said({}, {name: value for name, value in details.items() if value and name != "measures"})
