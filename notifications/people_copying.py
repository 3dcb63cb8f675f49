"""People as PostgreSQL's binary COPY reads them: half the bytes of its text form, and nothing to write out or parse."""

from collections.abc import Iterator, Sequence
from struct import Struct

from notifications.people_parcel import HAS_EMAIL, HAS_NUMBER, HAS_PHONE, Parcel, Shared
from notifications.sealed_person import KEY_BYTES

AT_ONCE = 4096
FIELDS = 12
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COUNT, _LENGTH, _NUMBER = Struct(">h"), Struct(">i"), Struct(">ii")
_END, _NULL, _KEY = _COUNT.pack(-1), _LENGTH.pack(-1), _LENGTH.pack(KEY_BYTES)


def _field(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _yes(flags: int, flag: int) -> bytes:
    return _field(b"\x01" if flags & flag else b"\x00")


_SAID = [_yes(flags, HAS_EMAIL) + _yes(flags, HAS_PHONE) for flags in range(2 * HAS_NUMBER)]


def copied_rows(
    parcel: Parcel, shared: Sequence[Shared], incident_id: str, import_number: int
) -> Iterator[bytes]:
    """Give incident, import, number, what they share, two flags, two digests and the sealed contact of each."""
    before = _COUNT.pack(FIELDS) + _field(incident_id.encode()) + _field(_LENGTH.pack(import_number))
    common = [b"".join(_field(word.encode()) for word in each) for each in shared]
    numbers = range(parcel.first, parcel.first + len(parcel.flags))
    people = zip(numbers, parcel.attributes, parcel.flags, parcel.blobs(), strict=True)
    rows: list[bytes | bytearray] = [_HEAD]
    for number, at, flags, blob in people:
        email = _KEY + blob[:KEY_BYTES] if flags & HAS_EMAIL else _NULL
        phone = _KEY + blob[KEY_BYTES : 2 * KEY_BYTES] if flags & HAS_NUMBER else _NULL
        sealed = blob[2 * KEY_BYTES :]
        rows += (
            before,
            _NUMBER.pack(4, number),
            common[at],
            _SAID[flags],
            email,
            phone,
            _LENGTH.pack(len(sealed)),
            sealed,
        )
        if len(rows) > AT_ONCE:
            yield b"".join(rows)
            rows.clear()
    yield b"".join([*rows, _END])
