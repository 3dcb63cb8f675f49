"""The Han letters that one page needs, as a small font inside it.

A machine without a Chinese font would otherwise show boxes, and no page of ours may fetch one. Typst picks the
right glyphs out of the font that ships as a wheel, the Simplified Chinese forms included; what it leaves in a
PDF is a bare CFF font, which is put here into the OpenType tables (ISO/IEC 14496-22) that browsers ask for.
"""

import base64
import re
import unicodedata
import zlib
from functools import lru_cache

import typst

from reports.fonts.faces import HAN_FAMILY, report_fonts
from reports.fonts.open_type import open_type

FAMILY = "Tocsin Han"
MOST_LETTERS = 6000  # what a cmap of format 4 with one segment a letter can hold
SOURCE = b"""#set page(width: 100cm, height: auto)
#set text(font: "%s", fallback: false, lang: "zh", region: "cn", weight: sys.inputs.weight)
#sys.inputs.letters.clusters().join(" ")"""


def font_faces(text: str) -> str:
    """Give the `@font-face` rules for the wide letters of a page; nothing when it has none."""
    letters = "".join(sorted({letter for letter in text if _is_wide(letter)}))[:MOST_LETTERS]
    if not letters:
        return ""
    weights = {"regular": 400, "bold": 700}
    return "\n".join(_face(letters, name, number) for name, number in weights.items())


def _is_wide(letter: str) -> bool:
    return ord(letter) < 0x10000 and unicodedata.east_asian_width(letter) in {"W", "F"}  # noqa: PLR2004 - BMP


@lru_cache(maxsize=16)
def _face(letters: str, weight: str, number: int) -> str:
    data = base64.b64encode(subset(letters, weight)).decode()
    return (
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {number}; '
        f"src: url(data:font/otf;base64,{data}) format('opentype'); }}"
    )


def subset(letters: str, weight: str) -> bytes:
    """Make an OpenType font of just these letters; weight is `regular` or `bold`."""
    inputs = {"letters": letters, "weight": weight}
    compiler = typst.Compiler(SOURCE % HAN_FAMILY.encode(), font_paths=report_fonts(), sys_inputs=inputs)
    # PDF 1.4 keeps its objects in the open; later ones pack them.
    pdf = compiler.compile(format="pdf", timestamp=0, pdf_standards="1.4", pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError(type(pdf))
    glyphs = _glyphs(_stream(pdf, rb"/ToUnicode (\d+) 0 R"), letters)
    cff = _stream(pdf, rb"/FontFile3 (\d+) 0 R")
    return open_type(cff, glyphs, FAMILY, int(weight == "bold"))


def _stream(pdf: bytes, reference: bytes) -> bytes:
    """Give the unpacked stream that the first match refers to."""
    found = re.search(reference, pdf)
    number = found.group(1) if found else b"-1"
    body = re.search(rb"\n%s 0 obj\n<<(.*?)>>\s*stream\r?\n" % number, pdf, re.DOTALL)
    length = re.search(rb"/Length (\d+)", body.group(1)) if body else None
    if body is None or length is None:
        raise LookupError(reference)
    return zlib.decompress(pdf[body.end() : body.end() + int(length.group(1))])


def _glyphs(to_unicode: bytes, letters: str) -> dict[int, int]:
    """Read which glyph shows which letter out of the CMap (Adobe Technical Note 5014)."""
    wanted = set(map(ord, letters))
    glyphs: dict[int, int] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", to_unicode, re.DOTALL):
        for glyph, code in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]{4})>", block):
            if int(code, 16) in wanted:
                glyphs[int(code, 16)] = int(glyph, 16)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", to_unicode, re.DOTALL):
        for first, last, code in re.findall(
            rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]{4})>", block
        ):
            for step in range(int(last, 16) - int(first, 16) + 1):
                if int(code, 16) + step in wanted:
                    glyphs[int(code, 16) + step] = int(first, 16) + step
    return dict(sorted(glyphs.items()))
