"""VERIS incidents (schema 1.3 and 1.4, vz-risk/veris) as facts. VERIS counts records, not people."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from models.places import is_place
from regulations.facts_import.drafts import (
    Draft,
    amount,
    day_of,
    objects,
    part,
    whole,
    word,
    word_table,
    words,
)

_SETS = (
    "hostile_actions",
    "accidental_actions",
    "hostile_motives",
    "harmless_motives",
    "unspecified_data",
    "not_personal_data",
    "changes_data",
    "encrypted_states",
    "open_states",
    "interruptions",
    "unsaid",
    "no_industry",
)


def read_veris(record: Mapping[str, Any]) -> Draft:
    """Map one VERIS incident; free text and names are not read."""
    draft = Draft(f"VERIS incident {word(record, 'incident_id') or 'without an id'}")
    table = _table()
    _victim(draft, part(record, "victim"), table)
    _action(draft, part(record, "action"), part(record, "actor"), table)
    _attributes(draft, record, table)
    _data(draft, part(record, "attribute", "confidentiality"), table)
    _timeline(draft, part(record, "timeline"))
    _impact(draft, part(record, "impact"))
    standing = word(record, "security_incident")
    if standing and standing != "Confirmed":
        draft.skipped("security_incident", f"{standing}; facts have no word for it")
    return draft


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    known = word_table("veris")
    return {**known, **{name: frozenset(known[name]) for name in _SETS}}


def _victim(draft: Draft, victim: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    countries = [code for code in words(victim, "country") if is_place(code)]
    state = f"US-{word(victim, 'state')}"
    if countries == ["US"] and is_place(state):
        draft.put("organisation.country", state)
    elif len(countries) == 1:
        draft.put("organisation.country", countries[0])
    elif countries:
        draft.put("organisation.establishments", tuple(countries))
        draft.skipped("victim.country", "several; which is the main establishment is not said")
    draft.put("organisation.sectors", _sectors(draft, word(victim, "industry"), table))


def _sectors(draft: Draft, code: str, table: Mapping[str, Any]) -> tuple[str, ...] | None:
    if code in table["no_industry"]:
        return None
    for length in range(len(code), 1, -1):
        found = table["industries"].get(code[:length])
        if found is not None:
            return (str(found),)
    if code.isdigit() and len(code) > 1:
        return ("other",)
    draft.skipped("victim.industry", "no code of NAICS")
    return None


def _action(
    draft: Draft, action: Mapping[str, Any], actor: Mapping[str, Any], table: Mapping[str, Any]
) -> None:
    actions = [name for name in action if name != "unknown" and isinstance(action[name], Mapping)]
    draft.put("breach.vector", _vector(action, actions, table))
    if len(actions) > 1:
        draft.skipped("action", f"several ({', '.join(sorted(actions))}); the most telling one is the vector")
    draft.put("breach.malicious", _malicious(actions, actor, table))
    draft.put("breach.actor", _actor(draft, actor, actions, table))
    results = {result for name in actions for result in words(action[name], "result")}
    if "Exfiltrate" in results or "Export data" in words(part(action, "malware"), "variety"):
        draft.put("breach.exfiltration", "likely")


def _vector(action: Mapping[str, Any], actions: list[str], table: Mapping[str, Any]) -> str | None:
    for row in table["vectors"]:
        if row["action"] in actions:
            wanted = row.get("varieties")
            if wanted is None or set(wanted) & set(words(action[row["action"]], "variety")):
                return str(row["vector"])
    return None


def _malicious(actions: list[str], actor: Mapping[str, Any], table: Mapping[str, Any]) -> bool | None:
    if table["hostile_actions"] & set(actions):
        return True
    if actions and set(actions) <= table["accidental_actions"]:
        return False
    motives = {
        motive
        for kind in ("external", "internal", "partner")
        for motive in words(part(actor, kind), "motive")
    }
    if motives & table["hostile_motives"]:
        return True
    return False if motives and motives <= table["harmless_motives"] else None


def _actor(
    draft: Draft, actor: Mapping[str, Any], actions: list[str], table: Mapping[str, Any]
) -> str | None:
    if actions and set(actions) <= table["accidental_actions"]:
        return "none"
    kinds = {"external": "external", "internal": "insider", "partner": "partner"}
    found = [kinds[name] for name in kinds if isinstance(actor.get(name), Mapping)]
    if len(found) > 1:
        draft.skipped("actor", f"several ({', '.join(found)}); facts name one")
        return None
    return found[0] if found else None


def _attributes(draft: Draft, record: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    attribute = part(record, "attribute")
    disclosure = word(part(attribute, "confidentiality"), "data_disclosure")
    draft.put("breach.confidentiality", {"Yes": True, "No": False}.get(disclosure))
    if disclosure == "Potentially":
        draft.skipped("attribute.confidentiality.data_disclosure", "Potentially; kept as unknown")
    changes = words(part(attribute, "integrity"), "variety")
    if set(changes) & table["changes_data"]:
        draft.put("breach.integrity", True)
    elif changes:
        draft.skipped("attribute.integrity", f"{', '.join(changes)} changes systems; of data nothing is said")
    errors = words(part(record, "action", "error"), "variety")
    if "Publishing error" in errors and disclosure == "Yes":
        draft.put("breach.published", True)
    _availability(draft, part(attribute, "availability"), table)


def _availability(draft: Draft, given: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    kinds = [kind for kind in words(given, "variety") if kind not in table["unsaid"]]
    if not kinds:
        return
    draft.put("breach.availability", True)
    duration = part(given, "duration")
    unit, value = word(duration, "unit"), amount(duration.get("value"))
    if unit in table["hours"] and value is not None:
        hours = value * table["hours"][unit]
        if set(kinds) <= table["interruptions"]:
            draft.put("breach.outage_minutes", hours * 60)
        else:
            draft.put("breach.restored_after_hours", hours)
    elif unit and unit not in table["unsaid"]:
        draft.skipped("attribute.availability.duration", f"{unit} without a usable number")


def _data(draft: Draft, given: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    rows = objects(given, "data")
    kinds = tuple(dict.fromkeys(kind for row in rows if (kind := word(row, "variety"))))
    named = tuple(dict.fromkeys(table["data"][kind] for kind in kinds if kind in table["data"]))
    vague = [kind for kind in kinds if kind in table["unspecified_data"]]
    if named and (not vague or named != ("account_number",)):
        draft.put("data.categories", named)
    elif kinds and not named and set(kinds) <= table["not_personal_data"]:
        draft.put("data.categories", ("other",))
    for kind in kinds:
        if kind not in table["data"]:
            draft.skipped("attribute.confidentiality.data", f"{kind} says no kind of personal data")
    relations = tuple(dict.fromkeys(table["relations"].get(name) for name in words(given, "data_victim")))
    draft.put("people.relations", tuple(name for name in relations if name))
    draft.put("breach.unintelligible", _unintelligible(words(given, "state"), table))
    _counts(draft, given, [number for row in rows if (number := whole(row.get("amount"))) is not None])


def _unintelligible(states: tuple[str, ...], table: Mapping[str, Any]) -> bool | None:
    if set(states) & table["open_states"]:
        return False
    return True if states and set(states) <= table["encrypted_states"] else None


def _counts(draft: Draft, given: Mapping[str, Any], by_kind: list[int]) -> None:
    total, largest = whole(given.get("data_total")), max(by_kind, default=0)
    if given.get("data_total") is not None and total is None:
        draft.skipped("attribute.confidentiality.data_total", "not a count")
    if total is None and not by_kind:
        return
    if total is None:
        total = largest
        records = {"at_least": largest, "at_most": sum(by_kind)}
    elif largest > total:
        draft.skipped(
            "attribute.confidentiality.data_total", "smaller than the amount of one kind; kept as a range"
        )
        records = {"at_least": total, "at_most": sum(by_kind)}
    else:
        records = {"value": total}
    draft.put("people.records", records)
    draft.put("people.total", {"at_most": records.get("at_most", total)})
    draft.skipped("attribute.confidentiality.data_total", "counts records; people are at most as many")


def _timeline(draft: Draft, timeline: Mapping[str, Any]) -> None:
    incident = part(timeline, "incident")
    day = day_of(incident.get("year"), incident.get("month"), incident.get("day"))
    if incident:
        said = day.isoformat() if day else "a day that is not complete"
        draft.skipped("timeline.incident", f"{said}; no time and offset, so no moment")
    for name in ("compromise", "exfiltration", "discovery", "containment"):
        if part(timeline, name):
            draft.skipped(f"timeline.{name}", "an interval, no moment")


def _impact(draft: Draft, impact: Mapping[str, Any]) -> None:
    total, currency = amount(impact.get("overall_amount")), word(impact, "iso_currency_code")
    if total is not None and len(currency) == 3 and currency.isascii() and currency.isupper():  # noqa: PLR2004
        draft.put("loss.amount", total)
        draft.put("loss.currency", currency)
    elif impact.get("overall_amount") is not None:
        draft.skipped("impact.overall_amount", "not a sum in a known currency")
