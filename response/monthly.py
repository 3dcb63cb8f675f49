"""The monthly report for management: last month's portfolio of incidents and drills, kept in the home."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from models.database import Store
from models.vocabulary import Language, Role
from reports.rendering import render_portfolio
from response.context import TOCSIN
from response.portfolios import read_portfolio

FORMATS = ("html", "pdf")


def monthly(store: Store) -> str:
    """Write last month's portfolio as HTML and PDF in English and Chinese, and as JSON; gives the month.

    Calling it again writes the month again from the records as they are now; the ledger keeps each time.
    """
    return _write_month(store, *last_month(store.clock()))


def rewrite_months(store: Store, since: datetime) -> tuple[str, ...]:
    """Write the kept reports of every month from `since` on anew, from the records as they are now."""
    folder = store.settings.home / "reports" / "monthly"
    kept = sorted(path.stem for path in folder.glob("*.json") if path.stem >= f"{since:%Y-%m}")
    starts = (datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC) for month in kept)
    return tuple(_write_month(store, start, _month_after(start)) for start in starts)


def _month_after(start: datetime) -> datetime:
    return (start + timedelta(days=31)).replace(day=1)


def _write_month(store: Store, start: datetime, end: datetime) -> str:
    portfolio = read_portfolio(store, start, end)
    month, folder = f"{start:%Y-%m}", store.settings.home / "reports" / "monthly"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        f"{month}.{language}.{form}": render_portfolio(portfolio, language.value, form)
        for language in Language
        for form in FORMATS
    }
    files[f"{month}.json"] = render_portfolio(portfolio, Language.EN.value, "json")
    digests = {name: _written(folder / name, content) for name, content in files.items()}
    with store.work() as unit:
        body = {"kind": "monthly", "month": month, "sha256": digests}
        unit.record("report:compiled", actor=TOCSIN, role=Role.INCIDENT_LEAD, body=body)
    return month


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """Give the first instants (UTC) of last month and of this one."""
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (end - timedelta(days=1)).replace(day=1), end


def _written(path: Path, content: bytes) -> str:
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
    return sha256(content).hexdigest()
