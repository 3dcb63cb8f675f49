"""OpenType tables around a bare CFF font (ISO/IEC 14496-22), as small as browsers accept."""

import struct
from collections.abc import Mapping
from itertools import pairwise

UNITS = 1000  # of an em
ASCENT, DESCENT = 880, 120


def open_type(cff: bytes, glyphs: Mapping[int, int], family: str, bold: int) -> bytes:
    """Bind a bare CFF font whose letters are all one em wide, with the letters its glyphs show."""
    count = _glyph_count(cff)
    # head, hhea and OS/2 field by field as the standard lists them; dates are nought, so bytes stay equal.
    head = struct.pack(
        ">4HIIHHQQ4hHHhhh",
        *(1, 0, 1, 0), 0, 0x5F0F3CF5, 3, UNITS, 0, 0, *(0, -DESCENT, UNITS, ASCENT), bold, 3, 2, 0, 0,
    )  # fmt: skip
    hhea = struct.pack(
        ">HHhhhHhhhhhhhhhhhH", 1, 0, ASCENT, -DESCENT, 0, UNITS, 0, 0, UNITS, 1, 0, 0, 0, 0, 0, 0, 0, 1
    )
    selection, weight = (0x20, 700) if bold else (0x40, 400)
    os2 = struct.pack(
        ">HhHHH11h10B4I4sHHHhhhHHIIhhHHH",
        3, UNITS, weight, 5, 0, *(0,) * 11, *(0,) * 10, *(0,) * 4, b"TCSN", selection, min(glyphs, default=0),
        max(glyphs, default=0), ASCENT, -DESCENT, 0, ASCENT, DESCENT, 1 << 18, 0, 543, 733, 0, 32, 0,
    )  # fmt: skip
    tables = {
        b"CFF ": cff,
        b"OS/2": os2,
        b"cmap": _cmap(glyphs),
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">Hh", UNITS, 0) + bytes(2 * (count - 1)),
        b"maxp": struct.pack(">IH", 0x00005000, count),
        b"name": _names(family, "Bold" if bold else "Regular"),
        b"post": struct.pack(">IIhhIIIII", 0x00030000, 0, -100, 50, 0, 0, 0, 0, 0),
    }
    return _bound(tables)


def _glyph_count(cff: bytes) -> int:
    """Count the glyphs of a bare CFF font (Adobe Technical Note 5176): its CharStrings index says it."""
    _, at = _index(cff, cff[2])
    tops, at = _index(cff, at)
    place = _offset_of_char_strings(tops[0])
    count: int = struct.unpack_from(">H", cff, place)[0]
    return count


def _index(cff: bytes, at: int) -> tuple[list[bytes], int]:
    count, size = struct.unpack_from(">HB", cff, at)
    if not count:
        return [], at + 2
    table = cff[at + 3 : at + 3 + (count + 1) * size]
    ends = [int.from_bytes(table[place : place + size], "big") for place in range(0, len(table), size)]
    base = at + 2 + len(table)
    return [cff[base + a : base + b] for a, b in pairwise(ends)], base + ends[-1]


CHAR_STRINGS, ESCAPE, REAL = 17, 12, 30
SHORT, LONG = 28, 29


def _offset_of_char_strings(top: bytes) -> int:
    """Walk the top dictionary's operands to operator 17."""
    at, operands = 0, [0]
    while at < len(top):
        byte = top[at]
        at += 1
        if byte == CHAR_STRINGS:
            return operands[-1]
        if byte == SHORT:
            operands.append(struct.unpack_from(">h", top, at)[0])
            at += 2
        elif byte == LONG:
            operands.append(struct.unpack_from(">i", top, at)[0])
            at += 4
        elif byte == REAL:
            while top[at] & 0x0F != 0x0F:  # noqa: PLR2004 - a real number ends with a nibble of ones
                at += 1
            at += 1
        elif byte == ESCAPE:
            at += 1
        elif 32 <= byte <= 246:  # noqa: PLR2004 - one-byte numbers
            operands.append(byte - 139)
        elif 247 <= byte <= 254:  # noqa: PLR2004 - two-byte numbers
            high, low = byte, top[at]
            at += 1
            positive = high <= 250  # noqa: PLR2004
            operands.append((high - 247) * 256 + low + 108 if positive else -(high - 251) * 256 - low - 108)
    raise LookupError("CharStrings")


def _cmap(glyphs: Mapping[int, int]) -> bytes:
    """Write a cmap of format 4 with one segment for each letter."""
    ends = [*glyphs, 0xFFFF]
    deltas = [(glyph - code) & 0xFFFF for code, glyph in glyphs.items()] + [1]
    count = len(ends)
    power = count.bit_length() - 1
    search = 2 << power
    fields = struct.pack(">HHHH", count * 2, search, power, count * 2 - search)
    words = struct.Struct(f">{count}H")
    body = words.pack(*ends) + bytes(2) + words.pack(*ends) + words.pack(*deltas) + bytes(2 * count)
    table = struct.pack(">HHH", 4, 6 + len(fields) + len(body), 0) + fields + body
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table


def _names(family: str, style: str) -> bytes:
    texts = {
        1: family,
        2: style,
        3: f"{family} {style}",
        4: f"{family} {style}",
        6: f"{family.replace(' ', '')}-{style}",
    }
    records, data = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, number, len(encoded), len(data))
        data += encoded
    return struct.pack(">HHH", 0, len(texts), 6 + len(records)) + records + data


def _bound(tables: Mapping[bytes, bytes]) -> bytes:
    """Bind tables into one file with their checksums."""
    power = len(tables).bit_length() - 1
    search = 16 << power
    header = b"OTTO" + struct.pack(">4H", len(tables), search, power, len(tables) * 16 - search)
    directory, body, head_at = b"", b"", 0
    at = len(header) + 16 * len(tables)
    for tag, data in tables.items():
        head_at = at + len(body) if tag == b"head" else head_at
        directory += tag + struct.pack(">III", _checksum(data), at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    font = bytearray(header + directory + body)
    struct.pack_into(">I", font, head_at + 8, (0xB1B0AFBA - _checksum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _checksum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF
