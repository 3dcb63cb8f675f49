"""Every answer that a form may ask for, by its name in the vocabulary of content."""

from collections.abc import Callable

from regulations.filing_forms import handled, happened
from regulations.filing_forms.known import Known
from regulations.filing_forms.words import Texts

Answer = Callable[[Known], Texts | None]

ANSWERS: dict[str, Answer] = {
    "what_happened": happened.what_happened,
    "occurred_when": happened.occurred_when,
    "discovered_when": happened.discovered_when,
    "organisation": happened.organisation,
    "where": happened.where,
    "contact": happened.contact,
    "dpo_contact": happened.dpo_contact,
    "kinds_of_data": happened.kinds_of_data,
    "people_concerned": happened.people_concerned,
    "number_of_people": happened.number_of_people,
    "number_of_records": happened.number_of_records,
    "consequences": happened.consequences,
    "what_people_can_do": happened.what_people_can_do,
    "measures_taken": handled.measures_taken,
    "measures_planned": handled.measures_planned,
    "prevention": handled.prevention,
    "cause": handled.cause,
    "root_cause": handled.root_cause,
    "lessons": handled.lessons,
    "grade": handled.grade,
    "leads": happened.leads,
    "trend": happened.trend,
    "service_impact": happened.service_impact,
    "evidence_preserved": handled.evidence_preserved,
    "cross_border": happened.cross_border,
    "people_told": handled.people_told,
    "chronology": handled.chronology,
    "financial_impact": handled.financial_impact,
    "security_measures": handled.security_measures,
    "systems": happened.systems,
    "malicious": happened.malicious,
    "accountability": handled.accountability,
    "delay_reasons": handled.delay_reasons,
    "ransom": happened.ransom,
}
# What only a person can answer.
ANSWERS |= dict.fromkeys(
    ("justification", "remedies", "law_enforcement", "public_statement", "other"), handled.nobody_knows
)
