"""Workbooks as spreadsheet programs write them, made by hand so that each may be wrong in its own way."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from notifications.people.xlsx_cells import name_of

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = f"""<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="170" formatCode="000000"/></numFmts>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>"""


def text(said: str) -> str:
    return f'<c{{at}} t="inlineStr"><is><t>{escape(said)}</t></is></c>'


def number(said: str, style: int = 0) -> str:
    return f'<c{{at}} s="{style}"><v>{said}</v></c>'


def shared(at: int) -> str:
    return f'<c{{at}} t="s"><v>{at}</v></c>'


def formula(code: str, value: str) -> str:
    return f'<c{{at}} t="str"><f>{escape(code)}</f><v>{escape(value)}</v></c>'


def error(value: str) -> str:
    return f'<c{{at}} t="e"><v>{value}</v></c>'


def sheet(rows: list[list[str]]) -> str:
    lines = []
    for row, cells in enumerate(rows, 1):
        placed = "".join(cell.format(at=f' r="{name_of(at)}{row}"') for at, cell in enumerate(cells) if cell)
        lines.append(f'<row r="{row}">{placed}</row>')
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def workbook(path: Path, sheets: dict[str, str], strings: str = "") -> Path:
    """Write a workbook of sheets given as XML."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1)
    )
    targets = "".join(
        f'<Relationship Id="r{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{targets}</Relationships>")
        archive.writestr("xl/styles.xml", STYLES)
        archive.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>")
        for at, content in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{at}.xml", content)
    return path
