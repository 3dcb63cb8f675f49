"""A report as one HTML file: no outside request, readable without style, printable, light and dark."""

from functools import cache
from importlib import resources

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reports.charts.drawing import SCREEN, draw
from reports.document import Chart, Document
from reports.fonts.web_font import font_faces

FONT_PLACE = "/* letters */"
HTML_LANGUAGES = {"zh": "zh-Hans"}


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    return resources.files("reports").joinpath("templates", "page.css").read_text(encoding="utf-8")


def document_html(document: Document) -> bytes:
    """Write the document as UTF-8 HTML; equal documents give equal bytes."""
    environment = _environment()
    macros = environment.get_template("cells.html").module

    def drawn(chart: Chart) -> Markup:
        return Markup(draw(chart, SCREEN, document.language))  # noqa: S704 - our own autoescaped template

    text = environment.get_template("page.html").render(
        document=document,
        lang=HTML_LANGUAGES.get(document.language, document.language),
        style=Markup(_style()),  # noqa: S704 - our own file
        cell=macros.cell,  # type: ignore[attr-defined]
        refs=macros.refs,  # type: ignore[attr-defined]
        drawn=drawn,
    )
    return text.replace(FONT_PLACE, font_faces(text), 1).encode()
