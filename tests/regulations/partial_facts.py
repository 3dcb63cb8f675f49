"""Facts known in part, drawn for property tests, and ways to learn one more fact."""

from typing import Any

from hypothesis import strategies as st

from models.facts import Facts

YES_NO = st.booleans()
HOURS = st.sampled_from([0.2, 3.0, 8.0, 30.0, 100.0])
CATEGORIES = st.lists(
    st.sampled_from(
        [
            "name",
            "contact",
            "address",
            "date_of_birth",
            "pseudonym",
            "password_hash",
            "income",
            "family",
            "health",
            "national_id",
            "account_number",
            "transactions",
            "credentials",
            "preferences",
            "employment",
            "other",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
COUNTS = st.sampled_from([1, 15, 50, 400, 5_000, 200_000])

FACTS: dict[str, st.SearchStrategy[Any]] = {
    "organisation.role": st.sampled_from(["controller", "processor"]),
    "organisation.sectors": st.sampled_from([["bank"], ["health_provider"], ["retail"], ["other"]]),
    "breach.confidentiality": YES_NO,
    "breach.integrity": YES_NO,
    "breach.availability": YES_NO,
    "breach.malicious": YES_NO,
    "breach.vector": st.sampled_from(
        ["hacking", "ransomware", "misdelivery", "loss", "outage", "credential_stuffing"]
    ),
    "breach.exfiltration": st.sampled_from(["excluded", "unlikely", "likely", "confirmed"]),
    "breach.published": YES_NO,
    "breach.recipients.known": YES_NO,
    "breach.recipients.trusted": YES_NO,
    "breach.recipients.number": COUNTS,
    "breach.recipients.deletion_confirmed": YES_NO,
    "breach.unintelligible": YES_NO,
    "breach.key_compromised": YES_NO,
    "breach.backup": st.sampled_from(["electronic", "paper", "none", "destroyed"]),
    "breach.restored_after_hours": HOURS,
    "breach.service_impact": st.sampled_from(["none", "minor", "moderate", "major"]),
    "data.categories": CATEGORIES,
    "data.identifiability": st.sampled_from(["negligible", "limited", "significant", "maximum"]),
    "people.total": COUNTS,
    "people.relations": st.sampled_from([["customer"], ["patient"], ["employee"]]),
    "people.vulnerable": YES_NO,
    "loss.amount": st.sampled_from([100.0, 150_000.0, 30_000_000.0]),
    "regimes.cac.threat": st.sampled_from(["none", "relatively_serious", "serious", "particularly_serious"]),
    "regimes.cn_data.class": st.sampled_from(["general", "sensitive", "important", "core"]),
    "regimes.dora.critical_services": YES_NO,
    "regimes.dora.in_the_media": YES_NO,
    "regimes.cbrc2008.provinces": st.sampled_from([0, 1, 2]),
}
Known = dict[str, Any]


def agree(known: Known) -> bool:
    """Say whether the facts do not contradict one another: no leak without disclosure, no trust in the unknown."""
    leaked = known.get("breach.published") or known.get("breach.exfiltration") in {"likely", "confirmed"}
    vouched = known.get("breach.recipients.trusted") or known.get("breach.recipients.deletion_confirmed")
    return not (known.get("breach.confidentiality") is False and leaked) and not (
        known.get("breach.recipients.known") is False and vouched
    )


@st.composite
def partial_facts(draw: st.DrawFn) -> Known:
    """Draw a part of the facts, by path."""
    paths = draw(st.lists(st.sampled_from(sorted(FACTS)), unique=True, max_size=len(FACTS)))
    return {path: draw(FACTS[path]) for path in paths}


@st.composite
def one_fact_more(draw: st.DrawFn) -> tuple[Known, str, Known]:
    """Draw facts, the path of an unknown one, and the facts with it filled in."""
    known = draw(partial_facts().filter(lambda found: agree(found) and len(found) < len(FACTS)))
    path = draw(st.sampled_from(sorted(FACTS.keys() - known.keys())))
    return known, path, {**known, path: draw(FACTS[path])}


def facts_of(known: Known, title: str = "Drawn") -> Facts:
    """Build the facts file from paths."""
    document: dict[str, Any] = {"title": title, "loss": {"currency": "CNY"}}
    for path, value in known.items():
        *sections, name = path.split(".")
        place = document
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return Facts.model_validate(document)
