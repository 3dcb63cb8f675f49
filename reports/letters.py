"""Letters ready to print: one PDF for many people, each letter in its reader's language, its address in the window."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

import orjson
import typst
import yaml
from pydantic import BaseModel, ConfigDict

from reports.fonts.faces import report_fonts
from reports.telling import ReportError

# Which forms Han letters take is chosen by language and region.
_REGIONS = {"zh-Hans": ("zh", "cn"), "zh-Hant": ("zh", "tw"), "ja": ("ja", "jp")}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Margins(_Strict):
    left: float
    right: float
    top: float
    bottom: float


class _Window(_Strict):
    left: float
    top: float
    width: float
    height: float
    centred: bool


class Sheet(_Strict):
    """What a letter is printed on, and where the window of its envelope is; millimetres from the top left."""

    source: str
    paper: Literal["a4", "us-letter"]
    countries: frozenset[str]
    margins: _Margins
    address: _Window
    sender: Literal["window", "head"]
    text: float
    folds: dict[float, float]


@cache
def sheets() -> dict[str, Sheet]:
    """Give the sheets by name; the first is that of every country none of them names."""
    text = resources.files("reports").joinpath("sheets.yaml").read_text(encoding="utf-8")
    return {name: Sheet.model_validate(each) for name, each in yaml.safe_load(text).items()}


def sheet_for(place: str) -> str:
    """Name the sheet that letters to a place (ISO 3166) are printed on."""
    country = place.partition("-")[0]
    return next(
        (name for name, sheet in sheets().items() if country in sheet.countries), next(iter(sheets()))
    )


@dataclass(frozen=True)
class Letter:
    """One letter. `blocks` are pairs of kind and text; `address` is empty where the post room adds it."""

    language: str
    sender: str
    address: tuple[str, ...]
    reference: str
    date: str
    blocks: tuple[tuple[str, str], ...]
    sheet: str = "a4"


@cache
def _template() -> bytes:
    return resources.files("reports").joinpath("templates", "letter.typ").read_bytes()


def letters_pdf(letters: Sequence[Letter], at: datetime) -> bytes:
    """Set letters one behind the other, each from a sheet's front on; equal letters give equal bytes.

    Raises:
        ReportError: the template and the letters don't fit together.
    """
    return cast("bytes", _compiled(letters, at, "pdf"))


def letter_pages(letters: Sequence[Letter], at: datetime, dots_per_inch: float = 80) -> list[bytes]:
    """Set letters as one PNG a page, for looking at them."""
    pages = _compiled(letters, at, "png", dots_per_inch)
    return pages if isinstance(pages, list) else [cast("bytes", pages)]


def _compiled(
    letters: Sequence[Letter], at: datetime, form: Literal["pdf", "png"], ppi: float | None = None
) -> Any:
    inputs = {"letters": orjson.dumps([_as_data(letter) for letter in letters]).decode()}
    try:
        compiler = typst.Compiler(_template(), font_paths=report_fonts(), sys_inputs=inputs)
        return compiler.compile(format=form, ppi=ppi, timestamp=int(at.timestamp()))
    except typst.TypstError as error:
        raise ReportError(
            f"The letters can't be set as PDF: {error.message}.",
            remedy="Report this fault; the CSV file is whole.",
        ) from None


def _as_data(letter: Letter) -> dict[str, Any]:
    language, region = _REGIONS.get(letter.language, (letter.language.partition("-")[0], None))
    sheet = sheets()[letter.sheet]
    measures = sheet.model_dump(exclude={"countries", "source"}) | {"folds": sorted(sheet.folds.items())}
    return asdict(letter) | {"lang": language, "region": region, "sheet": measures}
