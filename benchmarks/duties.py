"""Time every rule for one facts file, and a million people grouped by place, relation and exposed data.

Prints one JSON object: `facts_us` (microseconds, every rule with risk and gradings; the median of the ten best of
three hundred, since a busy machine only ever adds), `million_s` (seconds, from rows
to a duty list per group), `groups`, `peak_mb` (peak resident memory of the process, megabytes).
"""

import random
import resource
import time
from datetime import UTC, datetime

from benchmarks.harness import median, print_result
from models.facts import Facts
from models.facts_reading import facts_from
from regulations.duties import evaluate_duties
from regulations.loader import load_law
from regulations.persons import PersonGroup, group_duties

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
PLACES = ("CN-44", "CN-11", "DE", "FR", "US-NY", "US-CA", "US-TX", "SG", "GB", "JP", "HK", "BR", "AU", "IN")
CATEGORIES = ("name", "contact", "national_id", "account_number", "transactions", "payment_card", "health")


def facts() -> Facts:
    """Give a bank's incident with people in six places."""
    return facts_from(
        {
            "title": "Customer export stolen",
            "occurred_at": "2026-03-02T22:10:00+08:00",
            "detected_at": "2026-03-03T09:00:00+08:00",
            "aware_at": "2026-03-03T10:30:00+08:00",
            "organisation": {
                "country": "CN",
                "establishments": ["CN", "DE", "US-NY", "SG", "GB"],
                "role": "controller",
                "sectors": ["bank"],
                "traits": ["critical_infrastructure"],
            },
            "breach": {
                "confidentiality": True,
                "vector": "hacking",
                "malicious": True,
                "unintelligible": False,
            },
            "data": {"categories": list(CATEGORIES[:5])},
            "people": {
                "total": 1_000_000,
                "by_place": {
                    "CN-44": 990_000,
                    "DE": 5000,
                    "US-NY": 2000,
                    "US-CA": 1000,
                    "SG": 1000,
                    "GB": 1000,
                },
            },
        }
    )


def people(number: int) -> list[tuple[str, str, frozenset[str]]]:
    """Give rows of people as an import leaves them: place, relation, exposed data."""
    draw = random.Random(1)
    exposed = [frozenset(draw.sample(CATEGORIES, draw.randint(1, 6))) for _ in range(40)]
    relations = ("customer", "employee")
    return [(draw.choice(PLACES), draw.choice(relations), draw.choice(exposed)) for _ in range(number)]


def main() -> None:
    """Measure and print."""
    case, law, took = facts(), load_law(), []
    for _ in range(300):
        start = time.perf_counter()
        evaluate_duties(case, AT, law, all=True)
        took.append(time.perf_counter() - start)
    best = median(sorted(took)[:10])
    rows = people(1_000_000)
    start = time.perf_counter()
    found = group_duties(case, {PersonGroup(*row) for row in rows}, AT, rules=law)  # type: ignore[arg-type]
    million = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print_result(
        "duties",
        facts_us=round(best * 1e6),
        million_s=round(million, 2),
        groups=len(found),
        rules=len({loaded.rule.id for loaded in law.rules}),
        peak_mb=round(peak),
    )


if __name__ == "__main__":
    main()
