"""The monthly report for management, and with December's the yearly one: the period's portfolio, kept in the home."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from models.database import Store
from models.vocabulary import Language, Role
from reports.rendering import render_portfolio
from response.context import TOCSIN
from response.portfolios import read_portfolio

FORMATS = ("html", "pdf")


@dataclass(frozen=True)
class _Period:
    """A month or a year in UTC: its first instant, and that of the next."""

    kind: str  # monthly, yearly: also the folder its reports are kept in
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        return f"{self.start:%Y-%m}" if self.kind == "monthly" else f"{self.start:%Y}"


def monthly(store: Store) -> str:
    """Write last month's portfolio as HTML and PDF in English and Chinese, and as JSON; gives the month.

    With December's comes that of the whole year. Calling it again writes the month again from the records as they
    are now; the ledger keeps each time.
    """
    month = _month_from(last_month(store.clock())[0])
    if month.start.month == 12:  # noqa: PLR2004 - December
        _write(store, _year_from(month.start.replace(month=1)))
    return _write(store, month)


def rewrite_months(store: Store, since: datetime) -> tuple[str, ...]:
    """Write the kept reports of every month and year from that of `since` on anew, from the records as they are now."""
    return tuple(_write(store, period) for period in _kept(store.settings.home) if period.end > since)


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """Give the first instants (UTC) of last month and of this one."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (end - timedelta(days=1)).replace(day=1), end


def _kept(home: Path) -> Iterator[_Period]:
    for path in sorted((home / "reports" / "monthly").glob("*.json")):
        yield _month_from(datetime.strptime(path.stem, "%Y-%m").replace(tzinfo=UTC))
    for path in sorted((home / "reports" / "yearly").glob("*.json")):
        yield _year_from(datetime(int(path.stem), 1, 1, tzinfo=UTC))


def _month_from(start: datetime) -> _Period:
    return _Period("monthly", start, (start + timedelta(days=31)).replace(day=1))


def _year_from(start: datetime) -> _Period:
    return _Period("yearly", start, start.replace(year=start.year + 1))


def _write(store: Store, period: _Period) -> str:
    portfolio = read_portfolio(store, period.start, period.end)
    name, folder = period.name, store.settings.home / "reports" / period.kind
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        f"{name}.{language}.{form}": render_portfolio(portfolio, language.value, form)
        for language in Language
        for form in FORMATS
    }
    files[f"{name}.json"] = render_portfolio(portfolio, Language.EN.value, "json")
    digests = {file: _written(folder / file, content) for file, content in files.items()}
    with store.work() as unit:
        body = {"kind": period.kind, "period": name, "sha256": digests}
        unit.record("report:compiled", actor=TOCSIN, role=Role.INCIDENT_LEAD, body=body)
    return name


def _written(path: Path, content: bytes) -> str:
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
    return sha256(content).hexdigest()
