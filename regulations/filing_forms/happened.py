"""What happened, to whose data, with which effects: the facts put as answers; None where nobody knows."""

from datetime import datetime

from models.count import Count
from models.facts import fact_at
from regulations.filing_forms.known import Known
from regulations.filing_forms.words import Texts, form_data, joined, listed, one_text, sentence, word


def what_happened(known: Known) -> Texts | None:
    """Tell the course of events as far as the facts carry it."""
    breach, parts = known.facts.breach, [sentence("title", title=known.facts.title.rstrip("."))]
    parts += [word("affected", name) for name in form_data("_words")["affected"] if getattr(breach, name)]
    if breach.vector:
        parts.append(sentence("vector", vector=word("vector", breach.vector)))
    exfiltration = fact_at(known.facts, "breach.exfiltration")
    if exfiltration:
        parts.append(word("exfiltration", exfiltration))
    if breach.published:
        parts.append(form_data("_words")["published"])
    if breach.unintelligible:
        parts.append(form_data("_words")["intelligible"])
    return joined(parts) if len(parts) > 1 else None


def occurred_when(known: Known) -> Texts | None:
    """Say when it happened."""
    return _moment(known.facts.occurred_at)


def discovered_when(known: Known) -> Texts | None:
    """Say when it was first seen."""
    return _moment(known.facts.detected_at or known.facts.aware_at)


def organisation(known: Known) -> Texts | None:
    """Name the organisation, in Chinese by its Chinese name where it has one."""
    name = known.facts.organisation.name or known.profile.get("name")
    return {"en": name, "zh": known.profile.get("name_local") or name} if name else None


def where(known: Known) -> Texts | None:
    """Say where: the organisation's place."""
    address = known.profile.get("address") or known.facts.organisation.country
    return {"en": address, "zh": known.profile.get("address_local") or address} if address else None


def contact(known: Known) -> Texts | None:
    """Give the contact point for questions."""
    parts = [str(known.profile[name]) for name in ("contact", "phone") if known.profile.get(name)]
    return one_text(", ".join(parts)) if parts else None


def dpo_contact(known: Known) -> Texts | None:
    """Name the data protection officer by reference; the name is filled in where the report is shown."""
    people = known.staff.get("data_protection_officer", ())
    if not people:
        return None
    return one_text(" ".join(staff_mark(people[0], part) for part in ("name", "email", "phone")))


def staff_mark(staff_id: str, part: str) -> str:
    """Write the mark that stands for a part of somebody's contact point."""
    return f"[[staff:{staff_id}/{part}]]"


def kinds_of_data(known: Known) -> Texts | None:
    """List the kinds of data."""
    return listed(word("categories", each) for each in known.facts.data.categories or ())


def people_concerned(known: Known) -> Texts | None:
    """Say who the people are to the organisation."""
    return listed(word("relations", each) for each in known.facts.people.relations or ())


def number_of_people(known: Known) -> Texts | None:
    """Say how many people, within what is known."""
    return _count(known.facts.people.total)


def number_of_records(known: Known) -> Texts | None:
    """Say how many records."""
    return _count(known.facts.people.records)


def consequences(known: Known) -> Texts | None:
    """Say what each kind of data exposes people to."""
    return joined(each["text"] for each in _exposures(known))


def what_people_can_do(known: Known) -> Texts | None:
    """Say what people can do about it."""
    return joined(each["can_do"] for each in _exposures(known))


def _exposures(known: Known) -> list[dict[str, Texts]]:
    kinds = set(known.facts.data.categories or ())
    return [each for each in form_data("_words")["consequences"] if kinds & set(each["data"])]


def leads(known: Known) -> Texts | None:
    """Say who is behind it and how, as far as known."""
    actor = fact_at(known.facts, "breach.actor")
    return sentence("by", actor=word("actor", actor)) if actor else None


def trend(known: Known) -> Texts | None:
    """Say how it develops."""
    if known.facts.contained_at is not None:
        return word("trend", "contained")
    ongoing = known.facts.breach.ongoing
    return None if ongoing is None else word("trend", "ongoing" if ongoing else "stopped")


def service_impact(known: Known) -> Texts | None:
    """Say what services felt."""
    impact, minutes = known.facts.breach.service_impact, known.facts.breach.outage_minutes
    if impact is None:
        return None
    words = word("service_impact", impact)
    return words if not minutes else sentence("outage", impact=words, minutes=f"{minutes:g}")


def cross_border(known: Known) -> Texts | None:
    """List the places with the people concerned."""
    counted = [(place, _count(count)) for place, count in (known.facts.people.by_place or {}).items()]
    unknown = form_data("_words")["unknown"]
    return joined(
        (sentence("people_in", place=place, count=count or unknown) for place, count in counted), "; ", "；"
    )


def malicious(known: Known) -> Texts | None:
    """Say whether it was done on purpose."""
    meant = known.facts.breach.malicious
    texts: Texts | None = None if meant is None else form_data("_words")["yes" if meant else "no"]
    return texts


def ransom(known: Known) -> Texts | None:
    """Say what is known of a ransom."""
    if known.facts.ransom_paid_at is not None:
        return sentence("ransom_paid", at=known.facts.ransom_paid_at.isoformat())
    vector = known.facts.breach.vector
    return sentence("no_ransom") if vector is not None and vector != "ransomware" else None


def systems(known: Known) -> Texts | None:
    """Name the systems concerned."""
    return one_text(", ".join(known.systems)) if known.systems else None


def _moment(at: datetime | None) -> Texts | None:
    return one_text(at.isoformat()) if at else None


def _count(count: Count | None) -> Texts | None:
    if count is None or (count.least == 0 and count.most is None):
        return None
    if count.is_known:
        return one_text(f"{count.least:,}")
    least, most = f"{count.least:,}", "" if count.most is None else f"{count.most:,}"
    if count.most is None:
        return sentence("at_least", least=least)
    return sentence("between", least=least, most=most) if count.least else sentence("at_most", most=most)
