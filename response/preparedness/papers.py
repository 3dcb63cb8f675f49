"""Ready by its papers: texts that somebody stands for as they are written now, and law that was read and looked at."""

from datetime import timedelta

import orjson
from sqlmodel import Session, select

from models.database import Store, Work
from models.ledger import LedgerEntry
from models.vocabulary import Role
from notifications.balance import DEFAULT_MESSAGE
from notifications.texts.templates_on_disk import load_template, template_languages
from regulations.loader import load_law
from response.organisation import organisation_of
from response.preparedness.part import Part
from response.staff import role_of

TEXT_APPROVED = "text:approved"
REVIEWED_WITHIN = timedelta(days=366)
MAY_APPROVE_TEXTS = (Role.LEGAL, Role.DATA_PROTECTION_OFFICER, Role.COMMUNICATIONS)


def approve_text(unit: Work, message: str, language: str, by: str) -> str:
    """Record that a person stands for a message as it is written in one language; gives the digest of its text.

    Raises:
        NotFoundError, RefusedError: no such message, language, person or role.
    """
    role = role_of(unit.session, by, MAY_APPROVE_TEXTS)
    digest = load_template(message, language).text_hash
    unit.record(
        TEXT_APPROVED, actor=by, role=role, body={"message": message, "language": language, "digest": digest}
    )
    return digest


def texts_approved(_store: Store, session: Session) -> Part:
    """Count the languages in which the notice is approved word for word."""
    languages = template_languages(DEFAULT_MESSAGE)
    approved = _approved_digests(session)
    good = [each for each in languages if load_template(DEFAULT_MESSAGE, each).text_hash in approved]
    missing = [each for each in languages if each not in good]
    mend = f"tocsin readiness approve-text {missing[0]} (and {len(missing) - 1} more)" if missing else ""
    finding = f"{len(good)} of {len(languages)} languages approved as they are written now"
    return Part("notice texts", 10, 10 * len(good) / len(languages), finding, mend)


def law_reviewed(store: Store, _session: Session) -> Part:
    """Count the rules of the places where the organisation is that were read at their source, and looked at lately."""
    known = organisation_of(store.settings.home).organisation
    places = {place.partition("-")[0] for place in (known.country, *(known.establishments or ())) if place}
    today = store.clock().date()
    rules = [each.rule for each in load_law().rules if each.law.place.partition("-")[0] in places | {"EU"}]
    good = [rule for rule in rules if rule.verified and today - rule.reviewed <= REVIEWED_WITHIN]
    share = len(good) / len(rules) if rules else 0.0
    finding = f"{len(good)} of {len(rules)} rules read at their source and looked at within a year"
    return Part("law reviewed", 10, 10 * share, finding, "" if share == 1 else "tocsin law list shows which")


def _approved_digests(session: Session) -> set[str]:
    entries = session.exec(select(LedgerEntry.document).where(LedgerEntry.tag == TEXT_APPROVED))
    return {str(orjson.loads(document)["body"]["digest"]) for document in entries}
