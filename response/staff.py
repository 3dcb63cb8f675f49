"""The contact tree: the organisation's people and their roles, names and addresses sealed."""

import json
from dataclasses import dataclass

from sqlmodel import Session, select

from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.staff import Staff
from models.vocabulary import Role
from response.organisation import Person, read_organisation


@dataclass(frozen=True)
class ContactPoint:
    """How to reach one member of staff; never leaves this process but towards that person."""

    name: str
    email: str
    phone: str | None
    language: str = "en"


@dataclass(frozen=True)
class StaffImport:
    """What an import changed, as counts."""

    added: int
    changed: int
    retired: int


def import_staff(store: Store, text: str, where: str, by: str) -> StaffImport:
    """Store the people of an organisation file in one unit of work; who is no longer listed is retired.

    Nobody is deleted: old decisions go on naming them.

    Raises:
        InvalidInputError: the file is wrong, or lists nobody; nothing was stored.
    """
    people = read_organisation(text, where).staff
    if not people:
        raise InvalidInputError("The file lists nobody.", where=where, expected="people under staff:")
    with store.work() as unit:
        known = {row.id: row for row in unit.session.exec(select(Staff))}
        added, changed = 0, 0
        for person in sorted(people, key=lambda one: one.deputy_of is not None):
            fresh, moved = _keep(store, unit, person, known.get(person.id))
            added, changed = added + fresh, changed + moved
        retired = _retire(unit, known, {person.id for person in people})
        done = StaffImport(added, changed, retired)
        body = {"added": added, "changed": changed, "retired": retired}
        unit.record("staff:imported", actor=by, role=Role.ADMINISTRATOR, body=body)
    return done


def _keep(store: Store, unit: Work, person: Person, row: Staff | None) -> tuple[bool, bool]:
    roles, clear = [str(role) for role in person.roles], _clear(person)
    if row is not None:
        same = _opened(store, row) == json.loads(clear)
        if same and (row.roles, row.department, row.deputy_of, row.active) == (
            roles, person.department, person.deputy_of, True,
        ):  # fmt: skip
            return False, False
    fresh = row is None
    row = row or Staff(id=person.id, roles=[], department="", sealed=b"")
    row.roles, row.department, row.deputy_of, row.active = roles, person.department, person.deputy_of, True
    row.sealed = store.organisation_key.sealer.seal(clear, f"staff/{person.id}")
    unit.session.add(row)
    return fresh, not fresh


def _retire(unit: Work, known: dict[str, Staff], listed: set[str]) -> int:
    gone = [row for row in known.values() if row.active and row.id not in listed]
    for row in gone:
        row.active = False
        unit.session.add(row)
    return len(gone)


def _clear(person: Person) -> bytes:
    clear = person.model_dump(include={"name", "email", "phone", "language"})
    return json.dumps(clear, sort_keys=True).encode()


def _opened(store: Store, row: Staff) -> dict[str, str | None]:
    opened: dict[str, str | None] = json.loads(
        store.organisation_key.sealer.open(row.sealed, f"staff/{row.id}")
    )
    return opened


def contact_point(store: Store, session: Session, staff_id: str) -> ContactPoint:
    """Open how one person is reached.

    Raises:
        NotFoundError: nobody has this id.
    """
    opened = _opened(store, staff_member(session, staff_id))
    return ContactPoint(
        str(opened["name"]), str(opened["email"]), opened.get("phone"), opened.get("language") or "en"
    )


def staff_member(session: Session, staff_id: str) -> Staff:
    """Find one person by handle; raises NotFoundError."""
    row = session.get(Staff, staff_id)
    if row is None:
        raise NotFoundError(
            f"Nobody has the staff id {staff_id[:40]!r}.",
            remedy="See `tocsin staff list`, or import the organisation file.",
        )
    return row


def staff_with_role(session: Session, role: str) -> tuple[Staff, ...]:
    """List who holds a role, deputies after those they stand in for."""
    rows = [row for row in session.exec(select(Staff)) if row.active and role in row.roles]
    return tuple(sorted(rows, key=lambda row: (row.deputy_of is not None, row.id)))


def role_of(session: Session, staff_id: str, wanted: list[str] | tuple[str, ...] = ()) -> str:
    """Say in which role somebody acts: the first of `wanted` they hold, or their first role.

    Raises:
        NotFoundError: nobody has this id.
        RefusedError: they left, or hold none of the wanted roles.
    """
    row = staff_member(session, staff_id)
    if not row.active:
        raise RefusedError(f"{staff_id} is no longer on the staff list.", remedy="Let somebody else act.")
    if not wanted:
        return row.roles[0]
    held = [role for role in wanted if role in row.roles]
    if not held:
        raise RefusedError(
            f"{staff_id} may not do this.", expected=f"somebody in the role {' or '.join(wanted)}"
        )
    return held[0]
