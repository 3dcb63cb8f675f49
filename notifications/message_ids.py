"""Message-IDs that lead back to campaign and person for whoever holds the incident's key, and tell others nothing.

`<campaign.person.check@domain>`: the person's number is masked, the check keeps an invented id from being believed.
"""

import re
from typing import Final

from models.crypto import Sealer

# Says the same id once more: relays such as Amazon SES put one of their own in the place of the Message-ID.
NOTICE_HEADER: Final = "X-Tocsin-Notice"
_FORM = re.compile(r"<([\w-]+)\.([\w-]+)\.([0-9a-f]{16})\.([0-9a-f]{16})@[^>\s]+>")
_BYTES = 8


def _mask(sealer: Sealer, campaign_id: str) -> int:
    return int.from_bytes(sealer.lookup(f"message-mask/{campaign_id}")[:_BYTES], "big")


def _check(sealer: Sealer, campaign_id: str, person: int) -> str:
    return sealer.lookup(f"message/{campaign_id}/{person}")[:_BYTES].hex()


class MessageIds:
    """The one Message-ID of each person in a campaign."""

    def __init__(self, sealer: Sealer, campaign_id: str, domain: str) -> None:
        """Work out what they have in common."""
        self._lookup, self._checked = sealer.lookup, f"message/{campaign_id}/"
        self._mask = _mask(sealer, campaign_id)
        self._before, self._after = f"<{campaign_id.replace('/', '.')}.", f"@{domain}>"

    def of(self, person: int) -> str:
        """Give a person's."""
        check = self._lookup(f"{self._checked}{person}")[:_BYTES].hex()
        return f"{self._before}{person ^ self._mask:016x}.{check}{self._after}"


def message_id(sealer: Sealer, campaign_id: str, person: int, domain: str) -> str:
    """Give the Message-ID of one person."""
    return MessageIds(sealer, campaign_id, domain).of(person)


def campaign_named(text: str) -> str | None:
    """Give the campaign that a Message-ID names, None when it is none of ours. Unproven until the person is."""
    found = _FORM.fullmatch(text.strip())
    return f"{found[1]}/{found[2]}" if found else None


def person_named(sealer: Sealer, text: str) -> int | None:
    """Give the person that a Message-ID names, None when the check fails."""
    found, campaign_id = _FORM.fullmatch(text.strip()), campaign_named(text)
    if found is None or campaign_id is None:
        return None
    person = int(found[3], 16) ^ _mask(sealer, campaign_id)
    return person if _check(sealer, campaign_id, person) == found[4] else None
