"""The picture of what happened when: phases as bars, moments as flags, deadlines as diamonds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.charts.drawing import SIZE, SMALL_SIZE, WIDTH
from reports.charts.lettering import cut, width_of
from reports.document import Chart


@dataclass(frozen=True)
class Mark:
    """A moment with its label on the time axis."""

    at: datetime
    label: str
    tone: str = "accent"


@dataclass(frozen=True)
class Bar:
    """A span of time in its own row."""

    label: str
    start: datetime
    end: datetime
    open: bool = False
    tone: str = "accent"


@dataclass(frozen=True)
class TimeScale:
    """Places moments on a line that grows tighter to the right; what lies before zero has its own gutter."""

    zero: datetime
    first: datetime
    last: datetime
    left: float
    right: float

    @property
    def gutter(self) -> float:
        """Width kept for what happened before zero."""
        return 60.0 if self.first < self.zero else 0.0

    @property
    def total(self) -> float:
        """Seconds from zero to the end, at least one."""
        return max((self.last - self.zero).total_seconds(), 1.0)

    def x(self, at: datetime) -> float:
        """Give the horizontal place of a moment."""
        after = (at - self.zero).total_seconds()
        start = self.left + self.gutter
        if after < 0:
            before = (self.zero - self.first).total_seconds()
            return round(start - self.gutter * min(1.0, -after / before if before else 0.0), 1)
        return round(start + (self.right - start) * min(1.0, self._share(after)), 1)

    def _share(self, seconds: float) -> float:
        unit = min(max(self.total / 500, 1.0), 3600.0)
        return math.log1p(seconds / unit) / math.log1p(self.total / unit)

    def seconds_x(self, seconds: float) -> float:
        """Give the place of a number of seconds after zero."""
        start = self.left + self.gutter
        return round(start + (self.right - start) * self._share(seconds), 1)


@dataclass(frozen=True)
class Flag:
    """A mark with its place: `level` counts label rows upward, `anchor` is SVG's text-anchor."""

    x: float
    label: str
    level: int
    anchor: str
    tone: str


TICKS = (10, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400, 90 * 86400)
TICK_GAP = 54.0
LEVELS = 6


def timeline_chart(
    alt: str,
    zero: datetime,
    marks: Sequence[Mark],
    bars: Sequence[Bar],
    dues: Sequence[Mark],
    due_label: str,
    tick_words: Mapping[int, str],
) -> Chart:
    """Draw phases as bars, moments as flags above them and deadlines as diamonds below."""
    ends = [mark.at for mark in marks] + [bar.end for bar in bars]
    scale = TimeScale(zero, min([zero, *ends]), max([zero, *ends]), left=104.0, right=744.0)
    flags = _flags(marks, scale)
    top = 16.0 + 15.0 * (1 + max((flag.level for flag in flags), default=0))
    rows = [
        {
            "label": cut(bar.label, 92.0, SIZE),
            "x": scale.x(bar.start),
            "width": max(scale.x(bar.end) - scale.x(bar.start), 3.0),
            "y": top + 10.0 + number * 22.0,
            "open": bar.open,
            "tone": bar.tone,
        }
        for number, bar in enumerate(bars)
    ]
    due_y = top + 14.0 + len(rows) * 22.0
    shown = [
        {"x": scale.x(due.at), "tone": due.tone, "label": due.label} for due in dues if due.at <= scale.last
    ]
    bottom = due_y + (26.0 if shown else 0.0)
    data = {
        "flags": flags,
        "rows": rows,
        "dues": shown,
        "due_label": cut(due_label, 92.0, SIZE),
        "due_y": due_y + 6.0,
        "ticks": _ticks(scale, tick_words),
        "top": top,
        "bottom": bottom,
        "zero_x": scale.x(zero),
        "right": scale.right,
        "left": scale.left,
    }
    return Chart("timeline.svg", WIDTH, bottom + 24.0, alt, data)


def _flags(marks: Sequence[Mark], scale: TimeScale) -> list[Flag]:
    """Give each label a height where it touches no other; from the right, so that no line crosses a label."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(LEVELS)]
    flags = []
    for mark in sorted(marks, key=lambda each: each.at, reverse=True):
        x, wide = scale.x(mark.at), width_of(mark.label, SMALL_SIZE) + 12.0
        to_left = x + wide > WIDTH
        begins, ends = (x - wide, x) if to_left else (x, x + wide)
        free = (
            level
            for level, spans in enumerate(taken)
            if all(ends < other_begin or begins > other_end for other_begin, other_end in spans)
        )
        level = next(free, LEVELS - 1)
        taken[level].append((begins, ends))
        flags.append(Flag(x, mark.label, level, "end" if to_left else "start", mark.tone))
    return flags[::-1]


def _ticks(scale: TimeScale, tick_words: Mapping[int, str]) -> list[dict[str, object]]:
    ticks: list[dict[str, object]] = []
    before = scale.left + scale.gutter
    for seconds in TICKS:
        if seconds > scale.total:
            break
        x = scale.seconds_x(seconds)
        if x - before >= TICK_GAP:
            ticks.append({"x": x, "label": tick_words[seconds]})
            before = x
    return ticks
