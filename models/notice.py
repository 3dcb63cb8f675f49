"""Telling people: campaigns, and the journal of who was told what, over which channel, with what outcome."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, sealed_words
from models.vocabulary import CampaignStatus, DeliveryStatus


class Campaign(SQLModel, table=True):
    """One message to the people of one incident; audience, templates and facts are frozen when prepared."""

    id: str = Field(primary_key=True)  # <incident>/N<n>
    incident_id: str = Field(foreign_key="incident.id", index=True)
    drill: bool = False
    message: str  # the folder of its templates
    template_hash: str
    facts_version: int
    serves: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # law rules
    details: dict[str, Any] = Field(
        sa_column=sealed_words("campaign.details")
    )  # what every notice says alike
    status: str = Field(default=CampaignStatus.PREPARED, index=True)
    audience: int = 0
    prepared_at: datetime = Field(sa_type=UtcDateTime)
    requested_by: str = "tocsin"  # may not approve it
    canary: int = (
        0  # people of each channel who are told first; what comes of them decides whether it goes on
    )
    canary_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # the machine's clock
    canary_judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # At approval.
    forecast: dict[str, Any] = Field(default_factory=dict, sa_column=sealed_words("campaign.forecast"))
    approved_by: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_because: str = Field(default="", sa_column=sealed_words("campaign.stopped_because"))


class Delivery(SQLModel, table=True):
    """One person of one campaign on one channel. Exactly one row of a person is `current`.

    `due_at` is set only while somebody must come back to the row: a retry, a fallback to another channel, an
    unknown outcome to settle. A row without it waits for the lane's cursor or is finished.
    """

    __table_args__ = (
        Index(
            "ix_delivery_due",
            "campaign_id",
            "channel",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_reference",
            "reference",
            sqlite_where=text("reference IS NOT NULL"),
            postgresql_where=text("reference IS NOT NULL"),
        ),
        # SQLite keeps such rows in the order of their key: a window of people is one stretch of pages.
        {"sqlite_with_rowid": False},
    )

    campaign_id: str = Field(primary_key=True, foreign_key="campaign.id")
    channel: str = Field(primary_key=True)  # email, sms, or none for a person without an address
    person: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    status: str = Field(default=DeliveryStatus.QUEUED)
    current: bool = True
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None  # a word of ours, such as bad_address
    code: str | None = None  # what the relay or provider answered: 550 5.1.1, 21610
    reference: str | None = None  # the provider's own id of the message


class DeliveryLane(SQLModel, table=True):
    """How far one channel of a campaign has been claimed: people up to `cursor` are claimed or done."""

    __tablename__ = "delivery_lane"

    campaign_id: str = Field(primary_key=True, foreign_key="campaign.id")
    channel: str = Field(primary_key=True)
    cursor: int = 0
    unclaimed: int = 0


class DeliveryWindow(SQLModel, table=True):
    """A durable claim, committed before anything is sent: who sends to whom, until when.

    A window from the lane covers the queued rows of `first`..`last`; one of retries lists its `people`. It is open
    until all of them are recorded.
    """

    __tablename__ = "delivery_window"
    __table_args__ = (
        Index(
            "ix_delivery_window_open",
            "campaign_id",
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.id")
    channel: str
    first: int
    last: int
    people: list[int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    size: int
    unrecorded: int = 0
    worker: str
    claimed_at: datetime = Field(sa_type=UtcDateTime)  # the machine's clock: it measures a living process
    lease_until: datetime = Field(sa_type=UtcDateTime)
    open: bool = True
    expired: bool = False
    rehearsed: bool = False  # sent to a rehearsal server: says nothing of how fast the bank's own relay is


class Suppression(SQLModel, table=True):
    """An address that must not be written to, for every incident: STOP, opt-out, complaint."""

    address_key: bytes = Field(primary_key=True, sa_type=LargeBinary)  # with the organisation's look-up key
    channel: str
    reason: str
    since: datetime = Field(sa_type=UtcDateTime)


class BounceTaken(SQLModel, table=True):
    """A mail of the bounce mailbox that was taken: the same one, read again, changes nothing."""

    __tablename__ = "bounce_taken"

    digest: bytes = Field(
        primary_key=True, sa_type=LargeBinary
    )  # of its Message-ID, with the organisation's key
    kind: str
    taken_at: datetime = Field(sa_type=UtcDateTime)


class TextPost(SQLModel, table=True):
    """What the SMS provider posted and could not be written where it belongs yet; a reply's digest stays.

    `sealed` holds the post, sealed with the organisation's key, until it is written; `due_at` says when it is
    tried again, by the machine's clock.
    """

    __tablename__ = "text_post"

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)  # of its ids, with the organisation's key
    kind: str  # report, reply
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    tries: int = 0
