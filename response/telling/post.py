"""Letters to those whom no message reached: a file for the post room, and letters to print."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from models.database import Store, Work
from models.errors import InvalidInputError
from models.incident import Incident
from models.notice import Campaign
from models.vocabulary import Role
from notifications.addresses import clean_text
from notifications.balance import DEFAULT_MESSAGE
from notifications.postal import (
    Unreached,
    mark_posted,
    mark_returned,
    postal_file,
    unreached_people,
    write_postal_file,
)
from notifications.texts.letter_blocks import letter_blocks
from notifications.texts.notice_text import (
    NAME_MARK,
    NoticeDetails,
    Variant,
    render_part,
    template_of,
    variant_of,
)
from reports.letters import Letter, letters_pdf, sheet_for, sheets
from response.plan import find_incident
from response.staff import role_of
from response.telling.dated import day_at_home

MAY_POST = (Role.COMMUNICATIONS, Role.CUSTOMER_SERVICE, Role.DATA_PROTECTION_OFFICER, Role.INCIDENT_LEAD)
LETTERS_A_FILE = 500
MOST_LINES = 6  # what fits the window of an envelope
Addresses = Mapping[str, tuple[str, ...]]  # by the bank's own number


@dataclass(frozen=True)
class Post:
    """What was written: the file for the post room, letters to print, and how many people lack an address."""

    file: Path
    people: int
    letters: tuple[Path, ...]
    without_address: int


def write_post(
    store: Store,
    incident_id: str,
    message: str = DEFAULT_MESSAGE,
    *,
    addresses: Addresses | None = None,
    actor: str = "tocsin",
) -> Post:
    """Write the file and the letters under `mend/` of the home, readable by their owner only.

    The letters are those of the people whose number is in `addresses`; without it, everybody's, with their name
    and number where the post room sets the address. The letters of one file are on one paper, that of the
    country they go to.

    Raises:
        NotFoundError: there is no such incident.
        RefusedError: its people were erased.
    """
    file, people = write_postal_file(store, incident_id, message, actor=actor)
    _drop_letters(store, incident_id)
    written: list[Path] = []
    missing, waiting = 0, _letters(store, incident_id, message, addresses)
    while some := list(islice(waiting, LETTERS_A_FILE)):
        letters = [letter for letter in some if letter is not None]
        missing += len(some) - len(letters)
        # A printer is loaded with one paper: no file mixes them.
        for name in sheets():
            if alike := [letter for letter in letters if letter.sheet == name]:
                path = file.with_name(f"{incident_id}-letters-{len(written) + 1:03}-{name}.pdf")
                _write_private(path, letters_pdf(alike, store.clock()))
                written.append(path)
    return Post(file, people, tuple(written), missing)


def _letters(
    store: Store, incident_id: str, message: str, addresses: Addresses | None
) -> Iterator[Letter | None]:
    with store.reading() as session:
        incident = find_incident(session, incident_id)
        drill, today = incident.drill, day_at_home(store, session, incident)
        details: dict[str, NoticeDetails] = {}
        for each in unreached_people(store, session, incident_id, message):
            if each.campaign_id not in details:
                campaign = session.get_one(Campaign, each.campaign_id)
                details[each.campaign_id] = NoticeDetails.from_json(campaign.details)
            address = _address(each, addresses)
            known = details[each.campaign_id]
            yield _letter(message, known, each, address, drill, today) if address else None


def _address(each: Unreached, addresses: Addresses | None) -> tuple[str, ...] | None:
    name = (each.contact.name,) if each.contact.name else ()
    if addresses is None:
        return (*name, each.contact.reference or str(each.person))
    known = addresses.get(each.contact.reference)
    return known and (*name, *known)


def _letter(
    message: str,
    details: NoticeDetails,
    each: Unreached,
    address: tuple[str, ...],
    drill: bool,
    today: date,
) -> Letter:
    variant: Variant = variant_of(
        message, each.language, each.place, each.categories, bool(each.contact.name), each.addressee
    )
    html = render_part("body.html", message, details, variant, drill)
    blocks = [(block.kind, block.text.replace(NAME_MARK, each.contact.name)) for block in letter_blocks(html)]
    phrases = template_of(message, variant).phrases.phrases
    if each.addressee and not each.contact.name:
        address = (phrases.guardian.unnamed, *address)
    return Letter(
        language=variant.language,
        sender=details.organisation,
        address=address,
        reference=details.reference,
        date=phrases.day(today),
        blocks=tuple(blocks),
        sheet=sheet_for(each.place),
    )


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _drop_letters(store: Store, incident_id: str) -> None:
    for path in postal_file(store, incident_id).parent.glob(f"{incident_id}-letters-*.pdf"):
        path.unlink(missing_ok=True)


def read_addresses(path: Path) -> dict[str, tuple[str, ...]]:
    """Read postal addresses: a CSV in UTF-8 with the column `reference`; every other column is a line, in order.

    They are used for printing and kept nowhere.

    Raises:
        InvalidInputError: naming file and row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return dict(_rows(csv.reader(file, strict=True), str(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(
            f"The addresses can't be read ({type(error).__name__}).",
            where=str(path),
            expected="a CSV file in UTF-8",
        ) from None


def _rows(rows: Iterable[list[str]], where: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    heads: list[str] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not heads:
            heads = [head.strip().casefold() for head in row]
            if heads.count("reference") != 1:
                raise InvalidInputError("The file has no column `reference`.", where=f"{where}, row 1")
            continue
        if not any(cell.strip() for cell in row):
            continue
        yield _row(heads, row, seen, f"{where}, row {number}")


def _row(heads: list[str], row: list[str], seen: set[str], where: str) -> tuple[str, tuple[str, ...]]:
    if len(row) != len(heads):
        raise InvalidInputError(f"The row has {len(row)} cells.", where=where, expected=f"{len(heads)}")
    at = heads.index("reference")
    reference = row[at].strip()
    lines = tuple(text for place, cell in enumerate(row) if place != at and (text := clean_text(cell)))
    if not reference or not lines:
        raise InvalidInputError("The row has no reference or no address.", where=where)
    if reference in seen:
        raise InvalidInputError("The reference stands twice.", where=where)
    if len(lines) > MOST_LINES:
        raise InvalidInputError(
            f"The address has {len(lines)} lines.", where=where, expected=f"at most {MOST_LINES}"
        )
    seen.add(reference)
    return reference, lines


def posted(unit: Work, incident_id: str, staff: str, at: datetime, message: str = DEFAULT_MESSAGE) -> int:
    """Record that the letters were handed to the post, and destroy the files: the names in them have served.

    Raises:
        RefusedError: the person may not.
        InvalidInputError: the moment lies ahead.
        NotFoundError: no file was written.
    """
    role = role_of(unit.session, staff, MAY_POST)
    if at > unit.clock():
        raise InvalidInputError(
            "Letters can't have been posted in the future.", expected="a moment that has passed"
        )
    find_incident(unit.session, incident_id)
    return mark_posted(unit, incident_id, at, message=message, actor=staff, role=role)


def destroy_post(store: Store, incident_id: str) -> None:
    """Delete the file and the letters of an incident; call after `posted` was committed."""
    _drop_letters(store, incident_id)
    postal_file(store, incident_id).unlink(missing_ok=True)


def returned(unit: Work, incident_id: str, staff: str, people: list[int]) -> int:
    """Record letters that the post brought back.

    Raises:
        RefusedError: the person may not, or nobody of them was written to.
    """
    incident: Incident = find_incident(unit.session, incident_id)
    role = role_of(unit.session, staff, MAY_POST)
    return mark_returned(unit, incident.id, people, unit.clock(), actor=staff, role=role)
