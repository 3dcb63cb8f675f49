"""Public breach notices (state attorneys general, SEC filings) as facts. Dates are days, so no moments."""

from collections.abc import Mapping
from typing import Any

from models.places import is_place
from regulations.facts_import.drafts import Draft, count_of, word, words

_SECTORS = {"Finance / Banking": ("financial_other",), "Retail / Consumer": ("retail",)}


def read_notice(record: Mapping[str, Any]) -> Draft:
    """Map one notice. The number of people is the state's own residents, so of all people it is a lower bound."""
    draft = Draft(f"Breach notice {word(record, 'id') or 'without an id'}")
    draft.put("organisation.name", word(record, "company") or None)
    draft.put("organisation.sectors", _SECTORS.get(word(record, "industry")))
    state = f"US-{word(record, 'state')}"
    place = state if is_place(state) else None
    if word(record, "source_type") == "sec":
        _filing(draft, record, place)
    else:
        draft.put("breach.confidentiality", True)
        _people(draft, record.get("affected"), place)
    if "ransomware" in {said.lower() for said in words(record, "matched")}:
        draft.put("breach.vector", "ransomware")
    for name in ("breach_date", "filed"):
        if word(record, name) not in ("", "n/a"):
            draft.skipped(name, f"{word(record, name)[:60]}; days without time and offset")
    return draft


def _filing(draft: Draft, record: Mapping[str, Any], place: str | None) -> None:
    draft.put("organisation.country", place)
    draft.put("organisation.traits", ("listed_us",))
    if record.get("is_item_105") is not True:
        draft.skipped("items", "not item 1.05; words in the text alone do not make a breach")
    if record.get("affected") is not None:
        _people(draft, record["affected"], None)


def _people(draft: Draft, given: Any, place: str | None) -> None:
    count = count_of(given)
    if count is None:
        if given is not None:
            draft.skipped("affected", "not a count that can be read")
        return
    if place:
        draft.put("people.by_place", {place: count})
    least = count.get("value", count.get("at_least"))
    draft.put("people.total", None if least is None else {"at_least": least})
