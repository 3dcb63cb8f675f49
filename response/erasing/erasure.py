"""Erasure: an incident's key is destroyed, and with it its people, evidence, forms and reasons; the record stays.

What was sealed is taken out as well, free text in clear is emptied or loses the names of affected people, reports
kept in the home are written anew, and files and database pages that held it in clear or under another key are
rewritten, so that no later loss of the organisation's key brings anybody back. The ledger says how many, by
whom and why, and goes on verifying. Copies outside the home (backups, the relay's journal) are not reached.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session

from models.database import Store, Work
from models.errors import RefusedError
from models.incident import IncidentKey
from models.scrubbing import scrub
from models.tables import metadata
from notifications.channels.rehearsal.forgetting import forget
from notifications.sealed_person import open_contact, sealer_of
from response.erasing.words import DOCUMENTS, EMPTIED_WORDS, PROSE, erase_words
from response.keeping.retention import MAY_ERASE, Retention, retention_of
from response.losses.claim_handover import open_claims
from response.monthly import rewrite_months
from response.plan import find_incident
from response.remarks import keep_remark
from response.reporting import rewrite_reports
from response.staff import role_of

FOLDERS = ("mend", "inbox")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Erasure:
    """What was erased, in numbers; the ledger holds the same."""

    people: int
    evidence: int
    signals: int
    files: int  # lists of people, as given and as handed back for mending
    messages: int  # kept by the rehearsal servers
    texts: int  # rows whose free text was emptied, or lost names of people


def erase_incident(store: Store, incident_id: str, by: str, reason: str) -> Erasure:
    """Destroy an incident's key and everything sealed with it. It can't be undone.

    Called again after an interruption it finishes what is left.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: it is open or has open claims, its period is not over, a legal hold stands, or the person may not.
        UnavailableError: the key is destroyed, but others hold the database's files; call it again.
    """
    with store.reading() as session:
        role = role_of(session, by, MAY_ERASE)
        found = retention_of(session, incident_id)
        if found.erased_at is None:
            _refuse_unless_due(found, store, session)
            messages = forget(store.settings.home, _addresses(store, session, incident_id))
        else:
            messages = 0
        files = _files(store.settings.home, session, incident_id)
        declared_at = find_incident(session, incident_id).declared_at
    for path in files:
        path.unlink(missing_ok=True)
    done = _destroy(store, incident_id, by, role, reason, len(files), messages)
    rewrite_reports(store, incident_id)
    rewrite_months(store, declared_at)
    scrub(store.engine, sorted({"incident_key", "report", *EMPTIED, *EMPTIED_WORDS, *PROSE, *DOCUMENTS}))
    _complete(store, incident_id, by, role)
    return done


def _refuse_unless_due(found: Retention, store: Store, session: Session) -> None:
    if found.erase_from is None:
        raise RefusedError(f"{found.incident_id} is open; only a closed incident is erased.")
    if found.holds:
        raise RefusedError(
            f"{found.incident_id} is under a legal hold.",
            where=", ".join(found.holds),
            remedy="`tocsin evidence release HOLD` by legal, when what it is kept for is over.",
        )
    claims = open_claims(session, found.incident_id)
    if claims and not find_incident(session, found.incident_id).drill:
        raise RefusedError(
            f"{found.incident_id} has {len(claims)} claims that are not settled.",
            where=", ".join(each.claim for each in claims),
            remedy="Decide and pay them first: what answers them would be gone. See `tocsin claim list`.",
        )
    if not found.is_due(store.clock()):
        longest = found.rules[0]
        raise RefusedError(
            f"The period of {found.incident_id} is not over: it is kept until {found.erase_from:%Y-%m-%d}.",
            where=longest.id,
            expected=f"{longest.months} months after closure ({longest.citation})",
        )


def _addresses(store: Store, session: Session, incident_id: str) -> Iterator[str]:
    columns = SUBJECT.c.number, SUBJECT.c.sealed
    sealed = select(*columns).where(SUBJECT.c.incident_id == incident_id, SUBJECT.c.sealed.is_not(None))
    sealer = sealer_of(store, session, incident_id)
    for number, hidden in session.connection().execute(sealed):
        contact = open_contact(sealer, incident_id, number, hidden)
        yield from (address for address in (contact.email, contact.phone) if address)


def _files(home: Path, session: Session, incident_id: str) -> list[Path]:
    """Find the lists of people: named after the incident, or the very files that were imported."""
    digests = select(IMPORT.c.sha256).where(IMPORT.c.incident_id == incident_id)
    imported = {str(digest) for (digest,) in session.connection().execute(digests)}
    lying = [path for name in FOLDERS for path in sorted((home / name).rglob("*")) if path.is_file()]
    named = (f"{incident_id}-", f"{incident_id}.")
    return [path for path in lying if path.name.startswith(named) or _digest(path) in imported]


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


TABLES = metadata.tables
SUBJECT, IMPORT, DECISION, CAMPAIGN, SIGNAL = (
    TABLES[name] for name in ("data_subject", "people_import", "decision", "campaign", "signal")
)
# What is taken out of which rows: what is sealed, and what leads back to a person. Numbers, digests and states stay.
EMPTIED: Mapping[str, Mapping[str, bytes | None]] = {
    "data_subject": {"sealed": None, "phone_key": None, "identity": None},
    "evidence": {"sealed": None, "sealed_label": None},
    "remark": {"sealed": b""},
    "conduct_finding": {"sealed": b""},
    "signal": {"payload": b""},  # sealed with the organisation's key
    "signal_mail": {"raw": b""},
    "containment": {"before": None, "after": None},
    "answer": {"document": None},
    "delivery": {"reference": None},
    "enquiry": {"sealed": b"", "answer": None, "reference": None},
    "claim": {"sealed": b"", "sealed_payment": None, "person": None},  # amounts stay, and lead to nobody
    "cost": {"sealed": None},
    "recovery": {"sealed": None},
}


def _destroy(
    store: Store, incident_id: str, by: str, role: str, reason: str, files: int, messages: int
) -> Erasure:
    with store.work() as unit:
        incident = find_incident(unit.session, incident_id)
        key = unit.session.get_one(IncidentKey, incident_id)
        done = Erasure(**_counts(unit, incident_id), files=files, messages=messages, texts=0)
        if key.wrapped is None:
            return done
        found = retention_of(unit.session, incident_id)
        _refuse_unless_due(found, store, unit.session)  # a hold or a claim may have come meanwhile
        # Under the organisation's key, since the incident's is about to go.
        digest = keep_remark(unit, None, f"erasure/{incident_id}", reason, by)
        unit.session.flush()
        done = replace(done, texts=erase_words(unit, incident_id))
        _empty(unit, incident_id)
        fingerprint = sha256(key.wrapped).hexdigest()
        key.wrapped, key.destroyed_at = None, unit.clock()
        unit.session.add(key)
        rules = [rule.id for rule in found.rules]
        said = {"key_sha256": fingerprint, "reason": digest, "rules": rules, **asdict(done)}
        unit.record(
            "incident:erased", actor=by, role=role, incident_id=incident_id, drill=incident.drill, body=said
        )
    return done


def _counts(unit: Work, incident_id: str) -> dict[str, int]:
    tables = {"people": SUBJECT, "evidence": TABLES["evidence"], "signals": TABLES["signal"]}
    return {
        name: unit.session.connection()
        .execute(select(func.count()).select_from(table).where(table.c.incident_id == incident_id))
        .scalar_one()
        for name, table in tables.items()
    }


def _empty(unit: Work, incident_id: str) -> None:
    parents = {
        "answer": ("decision_id", DECISION.c.id, DECISION),
        "delivery": ("campaign_id", CAMPAIGN.c.id, CAMPAIGN),
        "signal_mail": ("id", SIGNAL.c.came_in, SIGNAL),
    }
    for name, values in EMPTIED.items():
        table = TABLES[name]
        ours: ColumnElement[bool]
        if name in parents:
            column, known_as, parent = parents[name]
            ours = table.c[column].in_(select(known_as).where(parent.c.incident_id == incident_id))
        else:
            ours = table.c.incident_id == incident_id
        unit.session.connection().execute(update(table).where(ours).values(values))


def _complete(store: Store, incident_id: str, by: str, role: str) -> None:
    """Record that the files of the database hold nothing of it any more."""
    with store.work() as unit:
        drill = find_incident(unit.session, incident_id).drill
        unit.record("erasure:completed", actor=by, role=role, incident_id=incident_id, drill=drill)
