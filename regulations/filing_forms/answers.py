"""What is known, put as answers to the questions that laws ask; None where nobody knows."""

from collections.abc import Callable
from datetime import datetime

from models.count import Count
from models.facts import fact_at
from regulations.filing_forms.known import Known
from regulations.filing_forms.words import Texts, both, form_data, joined, listed, one_text, sentence, word

Answer = Callable[[Known], Texts | None]


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


def measures_taken(known: Known) -> Texts | None:
    """List what was done, from the record."""
    return joined(known.measures)


def measures_planned(known: Known) -> Texts | None:
    """List what is to come."""
    return _actions(known, ("corrective", "preventive"))


def prevention(known: Known) -> Texts | None:
    """List what keeps it from happening again."""
    return _actions(known, ("preventive", "corrective"))


def _actions(known: Known, kinds: tuple[str, ...]) -> Texts | None:
    chosen = sorted(
        (each for each in known.actions if each.kind in kinds), key=lambda each: kinds.index(each.kind)
    )
    return joined((sentence("action", title=each.title, due=each.due) for each in chosen), "; ", "；")


def cause(known: Known) -> Texts | None:
    """Give the cause as far as it is known: the signed one, else how it came about."""
    if known.cause is not None:
        return both(known.cause.summary)
    vector = known.facts.breach.vector
    return sentence("vector", vector=word("vector", vector)) if vector else None


def root_cause(known: Known) -> Texts | None:
    """Give the signed root cause."""
    return both(known.cause.summary) if known.cause else None


def lessons(known: Known) -> Texts | None:
    """Say which control failed and why."""
    return joined([both(known.cause.failed_control), *map(both, known.cause.whys)]) if known.cause else None


def grade(known: Known) -> Texts | None:
    """Give the grade under the authority's own scheme, else the severity."""
    for prefix, scheme in form_data("_grades")["schemes"].items():
        if known.rule.startswith(prefix):
            found = known.grades.get(scheme)
            texts: Texts | None = form_data("_grades")["grades"].get(found) if found else None
            return texts
    level: Texts | None = form_data("_words")["severity"].get(known.severity)
    return level


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


def evidence_preserved(known: Known) -> Texts | None:
    """Say what is kept."""
    return sentence("evidence", number=str(known.evidence)) if known.evidence else None


def cross_border(known: Known) -> Texts | None:
    """List the places with the people concerned."""
    counted = [(place, _count(count)) for place, count in (known.facts.people.by_place or {}).items()]
    unknown = form_data("_words")["unknown"]
    return joined(
        (sentence("people_in", place=place, count=count or unknown) for place, count in counted), "; ", "；"
    )


def people_told(known: Known) -> Texts | None:
    """Say how many people were told."""
    if known.told is None or not known.affected:
        return None
    return sentence("told", told=f"{known.told:,}", affected=f"{known.affected:,}")


def chronology(known: Known) -> Texts | None:
    """List the moments in order."""
    found = [(getattr(known.facts, name), texts) for name, texts in form_data("_words")["moments"].items()]
    ordered = sorted(((at, texts) for at, texts in found if at is not None), key=lambda each: each[0])
    return joined(
        ({lang: f"{at.isoformat()} {texts[lang]}" for lang in texts} for at, texts in ordered), "; ", "；"
    )


def financial_impact(known: Known) -> Texts | None:
    """Say what it cost."""
    loss = known.facts.loss
    if loss.amount is None or loss.currency is None:
        return None
    return sentence("loss", amount=f"{loss.amount:,.2f}", currency=loss.currency)


def security_measures(known: Known) -> Texts | None:
    """List what protected the data before."""
    named = form_data("_words")["measures"]
    return listed(named.get(each, one_text(each)) for each in known.profile.get("measures_in_place") or ())


def systems(known: Known) -> Texts | None:
    """Name the systems concerned."""
    return one_text(", ".join(known.systems)) if known.systems else None


def malicious(known: Known) -> Texts | None:
    """Say whether it was done on purpose."""
    meant = known.facts.breach.malicious
    texts: Texts | None = None if meant is None else form_data("_words")["yes" if meant else "no"]
    return texts


def accountability(known: Known) -> Texts | None:
    """Say that responsibility was settled."""
    if not known.responsibilities:
        return None
    return sentence("answerable", number=str(known.responsibilities), findings=str(known.findings))


def delay_reasons(known: Known) -> Texts | None:
    """Give the reasons for a late report, or say that it is in time; without a number in law neither is known."""
    if known.due_at is not None and known.at <= known.due_at:
        return sentence("not_late")
    return one_text(known.delay_reason) if known.delay_reason else None


def ransom(known: Known) -> Texts | None:
    """Say what is known of a ransom."""
    if known.facts.ransom_paid_at is not None:
        return sentence("ransom_paid", at=known.facts.ransom_paid_at.isoformat())
    vector = known.facts.breach.vector
    return sentence("no_ransom") if vector is not None and vector != "ransomware" else None


def nobody_knows(known: Known) -> Texts | None:
    """Stand for what only a person can answer."""
    del known
    return None


ANSWERS: dict[str, Answer] = {
    answer.__name__: answer
    for answer in (
        what_happened, occurred_when, discovered_when, organisation, where, contact, dpo_contact, kinds_of_data,
        number_of_people, number_of_records, consequences, what_people_can_do, measures_taken, measures_planned,
        prevention, cause, root_cause, lessons, grade, leads, trend, service_impact, evidence_preserved,
        cross_border, people_told, chronology, financial_impact, security_measures, malicious, accountability,
        delay_reasons, ransom, systems,
    )
}  # fmt: skip
ANSWERS |= dict.fromkeys(
    ("justification", "remedies", "law_enforcement", "public_statement", "other"), nobody_knows
)


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
