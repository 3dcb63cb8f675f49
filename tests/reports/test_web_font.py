"""The font inside a page: the letters it needs and no more, always the same bytes."""

import struct

from reports.fonts.web_font import font_faces, subset


def _tables(font: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">H", font, 4)[0]
    entries = [struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(count)]
    return {tag: font[at : at + length] for tag, _, at, length in entries}


def _letters(cmap: bytes) -> dict[str, int]:
    table = cmap[struct.unpack_from(">I", cmap, 8)[0] :]
    segments = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{segments}H", table, 14)
    deltas = struct.unpack_from(f">{segments}H", table, 16 + 4 * segments)
    return {
        chr(end): (end + delta) & 0xFFFF for end, delta in zip(ends, deltas, strict=True) if end != 0xFFFF
    }


def test_font_maps_each_letter_to_its_own_glyph() -> None:
    letters = "客户数据泄露，报告（演练）。"
    tables = _tables(subset("".join(sorted(set(letters))), "regular"))
    mapped = _letters(tables[b"cmap"])
    assert set(mapped) == set(letters)
    glyphs = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
    assert len(set(mapped.values())) == len(mapped)
    assert all(0 < glyph < glyphs for glyph in mapped.values())
    assert len(tables[b"hmtx"]) == 4 + 2 * (glyphs - 1)


def test_font_checksum_is_that_of_the_whole_file() -> None:
    font = subset("报", "bold")
    words = struct.unpack(f">{len(font) // 4}I", font)
    assert sum(words) & 0xFFFFFFFF == 0xB1B0AFBA


def test_font_is_small_and_the_same_every_time() -> None:
    letters = "上下不业东"
    assert subset(letters, "regular") == subset(letters, "regular")
    assert len(subset(letters, "regular")) < 8000


def test_page_without_wide_letters_carries_no_font() -> None:
    assert font_faces("Plain text – with “quotes” and ünïcode") == ""
    assert font_faces("一").count("@font-face") == 2


def test_letter_the_font_does_not_have_is_left_to_the_machine() -> None:
    mapped = _letters(_tables(subset("报\ua4d0", "regular"))[b"cmap"])
    assert set(mapped) == {"报"}
