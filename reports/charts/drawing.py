"""Drawings of a report: where each bar and mark goes. Jinja2 templates turn them into SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.charts.lettering import as_xml, cut, width_of
from reports.document import Chart

WIDTH = 760.0
SIZE = 12.0
SMALL_SIZE = 10.5
BOLDER = 1.08  # how much wider bold text is, at most
# Colours that work on paper, and the names of the page's own colours, which follow light and dark.
PRINT = {
    "ink": "#14213d",
    "muted": "#5b6472",
    "line": "#d3d9e2",
    "band": "#f3f5f8",
    "paper": "#ffffff",
    "accent": "#1f4e79",
    "good": "#2b7a58",
    "warn": "#b06f10",
    "bad": "#ae2620",
    "pale": "#9fb4cb",
    "font": "Noto Sans CJK TC",
}
SCREEN = {name: f"var(--{name})" for name in PRINT} | {"font": "inherit"}


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("reports", "templates/charts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def draw(chart: Chart, palette: Mapping[str, str], language: str) -> str:
    """Draw a chart as SVG; equal input gives equal bytes."""
    template = _environment().get_template(chart.template)
    lang = {"zh": "zh-Hans"}.get(language, language)
    drawn = template.render(chart=chart, ink=palette, lang=lang, size=SIZE, small=SMALL_SIZE, **chart.data)
    return as_xml(drawn)


@dataclass(frozen=True)
class ClockBar:
    """How much of a duty's time was used: `share` 1 is all of it."""

    label: str
    share: float
    said: str
    tone: str


def clocks_chart(alt: str, bars: Sequence[ClockBar], deadline: str) -> Chart:
    """Draw the share of the allowed time that each duty used; the bars leave what the longest words need."""
    left, most = 304.0, 1.2
    said = max((width_of(bar.said, SMALL_SIZE) for bar in bars), default=0.0) * BOLDER
    full = round(min(236.0, (WIDTH - left - said - 20.0) / most), 1)
    rows = [
        {
            "label": cut(bar.label, left - 24, SIZE),
            "said": bar.said,
            "width": max(round(full * min(bar.share, most), 1), 2.0),
            "beyond": bar.share > most,
            "tone": bar.tone,
            "y": 26.0 + number * 25.0,
        }
        for number, bar in enumerate(bars)
    ]
    height = 26.0 + len(rows) * 25.0 + 4.0
    data = {"rows": rows, "left": left, "full": full, "most": full * most, "deadline": deadline}
    return Chart("clocks.svg", WIDTH, height, alt, data)


@dataclass(frozen=True)
class Stack:
    """One campaign on one channel: its parts in order, each with its tone."""

    label: str
    parts: tuple[tuple[str, int, str], ...]
    said: str


def coverage_chart(alt: str, stacks: Sequence[Stack], legend: Sequence[tuple[str, str]]) -> Chart:
    """Draw where the notices of each campaign and channel stand."""
    left, full = 200.0, 440.0
    rows = []
    for number, stack in enumerate(stacks):
        total = sum(count for _, count, _ in stack.parts) or 1
        x, pieces = left, []
        for name, count, tone in stack.parts:
            wide = full * count / total
            pieces.append({"x": round(x, 1), "width": round(wide, 1), "tone": tone, "name": name})
            x += wide
        label = cut(stack.label, left - 12, SIZE)
        rows.append({"label": label, "pieces": pieces, "said": stack.said, "y": 8.0 + number * 32.0})
    keys, x, y = [], left, 8.0 + len(rows) * 32.0 + 8.0
    for name, tone in legend:
        wide = width_of(name, SMALL_SIZE) + 34.0
        if x + wide > WIDTH:
            x, y = left, y + 18.0
        keys.append({"x": round(x, 1), "y": y, "label": name, "tone": tone})
        x += wide
    return Chart(
        "coverage.svg", WIDTH, y + 18.0, alt, {"rows": rows, "keys": keys, "left": left, "full": full}
    )
