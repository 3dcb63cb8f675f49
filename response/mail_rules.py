"""The part of the organisation's file about the mailbox for signals: who tells what by mail, and who vouches for it."""

from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

UNKNOWN: Final = "unknown"
Teller = Literal[
    "detector", "customer", "employee", "press", "police", "attacker", "processor", "authority", "researcher"
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSender(_Part):
    """Who tells, when a mail comes from an address like `from`; `*` stands for any letters."""

    address: Annotated[
        str, Field(alias="from"), StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", to_lower=True)
    ]
    told_by: Teller


class SignalMailRules(_Part):
    """How the mailbox for signals is read; `authenticated_by` is the mail server whose verdicts are believed."""

    authenticated_by: Annotated[str, StringConstraints(pattern=r"^[^\s;]{1,255}$", to_lower=True)] | None = (
        None
    )
    senders: tuple[MailSender, ...] = ()

    def teller(self, address: str) -> str:
        """Say who tells by a mail from this address, by the first line that fits."""
        return next((each.told_by for each in self.senders if fnmatchcase(address, each.address)), UNKNOWN)


NO_MAIL_RULES: Final = SignalMailRules()
