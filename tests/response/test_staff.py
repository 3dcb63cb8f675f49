"""The contact tree: imported whole or not at all, sealed, retired instead of deleted."""

import pytest
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.ledger import LedgerEntry
from models.staff import Staff
from models.vocabulary import Role
from response.organisation import read_organisation, sample_text
from response.staff import StaffImport, contact_point, import_staff, role_of, staff_with_role


def test_sample_has_somebody_in_every_role() -> None:
    people = read_organisation(sample_text()).staff
    assert {role for person in people for role in person.roles} == set(Role)


def test_import_seals_names_and_opens_them_again(store: Store) -> None:
    import_staff(store, sample_text(), "organisation.yaml", by="admin-1")
    with store.reading() as session:
        assert b"Okafor" not in session.get(Staff, "resp-1").sealed
        assert contact_point(store, session, "resp-1").name == "Ines Okafor"


def test_second_import_changes_nothing(store: Store) -> None:
    assert import_staff(store, sample_text(), "o", by="admin-1") == StaffImport(16, 0, 0)
    assert import_staff(store, sample_text(), "o", by="admin-1") == StaffImport(0, 0, 0)


def test_person_who_left_is_retired_and_may_not_act(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    fewer = "\n".join(line for line in sample_text().splitlines() if "id: audit-1" not in line)
    assert import_staff(store, fewer, "o", by="admin-1") == StaffImport(0, 0, 1)
    with store.reading() as session, pytest.raises(RefusedError):
        role_of(session, "audit-1")


def test_staff_with_role_puts_deputies_last(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    with store.reading() as session:
        assert [row.id for row in staff_with_role(session, "legal")] == ["legal-1", "legal-2"]


def test_role_of_takes_the_first_wanted_role_held(store: Store) -> None:
    import_staff(store, sample_text(), "o", by="admin-1")
    with store.reading() as session:
        assert role_of(session, "dpo-1", ["legal", "data_protection_officer"]) == "data_protection_officer"
        with pytest.raises(RefusedError):
            role_of(session, "dpo-1", ["auditor"])
        with pytest.raises(NotFoundError):
            role_of(session, "nobody-9")


def test_wrong_file_names_its_line_and_stores_nothing(store: Store) -> None:
    wrong = sample_text().replace("roles: [auditor]", "roles: [wizard]")
    with pytest.raises(InvalidInputError) as told:
        import_staff(store, wrong, "org.yaml", by="admin-1")
    line = next(n for n, text in enumerate(wrong.splitlines(), 1) if "wizard" in text)
    assert told.value.where == f"org.yaml:{line}"
    with store.reading() as session:
        assert session.exec(select(Staff)).all() == []
        assert session.exec(select(LedgerEntry)).all() == []


def test_deputy_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="resp-9"):
        read_organisation(sample_text().replace("deputy_of: resp-1", "deputy_of: resp-9"))
