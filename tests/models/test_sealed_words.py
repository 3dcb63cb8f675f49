"""Columns of words: sealed in the database, themselves again for whoever holds the home's key."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from models.columns import SealedWords, seal_words_with
from models.crypto import OrganisationKey
from models.database import Store
from models.errors import RefusedError
from models.signal import Signal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def signal(title: str) -> Signal:
    return Signal(
        id="SIG-1",
        form="unknown",
        dedup_key="1",
        received_at=datetime(2026, 3, 3, tzinfo=UTC),
        told_by="customer",
        title=title,
        named={"file": title},
        payload=b"",
        payload_sha256="0",
    )


def kept(store: Store) -> bytes:
    with store.reading() as session:
        return bytes(session.connection().execute(text("select title from signal")).scalar_one())


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(VALUES)
def test_words_and_documents_come_back_as_they_were(store: Store, value: object) -> None:
    column, dialect = SealedWords("incident.title"), store.engine.dialect
    assert column.process_result_value(column.process_bind_param(value, dialect), dialect) == value


def test_database_holds_no_word_of_what_was_written(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(signal("Anna Lind's laptop"))
    assert b"Lind" not in kept(store)
    with store.reading() as session:
        found = session.get_one(Signal, "SIG-1")
    assert (found.title, found.named) == ("Anna Lind's laptop", {"file": "Anna Lind's laptop"})


def test_same_words_are_sealed_anew_each_time(store: Store) -> None:
    column, dialect = SealedWords("incident.title"), store.engine.dialect
    assert column.process_bind_param("Laptop", dialect) != column.process_bind_param("Laptop", dialect)


def test_bytes_of_another_column_are_refused(store: Store) -> None:
    dialect = store.engine.dialect
    moved = SealedWords("signal.title").process_bind_param("Laptop", dialect)
    with pytest.raises(RefusedError, match=r"^incident\.title: A sealed value can't be opened\."):
        SealedWords("incident.title").process_result_value(moved, dialect)


def test_words_of_another_home_s_key_are_refused(store: Store) -> None:
    with store.work() as unit:
        unit.session.add(signal("Laptop"))
    seal_words_with(store.engine, OrganisationKey(bytes(32)).sealer)
    with store.reading() as session, pytest.raises(RefusedError, match=r"keys/organisation\.key"):
        session.get_one(Signal, "SIG-1")
