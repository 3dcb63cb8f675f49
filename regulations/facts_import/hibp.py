"""Breaches listed by Have I Been Pwned as facts. It counts accounts, and lists what already circulates."""

from collections.abc import Mapping
from typing import Any

from regulations.facts_import.drafts import Draft, whole, word, word_table, words


def read_hibp(record: Mapping[str, Any]) -> Draft:
    """Map one listed breach; of the description only the words on passwords are read."""
    draft = Draft(f"Have I Been Pwned: {word(record, 'Name') or word(record, 'Title') or 'without a name'}")
    draft.put("organisation.name", word(record, "Title") or None)
    if record.get("IsFabricated") is True:
        draft.skipped("IsFabricated", "the data is thought to be made up; nothing is taken as disclosed")
    else:
        draft.put("breach.confidentiality", True)
        draft.put("breach.published", True)
        draft.put("breach.exfiltration", "confirmed" if record.get("IsVerified") is True else "likely")
    if record.get("IsMalware") is True or record.get("IsStealerLog") is True:
        draft.put("breach.vector", "malware")
        draft.put("breach.malicious", True)
    _data(draft, record)
    _people(draft, record.get("PwnCount"))
    for name in ("BreachDate", "AddedDate"):
        if word(record, name):
            draft.skipped(name, "says when it was listed or roughly happened, not when anybody became aware")
    return draft


def _data(draft: Draft, record: Mapping[str, Any]) -> None:
    table = word_table("hibp")
    kinds: dict[str, None] = {}
    for name in words(record, "DataClasses"):
        kind = _password(draft, record) if name == "Passwords" else table["data_classes"].get(name)
        kinds[kind or "other"] = None
        if kind is None:
            draft.skipped("DataClasses", f"{name[:60]} has no word; kept as other")
    draft.put("data.categories", tuple(kinds))


def _password(draft: Draft, record: Mapping[str, Any]) -> str:
    table, told = word_table("hibp"), word(record, "Description").lower()
    if any(said in told for said in table["plain"]):
        return "credentials"
    if any(said in told for said in table["hashed"]):
        return "password_hash"
    draft.skipped("Passwords", "plain or hashed is not said; taken as plain")
    return "credentials"


def _people(draft: Draft, given: Any) -> None:
    accounts = whole(given)
    if accounts is None:
        if given is not None:
            draft.skipped("PwnCount", "not a count")
        return
    draft.put("people.records", {"value": accounts})
    draft.put("people.total", {"at_most": accounts})
    draft.skipped("PwnCount", "counts accounts; people are at most as many")
