"""An incident in words of VERIS, to be counted with others'. Unknown stays Unknown; nobody is named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from models.facts import Facts, in_utc
from models.vocabulary import Language

UNKNOWN = "Unknown"
SPANS = (("Years", 8766), ("Months", 730), ("Weeks", 168), ("Days", 24), ("Hours", 1))


@dataclass(frozen=True)
class Case:
    """What VERIS asks beside the facts: who told of it first, and the signed cause with what is done about it."""

    incident_id: str
    declared_at: datetime
    told_by: str | None = None
    veris: Mapping[str, Any] = field(default_factory=dict)
    failed_control: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    drill: bool = False


def veris_record(facts: Facts, case: Case) -> dict[str, Any]:
    """Write one incident as VERIS 1.4 JSON.

    The signed cause's words are taken where they name an action, actor or asset of VERIS; what it says
    otherwise, and what VERIS demands but nobody knows, is told in `notes`.
    """
    table = _table()
    notes = ["A drill: nothing of this happened."] if case.drill else []
    record = {
        "schema_name": "verisc",
        "schema_version": table["schema_version"],
        "incident_id": case.incident_id,
        "source_id": "tocsin",
        "security_incident": _standing(facts),
        "summary": facts.title,
        "timeline": _timeline(facts, case, notes),
        "victim": _victim(facts, table),
        "actor": _actor(facts, case, table, notes),
        "action": _action(facts, case, table, notes),
        "asset": _asset(case, table, notes),
        "attribute": _attribute(facts, table),
        "discovery_method": _discovery(case, table),
        "impact": _impact(facts),
        "targeted": UNKNOWN,
    }
    control = case.failed_control.get(Language.EN) or next(iter(case.failed_control.values()), "")
    told = {"control_failure": control, "corrective_action": "; ".join(case.actions)}
    told["notes"] = " ".join(notes)
    return record | {name: text for name, text in told.items() if text}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = files("reports").joinpath("veris.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table


def _standing(facts: Facts) -> str:
    breach = facts.breach
    happened = (breach.confidentiality, breach.integrity, breach.availability)
    return "Confirmed" if True in happened else "Suspected"


def _timeline(facts: Facts, case: Case, notes: list[str]) -> dict[str, Any]:
    day = in_utc(facts.occurred_at)
    if day is None:
        day = in_utc(facts.detected_at or facts.aware_at) or case.declared_at
        notes.append("When it occurred is unknown; timeline.incident is when it was first seen.")
        incident = {"year": day.year}
    else:
        incident = {"year": day.year, "month": day.month, "day": day.day}
    return {
        "incident": incident,
        "discovery": _span(facts.occurred_at, facts.detected_at),
        "containment": _span(facts.detected_at, facts.contained_at),
    }


def _span(start: datetime | None, end: datetime | None) -> dict[str, Any]:
    if start is None or end is None or end < start:
        return {"unit": UNKNOWN}
    return _measured(end - start)


def _measured(span: timedelta) -> dict[str, Any]:
    hours = span.total_seconds() / 3600
    for unit, size in SPANS:
        if hours >= size:
            return {"unit": unit, "value": round(hours / size, 1)}
    return {"unit": "Minutes", "value": round(hours * 60, 1)}


def _victim(facts: Facts, table: Mapping[str, Any]) -> dict[str, Any]:
    given = facts.organisation
    places = [given.country] if given.country else [*(given.establishments or ())]
    countries = _once(place[:2] for place in places)
    sectors = given.sectors or ()
    is_public = "public_administration" in sectors
    victim = {
        "country": countries or [UNKNOWN],
        "industry": next(
            (table["industries"][name] for name in sectors if name in table["industries"]), "000"
        ),
        "employee_count": UNKNOWN,
        "government": [UNKNOWN if is_public or not sectors else "NA"],
    }
    if given.country and given.country.startswith("US-"):
        victim["state"] = given.country.removeprefix("US-")
    return victim


def _actor(facts: Facts, case: Case, table: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    signed = _words(case, "actor")
    found: dict[str, Any] = {}
    for kind, variety in (_pair(word) for word in signed):
        if kind not in table["actor_parts"]:
            notes.append(f"The signed cause names the actor: {kind}.")
            continue
        found[kind] = {part: [UNKNOWN] for part in table["actor_parts"][kind]}
        if variety and "variety" in found[kind]:
            found[kind]["variety"] = [variety]
    kind = table["actors"].get(facts.breach.actor)
    if not found and kind:
        found[kind] = {part: [UNKNOWN] for part in table["actor_parts"][kind]}
    if facts.breach.malicious is False:
        for parts in found.values():
            parts["motive"] = ["NA"]
    return found or {"unknown": {}}


def _action(facts: Facts, case: Case, table: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for kind, variety in (_pair(word) for word in _words(case, "action")):
        if kind not in table["actions"]:
            notes.append(f"The signed cause names the action: {kind}.")
            continue
        found.setdefault(kind, []).append(table["retired"].get(variety, variety) or UNKNOWN)
    known = table["vectors"].get(facts.breach.vector)
    if known and known["action"] not in found:
        found[known["action"]] = [known.get("variety", UNKNOWN)]
    if facts.breach.vector and not known:
        notes.append(f"How it came about, in the facts' words: {facts.breach.vector}.")
    actions: dict[str, Any] = {}
    for kind, varieties in found.items():
        actions[kind] = {part: [UNKNOWN] for part in table["actions"][kind]} | {"variety": _once(varieties)}
        if facts.breach.exfiltration == "confirmed" and kind not in table["no_result"]:
            actions[kind]["result"] = ["Exfiltrate"]
    return actions or {"unknown": {}}


def _asset(case: Case, table: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    named = []
    for word in _words(case, "asset"):
        if word.partition(" - ")[0] in table["assets"]:
            named.append(word)
        else:
            notes.append(f"The signed cause names the asset: {word}.")
    return {"assets": [{"variety": word} for word in _once(named) or [UNKNOWN]], "cloud": [UNKNOWN]}


def _attribute(facts: Facts, table: Mapping[str, Any]) -> dict[str, Any]:
    breach = facts.breach
    attribute: dict[str, Any] = {"confidentiality": _confidentiality(facts, table)}
    if breach.integrity:
        attribute["integrity"] = {"variety": ["Modify data"]}
    if breach.availability:
        attribute["availability"] = _availability(facts, table)
    return attribute


def _confidentiality(facts: Facts, table: Mapping[str, Any]) -> dict[str, Any]:
    words = {True: "Yes", False: "No", None: UNKNOWN}
    told: dict[str, Any] = {"data_disclosure": words[facts.breach.confidentiality]}
    if facts.breach.confidentiality is False:
        return told
    kinds = _once(table["data"].get(each, "Personal") for each in facts.data.categories or ())
    told["data"] = [{"variety": kind} for kind in kinds or [UNKNOWN]]
    whose = _once(table["relations"].get(each, "Other") for each in facts.people.relations or ())
    told["data_victim"] = whose or [UNKNOWN]
    records = facts.people.records
    if records is not None and records.is_known:
        told["data_total"] = records.least
    return told


def _availability(facts: Facts, table: Mapping[str, Any]) -> dict[str, Any]:
    breach = facts.breach
    if breach.outage_minutes:
        span = _measured(timedelta(minutes=breach.outage_minutes))
        return {"variety": ["Interruption"], "duration": span}
    told: dict[str, Any] = {"variety": [table["availability"].get(breach.vector, UNKNOWN)]}
    if breach.restored_after_hours is not None:
        told["duration"] = {"unit": "Hours", "value": breach.restored_after_hours}
    return told


def _discovery(case: Case, table: Mapping[str, Any]) -> dict[str, Any]:
    known = table["discovery"].get(case.told_by)
    return {known[0]: {"variety": [known[1]]}} if known else {"unknown": True}


def _impact(facts: Facts) -> dict[str, Any]:
    told: dict[str, Any] = {"overall_rating": UNKNOWN}
    if facts.loss.amount is not None and facts.loss.currency:
        told |= {"overall_amount": facts.loss.amount, "iso_currency_code": facts.loss.currency}
    return told


def _words(case: Case, part: str) -> list[str]:
    given = case.veris.get(part)
    return [given] if isinstance(given, str) else [str(each) for each in given or ()]


def _pair(word: str) -> tuple[str, str]:
    """Take `error.variety.Loss` or `error.loss` apart: the kind, and what it is with a capital."""
    kind, _, rest = word.partition(".")
    name = rest.rpartition(".")[2]
    return kind, name[:1].upper() + name[1:]


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
