"""Signals: kept as received, recognised, deduplicated, joined or declared, never dropped."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from models.clock import VirtualClock
from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident, IncidentKey, PlaybookVersion
from models.ledger import LedgerEntry
from models.signal import Signal
from playbooks.loader import content_hash, library_text
from response.detection import take_signal, take_signals
from response.first_facts import first_facts
from response.organisation import sample_text
from response.signal_answers import declare_signal, set_signal_aside
from response.signal_state import waiting_signals
from response.signals.reading import MOST_BYTES, read_signal
from response.staff import import_staff
from tests.support.signals import macie


def tags(store: Store) -> list[str]:
    with store.reading() as session:
        return [entry.tag for entry in session.exec(select(LedgerEntry).order_by(LedgerEntry.seq))]


def test_finding_about_personal_data_is_declared_with_its_playbook_pinned(store: Store) -> None:
    signal, incident = take_signal(store, macie(), None, "detector")
    assert (signal.id, signal.form, incident.id) == ("SIG-000001", "aws.macie", "INC-2026-0001")
    assert signal.named["target"] == "exports-7"
    assert incident.playbook_hash == content_hash(library_text("personal-data-breach"))
    assert tags(store) == ["incident:declared", "signal:received"]
    with store.reading() as session:
        assert session.get(PlaybookVersion, incident.playbook_hash).name == "personal-data-breach"
        assert session.get(IncidentKey, incident.id).wrapped


def test_payload_is_kept_as_received_but_sealed(store: Store) -> None:
    signal, _ = take_signal(store, macie(), None, "detector")
    assert b"exports-7" not in signal.payload
    assert store.organisation_key.sealer.open(signal.payload, f"signal/{signal.id}") == macie()


def test_second_time_gives_the_same_and_writes_nothing(store: Store) -> None:
    first = take_signal(store, macie(), None, "detector")
    again = take_signal(store, macie(count=2), None, "detector")
    assert (again[0].id, again[1].id) == (first[0].id, first[1].id)
    assert len(tags(store)) == 2


def test_other_signal_about_the_same_system_joins(store: Store) -> None:
    _, incident = take_signal(store, macie(own_id="a"), None, "detector")
    _, joined = take_signal(store, macie(own_id="b"), None, "detector")
    _, other = take_signal(store, macie(own_id="c", bucket="exports-8"), None, "detector")
    assert (joined.id, other.id) == (incident.id, "INC-2026-0002")


def test_old_incident_draws_nothing_in(store: Store, clock: VirtualClock) -> None:
    take_signal(store, macie(own_id="a"), None, "detector")
    clock.advance(timedelta(days=15))
    _, later = take_signal(store, macie(own_id="b"), None, "detector")
    assert later.id == "INC-2026-0002"


def test_drill_never_mixes_with_the_real_thing(store: Store) -> None:
    _, real = take_signal(store, macie(), None, "detector")
    signal, drill = take_signal(store, macie(), None, "detector", drill=True, scenario="open-bucket")
    assert (real.id, drill.id, drill.scenario, signal.drill) == (
        "INC-2026-0001",
        "DRL-2026-0001",
        "open-bucket",
        True,
    )


def test_unknown_format_is_kept_and_asked_about(store: Store) -> None:
    signal, incident = take_signal(store, b'{"colour": "red"}', None, "detector")
    assert (signal.form, incident) == ("unknown", None)
    with store.reading() as session:
        assert [row.id for row in waiting_signals(session)] == [signal.id]


def test_what_a_customer_tells_is_declared_without_their_words(store: Store) -> None:
    signal, incident = take_signal(store, b"My neighbour Ms Quill saw my balance", None, "customer")
    assert (signal.form, incident.title) == ("told", "Told by a person")


def test_passed_check_is_asked_about_not_declared(store: Store) -> None:
    archived = macie(archived=True)
    _, incident = take_signal(store, archived, None, "detector")
    assert incident is None


def test_person_declares_a_kept_signal(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    signal, _ = take_signal(store, b'{"colour": "red"}', None, "detector")
    incident = declare_signal(store, signal.id, by="lead-1")
    assert (incident.id, incident.title) == ("INC-2026-0001", signal.title)
    with store.reading() as session:
        assert waiting_signals(session) == []
    with pytest.raises(RefusedError):
        declare_signal(store, signal.id, by="lead-1")


def test_person_sets_a_kept_signal_aside_with_a_reason(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    signal, _ = take_signal(store, b'{"colour": "red"}', None, "detector")
    with pytest.raises(InvalidInputError):
        set_signal_aside(store, signal.id, by="lead-1", reason=" ")
    set_signal_aside(store, signal.id, by="lead-1", reason="a colour chart")
    assert tags(store)[-1] == "signal:set_aside"


def test_somebody_without_the_role_may_not_declare(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    signal, _ = take_signal(store, b'{"colour": "red"}', None, "detector")
    with pytest.raises(RefusedError):
        declare_signal(store, signal.id, by="comms-1")


def test_first_facts_say_what_is_known_and_leave_the_rest(store: Store) -> None:
    store.settings.home.joinpath("organisation.yaml").write_text(sample_text())
    _, incident = take_signal(store, macie(), None, "detector")
    with store.work() as unit:
        facts = first_facts(unit, unit.session.get(Incident, incident.id))
    assert facts.detected_at.isoformat() == "2026-03-03T02:50:00+00:00"
    assert (facts.aware_at, facts.breach.confidentiality, facts.people.total) == (None, None, None)
    assert (facts.breach.vector, facts.breach.published) == ("misconfiguration", True)
    assert facts.data.categories == ("name", "contact", "account_number")
    assert facts.organisation.country == "CN"


def test_detector_whose_clock_runs_ahead_does_not_move_detection_forward(store: Store) -> None:
    _, incident = take_signal(store, macie(createdAt="2027-01-01T00:00:00Z"), None, "detector")
    with store.work() as unit:
        assert first_facts(unit, unit.session.get(Incident, incident.id)).detected_at == store.clock()


def test_batch_is_taken_apart(store: Store) -> None:
    batch = b"[" + macie(own_id="a") + b"," + macie(own_id="b", bucket="exports-8") + b"]"
    assert [incident.id for _, incident in take_signals(store, batch, None, "detector")] == [
        "INC-2026-0001",
        "INC-2026-0002",
    ]
    with pytest.raises(InvalidInputError, match="batch"):
        take_signal(store, batch, None, "detector")


@pytest.mark.parametrize(
    "payload",
    [b"", b"  ", b'{"id": ', b"\xff\xfe\x00", b"x" * (MOST_BYTES + 1), b"[" * 100_000, b'{"n": NaN}'],
    ids=["empty", "blank", "cut", "binary", "huge", "deep", "nan"],
)
def test_malformed_signal_is_refused_and_nothing_is_stored(store: Store, payload: bytes) -> None:
    with pytest.raises(InvalidInputError):
        take_signal(store, payload, None, "detector")
    with store.reading() as session:
        assert session.exec(select(Signal)).all() == []


def test_unknown_playbook_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(Exception, match="no playbook"):
        take_signal(store, macie(), None, "detector", playbook="no-such-plan")
    with store.reading() as session:
        assert session.exec(select(Signal)).all() == []


def test_named_form_must_fit() -> None:
    with pytest.raises(InvalidInputError, match=r"aws\.guardduty"):
        read_signal(macie(), "aws.guardduty")


def test_envelope_is_taken_off() -> None:
    wrapped = json.dumps({"source": "aws.macie", "detail": json.loads(macie())}).encode()
    assert read_signal(wrapped).dedup_key == read_signal(macie()).dedup_key


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
KEYS = [
    "id",
    "type",
    "title",
    "resourcesAffected",
    "severity",
    "class_uid",
    "category_uid",
    "rule",
    "agent",
    "action",
]


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), JSON_VALUES, max_size=8))
def test_any_json_object_is_read_or_kept_as_unknown(document: dict[str, object]) -> None:
    reading = read_signal(json.dumps(document).encode())
    assert reading.title
    assert len(reading.dedup_key) < 300


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        read_signal(payload)
    except InvalidInputError as refused:
        assert refused.what  # noqa: PT017 - either outcome is right
