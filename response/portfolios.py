"""The portfolio of a period, with what only the home knows: rates of exchange, duties to exercise, readiness."""

from datetime import datetime

from models.database import Store
from reports.portfolio import build_portfolio
from reports.portfolio_view import Portfolio
from reports.portfolio_view import Readiness as ReadinessShown
from response.organisation import organisation_of
from response.preparedness.readiness import readiness


def read_portfolio(store: Store, start: datetime, end: datetime) -> Portfolio:
    """Gather the figures of a period as they stand now; raises InvalidInputError for a period that is none."""
    known, ready = organisation_of(store.settings.home), readiness(store)
    parts = tuple((part.name, part.earned, part.weight) for part in ready.parts)
    with store.reading() as session:
        return build_portfolio(
            session,
            start,
            end,
            store.clock(),
            known.organisation,
            exchange=known.exchange(),
            readiness=ReadinessShown(ready.points, parts),
        )
