"""The points of a scenario's drills one after the other: whether practice makes them better."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts.drawing import WIDTH
from reports.document import Chart

LEFT, TOP, HEIGHT, MOST_WIDE = 38.0, 22.0, 110.0, 46.0
GUIDES = (0, 50, 100)


@dataclass(frozen=True)
class TrendBar:
    """One drill: its day, its points (0 to 100), what stands under it, and how it is toned."""

    label: str
    points: int
    note: str
    tone: str


def trend_chart(alt: str, bars: Sequence[TrendBar]) -> Chart:
    """Draw one bar for each drill, the oldest at the left, before lines at nothing, half and all points."""
    step = min((WIDTH - LEFT - 10.0) / max(len(bars), 1), 110.0)
    wide = min(step * 0.5, MOST_WIDE)
    drawn = []
    for number, bar in enumerate(bars):
        middle = LEFT + step * (number + 0.5)
        tall = round(HEIGHT * bar.points / 100, 1)
        drawn.append(
            {
                "x": round(middle - wide / 2, 1),
                "middle": round(middle, 1),
                "y": round(TOP + HEIGHT - tall, 1),
                "height": tall,
                "points": bar.points,
                "label": bar.label,
                "note": bar.note,
                "tone": bar.tone,
            }
        )
    guides = [{"y": TOP + HEIGHT * (100 - points) / 100, "label": str(points)} for points in GUIDES]
    data = {"bars": drawn, "guides": guides, "wide": round(wide, 1), "left": LEFT, "base": TOP + HEIGHT}
    return Chart("trend.svg", WIDTH, TOP + HEIGHT + 38.0, alt, data)
