"""Erasure: refused while anybody may need it; after it nobody in the home can read an incident's people."""

import json
import smtplib
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, Table, text

from models.clock import VirtualClock
from models.database import Store
from models.errors import RefusedError
from models.facts import Facts
from models.incident import Incident, IncidentKey
from models.ledger_audit import audit_home
from models.signal import Signal
from models.tables import metadata
from models.vocabulary import IncidentStatus
from notifications.channels.rehearsal.mail import received_mails
from notifications.channels.rehearsal.servers import running
from notifications.channels.rehearsal.text import TextKeeper
from notifications.import_people import import_people
from reports.bundle import write_bundle
from reports.verify_bundle import verify
from response.erasing.erasure import EMPTIED, Erasure, erase_incident
from response.facts import record_facts
from response.keeping.evidence import add_evidence, label_of, list_evidence
from response.keeping.legal_holds import place_hold, release_hold
from response.keeping.retention import note_due, retention_of
from response.remarks import keep_remark, read_remarks
from response.reporting import read_report, write_reports
from tests.response.conftest import declare
from tests.support.traces import traces

ADDRESSES = ("anna.lind@mail.example", "+4915112345678", "anna lind", "Anna Lind", "bo.berg@mail.example")
OTHER = "carl.other@mail.example"
PEOPLE = """name,email,phone,place,language
Anna Lind,anna.lind@mail.example,+4915112345678,DE,en
Bo Berg,bo.berg@mail.example,not a number,DE,en
"""
FACTS = {"title": "A breach", "organisation": {"country": "DE", "establishments": ["DE"]}}
DAYS = timedelta(days=1)


@pytest.fixture
def home(store: Store, incident_id: str, tmp_path: Path) -> Path:
    """Hold two people in every place where a response puts people."""
    folder = store.settings.home
    given = folder / "inbox" / "customers of the bank.csv"
    given.write_text(PEOPLE)
    import_people(store, incident_id, given)
    log = tmp_path / "requests of anna lind.log"
    log.write_text("GET / anna.lind@mail.example")
    add_evidence(store, incident_id, log, "lead-1", about="Anna Lind's requests")
    seal_more(store, incident_id)
    keep_messages(folder)
    return folder


def seal_more(store: Store, incident_id: str) -> None:
    payload = store.organisation_key.sealer.seal(b"anna.lind@mail.example called", "signal/SIG-1")
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        record_facts(unit, incident, Facts.model_validate(FACTS), "lead-1", "incident_lead")
        keep_remark(unit, incident_id, "step", "Anna Lind asked for it", "lead-1")
        unit.session.add(
            Signal(
                id="SIG-1",
                form="unknown",
                dedup_key="1",
                received_at=unit.clock(),
                told_by="customer",
                title="a call",
                payload=payload,
                payload_sha256="0" * 64,
                incident_id=incident_id,
            )
        )


def keep_messages(home: Path) -> None:
    with running(home) as servers, smtplib.SMTP("127.0.0.1", servers.smtp_port) as relay:
        for address in (ADDRESSES[0], OTHER):
            mail = EmailMessage()
            mail["To"], mail["From"], mail["Subject"] = address, "notice@tocsin.example", "A breach"
            mail.set_content(f"Dear {address}, 您好", cte="base64")
            relay.send_message(mail)
    keeper = TextKeeper(home / "rehearsal" / "sms")
    keeper.keep(ADDRESSES[1], "+15005550006", "Anna Lind, a breach")
    keeper.keep("+4915187654321", "+15005550006", "Carl, a breach")


def close(store: Store, incident_id: str) -> None:
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        incident.status, incident.closed_at = IncidentStatus.CLOSED, unit.clock()
        unit.session.add(incident)


def past(store: Store, clock: VirtualClock, incident_id: str) -> None:
    """Close it and let its period go by: three years, in Germany."""
    close(store, incident_id)
    clock.advance(1096 * DAYS)


def secrets_of(store: Store, incident_id: str) -> list[bytes]:
    """Give what is sealed, and the key it is sealed with: neither may be left anywhere."""
    with store.reading() as session:
        rows = session.connection().execute(
            text(
                "select wrapped from incident_key union all select sealed from data_subject "
                "union all select sealed from evidence union all select payload from signal "
                "union all select sealed from remark where incident_id is not null"
            )
        )
        return [bytes(row[0]) for row in rows]


def test_nobody_in_the_home_can_read_the_people_of_an_erased_incident(
    store: Store, clock: VirtualClock, incident_id: str, home: Path
) -> None:
    past(store, clock, incident_id)
    secrets = secrets_of(store, incident_id)
    assert len(secrets) == 6
    clear = {"inbox/customers of the bank.csv", "mend/INC-2026-0001-1.csv"}
    kept = {f"rehearsal/{name}" for name in ("mail/index.jsonl", "mail/mails", "sms/messages.jsonl")}
    assert traces(home, ADDRESSES) == clear | kept
    on_sqlite = store.engine.dialect.name == "sqlite"
    assert bool(traces(home, secrets)) is on_sqlite
    done = erase_incident(store, incident_id, "dpo-1", "Period over")
    assert done == Erasure(people=2, evidence=1, signals=1, files=2, messages=2, texts=0)
    assert traces(home, [*ADDRESSES, *secrets]) == set()
    assert {bytes(secret) for secret in secrets_of_after(store)} & set(secrets) == set()


def secrets_of_after(store: Store) -> list[bytes]:
    with store.reading() as session:
        tables = {
            "data_subject": "sealed",
            "evidence": "sealed",
            "signal": "payload",
            "incident_key": "wrapped",
        }
        return [
            row[0]
            for table, column in tables.items()
            for row in session.connection().execute(text(f"select {column} from {table}"))
            if row[0] is not None
        ]


# The record itself, the links our own staff get, and the wrapped key, which is destroyed by itself.
NOT_OURS = {
    ("ledger_entry", "document"),
    ("ledger_entry", "leaf_hash"),
    ("call", "token_digest"),
    ("incident_key", "wrapped"),
}


def is_of_an_incident(table: Table) -> bool:
    """Tell whether a table's rows belong to incidents, by themselves or through what they hang on."""
    parents = {key.column.table for key in table.foreign_keys} - {table}
    return "incident_id" in table.columns or any("incident_id" in parent.columns for parent in parents)


def test_every_sealed_column_is_emptied() -> None:
    sealed = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and is_of_an_incident(table)
    }
    emptied = {(table, column) for table, columns in EMPTIED.items() for column in columns}
    assert sealed - NOT_OURS - emptied == set()
    assert len(sealed) > 10


def test_messages_to_others_are_left_as_they_were(
    store: Store, clock: VirtualClock, incident_id: str, home: Path
) -> None:
    before = received_mails(home / "rehearsal" / "mail")
    past(store, clock, incident_id)
    erase_incident(store, incident_id, "dpo-1", "Period over")
    after = received_mails(home / "rehearsal" / "mail")
    assert [entry["to"] for entry in after] == [[OTHER]]
    assert after == before[1:]
    mails = (home / "rehearsal" / "mail" / "mails").read_bytes()
    assert OTHER.encode() in mails[after[0]["offset"] : after[0]["offset"] + after[0]["length"]]
    assert [m["to"] for m in TextKeeper(home / "rehearsal" / "sms").messages.values()] == ["+4915187654321"]


def test_record_of_an_erased_incident_verifies_and_can_be_read(
    store: Store, clock: VirtualClock, incident_id: str, home: Path, tmp_path: Path
) -> None:
    write_reports(store, incident_id)
    past(store, clock, incident_id)
    erase_incident(store, incident_id, "dpo-1", "Period over, said Anna")
    assert audit_home(store).ok
    path = write_bundle(store, incident_id, tmp_path)
    assert verify(str(path))[1] == []
    assert write_bundle(store, incident_id, tmp_path / "again.zip").read_bytes() == path.read_bytes()
    assert read_report(store, incident_id, "zh", "html")
    with store.reading() as session:
        key = session.get_one(IncidentKey, incident_id)
        rows = session.connection().execute(text("select document from ledger_entry order by seq"))
        told = [json.loads(bytes(row[0])) for row in rows]
    assert (key.wrapped, key.destroyed_at) == (None, store.clock())
    assert [each["tag"] for each in told[-3:]] == ["incident:erased", "report:compiled", "erasure:completed"]
    assert {name: told[-3]["body"][name] for name in ("people", "evidence", "rules")} == {
        "people": 2,
        "evidence": 1,
        "rules": ["claims"],
    }
    assert read_remarks(store, None, f"erasure/{incident_id}") == ["Period over, said Anna"]


def test_sealed_things_of_an_erased_incident_are_refused(
    store: Store, clock: VirtualClock, incident_id: str, home: Path, tmp_path: Path
) -> None:
    past(store, clock, incident_id)
    erase_incident(store, incident_id, "dpo-1", "Period over")
    late = tmp_path / "late.log"
    late.write_text("x")
    with pytest.raises(RefusedError, match="destroyed"):
        add_evidence(store, incident_id, late, "lead-1")
    with pytest.raises(RefusedError, match="destroyed"):
        read_remarks(store, incident_id, "step")
    with store.reading() as session:
        (row,) = list_evidence(session, incident_id)
        assert label_of(store, session, row) is None


def refused(store: Store, incident_id: str, by: str = "dpo-1") -> str:
    before = traces(store.settings.home, ADDRESSES)
    with pytest.raises(RefusedError) as error:
        erase_incident(store, incident_id, by, "Now")
    with store.reading() as session:
        assert session.get_one(IncidentKey, incident_id).wrapped is not None
    assert traces(store.settings.home, ADDRESSES) == before
    return str(error.value)


def test_erasing_is_refused_while_open_before_the_period_under_a_hold_and_to_others(
    store: Store, clock: VirtualClock, incident_id: str, home: Path
) -> None:
    assert "is open" in refused(store, incident_id)
    close(store, incident_id)
    clock.advance(1095 * DAYS)
    assert "kept until 2029-03-03" in refused(store, incident_id)
    clock.advance(DAYS)
    assert "may not do this" in refused(store, incident_id, "legal-1")
    hold = place_hold(store, incident_id, "legal-1", "Claim")
    assert f"{hold.id}: " in refused(store, incident_id)
    release_hold(store, hold.id, "legal-1", "Settled")
    erase_incident(store, incident_id, "dpo-1", "Now")


def test_erasing_again_finishes_what_was_left(
    store: Store, clock: VirtualClock, incident_id: str, home: Path
) -> None:
    past(store, clock, incident_id)
    erase_incident(store, incident_id, "dpo-1", "Period over")
    (home / "mend" / f"{incident_id}-2.csv").write_text(PEOPLE)
    again = erase_incident(store, incident_id, "dpo-1", "Period over")
    assert again == Erasure(people=2, evidence=1, signals=1, files=1, messages=0, texts=0)
    assert traces(home, ADDRESSES) == set()
    assert audit_home(store).ok


def test_periods_follow_places_and_a_drill_has_none(store: Store, clock: VirtualClock) -> None:
    abroad, drill = declare(store), "DRL-2026-0001"
    with store.work() as unit:
        incident = unit.session.get_one(Incident, abroad)
        facts = {
            "title": "x",
            "organisation": {"country": "DE"},
            "people": {"by_place": {"BR": {"value": 1}}},
        }
        record_facts(unit, incident, Facts.model_validate(facts), "lead-1", "incident_lead")
        copied = incident.model_dump() | {"id": drill, "drill": True}
        unit.session.add(Incident(**copied))
    for each in (abroad, drill):
        close(store, each)
    with store.reading() as session:
        assert retention_of(session, abroad).erase_from == clock().replace(year=2031)
        assert retention_of(session, abroad).rules[0].id == "br-anpd-15-10"
        assert retention_of(session, drill).is_due(clock() - DAYS)  # a drill's own clock runs ahead
        assert not retention_of(session, abroad).is_due(clock())


def test_watch_tells_once_which_periods_are_over(store: Store, clock: VirtualClock, incident_id: str) -> None:
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        record_facts(unit, incident, Facts.model_validate(FACTS), "lead-1", "incident_lead")
    close(store, incident_id)
    assert note_due(store) == ()
    clock.advance(1096 * DAYS)
    assert note_due(store) == note_due(store) == (incident_id,)
    with store.reading() as session:
        query = text("select count(*) from ledger_entry where tag = 'retention:due'")
        assert session.connection().execute(query).scalar() == 1
        called = text("select staff_id, channel from call where about = 'retention:due' order by id")
        assert session.connection().execute(called).all() == [("dpo-1", "email"), ("dpo-1", "sms")]
