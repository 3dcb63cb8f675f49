"""Incidents and drills by month, side by side."""

from collections.abc import Sequence

from reports.charts.drawing import SMALL_SIZE, WIDTH
from reports.charts.lettering import width_of
from reports.document import Chart

LEFT, TOP, HEIGHT = 30.0, 12.0, 120.0
MOST_MONTHS = 24


def months_chart(alt: str, months: Sequence[tuple[str, int, int]], names: tuple[str, str]) -> Chart:
    """Draw the last months; each has one bar for incidents and one for drills."""
    shown = months[-MOST_MONTHS:]
    most = max((max(real, drills) for _, real, drills in shown), default=0) or 1
    step = (WIDTH - LEFT - 10.0) / max(len(shown), 1)
    wide = min(step * 0.32, 34.0)
    bars, ticks = [], []
    for number, (month, *counts) in enumerate(shown):
        middle = LEFT + step * (number + 0.5)
        ticks.append({"x": round(middle, 1), "label": month})
        for side, (count, tone) in enumerate(zip(counts, ("accent", "pale"), strict=True)):
            tall = round(HEIGHT * count / most, 1)
            x = round(middle + (side - 1) * wide + (1.0 if side else -1.0), 1)
            bars.append({"x": x, "y": TOP + HEIGHT - tall, "height": tall, "count": count, "tone": tone})
    keys, x = [], LEFT
    for name, tone in zip(names, ("accent", "pale"), strict=True):
        keys.append({"x": round(x, 1), "label": name, "tone": tone})
        x += width_of(name, SMALL_SIZE) + 40.0
    data = {
        "bars": bars,
        "ticks": ticks,
        "wide": round(wide, 1),
        "keys": keys,
        "base": TOP + HEIGHT,
        "left": LEFT,
    }
    return Chart("months.svg", WIDTH, TOP + HEIGHT + 46.0, alt, data)
