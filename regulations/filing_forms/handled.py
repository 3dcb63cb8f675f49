"""What was and will be done about it, and why it came to be: the record put as answers; None where nobody knows."""

from regulations.filing_forms.known import Known
from regulations.filing_forms.words import Texts, both, form_data, joined, listed, one_text, sentence, word


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


def evidence_preserved(known: Known) -> Texts | None:
    """Say what is kept."""
    return sentence("evidence", number=str(known.evidence)) if known.evidence else None


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


def nobody_knows(known: Known) -> Texts | None:
    """Stand for what only a person can answer."""
    del known
    return None
