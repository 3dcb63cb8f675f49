"""Costs by category, one group of bars for each currency: amounts of two currencies have no common scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.charts.drawing import SIZE, SMALL_SIZE, WIDTH
from reports.charts.lettering import cut, width_of
from reports.document import Chart

LEFT, FULL, STEP = 230.0, 360.0, 25.0


@dataclass(frozen=True)
class CostBar:
    """One category in one currency: what was incurred, what is an estimate, and both in words."""

    label: str
    currency: str
    actual: Decimal
    estimate: Decimal
    said: str


def costs_chart(alt: str, bars: Sequence[CostBar], names: tuple[str, str]) -> Chart:
    """Draw each currency's bars to the scale of its largest; `names` say what the two tones stand for."""
    rows, heads, y = [], [], 4.0
    for currency in sorted({bar.currency for bar in bars}):
        group = [bar for bar in bars if bar.currency == currency]
        most = max(bar.actual + bar.estimate for bar in group) or Decimal(1)
        heads.append({"label": currency, "y": y + 13.0})
        y += 22.0
        for bar in group:
            rows.append(_row(bar, most, y))
            y += STEP
        y += 8.0
    keys, x = [], LEFT
    for name, tone in zip(names, ("accent", "pale"), strict=True):
        keys.append({"x": round(x, 1), "y": y, "label": name, "tone": tone})
        x += width_of(name, SMALL_SIZE) + 40.0
    data = {"rows": rows, "heads": heads, "keys": keys, "left": LEFT, "full": FULL}
    return Chart("costs.svg", WIDTH, y + 18.0, alt, data)


def _row(bar: CostBar, most: Decimal, y: float) -> dict[str, object]:
    actual, estimate = (round(FULL * float(part / most), 1) for part in (bar.actual, bar.estimate))
    return {
        "label": cut(bar.label, LEFT - 14, SIZE),
        "actual": actual,
        "estimate": estimate,
        "said": bar.said,
        "y": y,
    }
