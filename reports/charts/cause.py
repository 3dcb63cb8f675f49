"""The cause tree: a chain of whys downward, contributing factors beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from reports.charts.drawing import SIZE, WIDTH
from reports.charts.lettering import wrap
from reports.document import Chart


@dataclass(frozen=True)
class CauseBox:
    """One box of the cause tree."""

    head: str
    text: str
    tone: str = "accent"


@dataclass(frozen=True)
class _Placed:
    head: str
    lines: tuple[str, ...]
    tone: str
    x: float
    y: float
    width: float
    height: float


def cause_chart(alt: str, chain: Sequence[CauseBox], factors: Sequence[CauseBox], side: str) -> Chart:
    """Draw the chain of whys downward and contributing factors beside it."""
    wide = 450.0 if factors else 700.0
    boxes = _column(chain, 10.0, wide, 10.0, 22.0)
    side_boxes = _column(factors, 520.0, 230.0, 32.0, 12.0)
    ends = [box.y + box.height for box in (*boxes, *side_boxes)]
    data = {
        "boxes": [asdict(box) for box in boxes],
        "factors": [
            asdict(box) | {"to_y": _nearest_row(box, boxes), "to_x": 10.0 + wide} for box in side_boxes
        ],
        "side": side if factors else "",
    }
    return Chart("cause.svg", WIDTH, max(ends, default=0.0) + 12.0, alt, data)


def _column(boxes: Sequence[CauseBox], x: float, width: float, top: float, gap: float) -> list[_Placed]:
    placed = []
    for box in boxes:
        lines = wrap(box.text, width - 24, SIZE, 4)
        height = 14.0 + (16.0 if box.head else 0.0) + 16.0 * len(lines)
        placed.append(_Placed(box.head, lines, box.tone, x, top, width, height))
        top += height + gap
    return placed


def _nearest_row(box: _Placed, boxes: Sequence[_Placed]) -> float:
    middles = [each.y + each.height / 2 for each in boxes]
    own = box.y + box.height / 2
    return min(middles, key=lambda middle: abs(middle - own)) if middles else own
