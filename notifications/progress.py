"""How far a campaign has come, and when it will be through at the rate it goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.clock import iso_utc
from models.notice import Campaign
from models.settings import Settings
from models.vocabulary import CampaignStatus
from notifications.campaign import get_campaign
from notifications.forecast import Forecast, campaign_forecast
from notifications.outbox.journal_upkeep import remaining

ENDED = (CampaignStatus.DONE, CampaignStatus.CANCELLED)


@dataclass(frozen=True)
class CampaignProgress:
    """One campaign at one moment. `forecast` is None once it ended."""

    campaign: Campaign
    remaining: int
    forecast: Forecast | None

    @property
    def done(self) -> int:
        """People for whom nothing is left to do."""
        return self.campaign.audience - self.remaining

    @property
    def share(self) -> float:
        """The same as a share, 0 to 1."""
        return self.done / self.campaign.audience if self.campaign.audience else 1.0

    @property
    def canary(self) -> str:
        """Where its first people stand: none, waiting, judged."""
        if not self.campaign.canary:
            return "none"
        return "judged" if self.campaign.canary_judged_at else "waiting"

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values; moments are UTC."""
        campaign, at = self.campaign, self.campaign.finished_at
        return {
            "campaign": campaign.id,
            "status": campaign.status,
            "stopped_because": campaign.stopped_because,
            "audience": campaign.audience,
            "done": self.done,
            "remaining": self.remaining,
            "share": round(self.share, 6),
            "canary": {"people": campaign.canary, "state": self.canary},
            "finished_at": at and iso_utc(at),
            "forecast": self.forecast.to_json() if self.forecast else None,
            "forecast_at_approval": campaign.forecast or None,
        }


def campaign_progress(
    session: Session, settings: Settings, campaign_id: str, now: datetime
) -> CampaignProgress:
    """Say where a campaign stands; the estimate counts from `now`, also for one that is paused.

    Raises:
        NotFoundError: there is no such campaign.
    """
    campaign = get_campaign(session, campaign_id)
    left = remaining(session.connection(), campaign_id).total
    ended = campaign.status in ENDED
    return CampaignProgress(
        campaign, left, None if ended else campaign_forecast(session, settings, campaign_id, now)
    )
