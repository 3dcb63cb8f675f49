"""The little of DER (ITU-T X.690) that a time-stamp needs: read what is there, write what is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.errors import InvalidInputError

BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE, SET = 1, 2, 3, 4, 5, 6, 0x30, 0x31
GENERALIZED_TIME = 0x18
LONG = 0x80
MOST_LENGTH_BYTES = 4
SEVEN_BITS = 0x7F


@dataclass(frozen=True)
class Node:
    """One value: its tag, its content and the bytes it stands in."""

    tag: int
    content: bytes
    raw: bytes

    def children(self) -> list["Node"]:
        """Read the values inside."""
        return list(_nodes(self.content))

    def integer(self) -> int:
        """Read it as a whole number."""
        return int.from_bytes(self.content, "big", signed=True)


def read_der(der: bytes) -> Node:
    """Read one value that fills `der`; raises InvalidInputError."""
    found = list(_nodes(der))
    if len(found) != 1:
        raise _damaged()
    return found[0]


def _nodes(der: bytes) -> Iterator[Node]:
    at = 0
    while at < len(der):
        begin, header = at, der[at : at + 2]
        if len(header) < 2 or header[0] & 0x1F == 0x1F:  # noqa: PLR2004
            raise _damaged()
        length, at = header[1], at + 2
        if length & LONG:
            count = length & SEVEN_BITS
            if not 0 < count <= MOST_LENGTH_BYTES:
                raise _damaged()
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + length > len(der):
            raise _damaged()
        yield Node(header[0], der[at : at + length], der[begin : at + length])
        at += length


def _damaged() -> InvalidInputError:
    return InvalidInputError("The time-stamp is damaged.", expected="an answer in DER, as RFC 3161 says")


def write_der(tag: int, *parts: bytes) -> bytes:
    """Write one value."""
    content = b"".join(parts)
    size = len(content)
    if size < LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, LONG | len(length))) + length + content


def write_integer(value: int) -> bytes:
    """Write a whole number, not negative."""
    return write_der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
