"""The monthly report: the month before, and with December the year, from the records, in both languages."""

import json
from datetime import UTC, datetime, timedelta

from models.clock import VirtualClock
from models.database import Store
from response.monthly import last_month, monthly, rewrite_months


def test_last_month_of_january_is_december() -> None:
    now = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
    assert last_month(now) == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def test_monthly_report_counts_the_month_before(store: Store, incident_id: str, clock: VirtualClock) -> None:
    clock.advance(timedelta(days=31))
    assert monthly(store) == "2026-03"
    folder = store.settings.home / "reports" / "monthly"
    told = json.loads((folder / "2026-03.json").read_text())
    assert [each["id"] for each in told["incidents"]] == [incident_id]
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["2026-03.en.html", "2026-03.en.pdf", "2026-03.json", "2026-03.zh.html", "2026-03.zh.pdf"]


def test_december_brings_the_year_too_and_both_are_written_anew(
    store: Store, incident_id: str, clock: VirtualClock
) -> None:
    declared = clock()
    clock.advance(timedelta(days=306))  # the third of January
    assert monthly(store) == "2026-12"
    year = store.settings.home / "reports" / "yearly"
    told = json.loads((year / "2026.json").read_text())
    assert [each["id"] for each in told["incidents"]] == [incident_id]
    assert 0 <= told["readiness"]["points"] <= 100
    assert len(list(year.iterdir())) == 5
    assert rewrite_months(store, declared) == ("2026-12", "2026")
    assert rewrite_months(store, clock()) == ()
