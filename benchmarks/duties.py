"""Time every rule for one facts file, and a million people grouped by place, relation and exposed data.

The law is loaded; the facts are read anew for each evaluation, so that none finds another's answers. Prints one
JSON object; every figure is the plain median of its rounds:

- `facts_us`: microseconds of processor time to judge every rule, with the risk and the grades it turns on (300 rounds)
- `facts_wall_us`: the same by the wall clock, waiting for other programs included
- `answer_us`: processor time of the same and of every answer as `--json` prints it, sentences included
- `million_s`: seconds by the wall from a million rows to the duties and the number of people of each group (3 rounds)
- `peak_mib`: peak resident memory of the whole process, the million rows included, MiB
- `rules`, `groups`: how many of each
"""

import random
import resource
import time
from collections import Counter
from datetime import UTC, datetime

from benchmarks.harness import median, print_result
from models.facts import Facts
from models.facts_reading import facts_from
from regulations.duties import evaluate_duties, to_json
from regulations.loader import Law, load_law
from regulations.persons import PersonGroup, group_duties

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
PLACES = ("CN-44", "CN-11", "DE", "FR", "US-NY", "US-CA", "US-TX", "SG", "GB", "JP", "HK", "BR", "AU", "IN")
ROUNDS = 300
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


def evaluation(law: Law, *, written: bool) -> tuple[float, float]:
    """Judge every rule once for facts nobody has seen; give the seconds of processor time and by the wall."""
    case = facts()
    wall, processor = time.perf_counter(), time.process_time()
    answer = evaluate_duties(case, AT, law, all=True)
    if written:
        to_json(answer)
    return time.process_time() - processor, time.perf_counter() - wall


def grouping(law: Law, rows: list[tuple[str, str, frozenset[str]]]) -> tuple[float, int]:
    """Give the seconds to tell what each of `rows` is owed, and the number of groups."""
    case = facts()
    start = time.perf_counter()
    counted = Counter(rows)
    found = group_duties(case, (PersonGroup(*kind) for kind in counted), AT, rules=law)  # type: ignore[arg-type]
    took = time.perf_counter() - start
    if sum(counted.values()) != len(rows) or len(found) != len(counted):
        raise SystemExit("somebody belongs to no group")
    return took, len(found)


def main() -> None:
    """Measure and print."""
    law = load_law()
    evaluation(law, written=True)  # reads the rules of every file
    judged = [evaluation(law, written=False) for _ in range(ROUNDS)]
    answered = [evaluation(law, written=True) for _ in range(ROUNDS)]
    rows = people(1_000_000)
    grouped = [grouping(law, rows) for _ in range(3)]
    print_result(
        "duties",
        facts_us=round(median([processor for processor, _ in judged]) * 1e6),
        facts_wall_us=round(median([wall for _, wall in judged]) * 1e6),
        answer_us=round(median([processor for processor, _ in answered]) * 1e6),
        million_s=median([took for took, _ in grouped]),
        groups=grouped[0][1],
        rules=len({loaded.rule.id for loaded in law.rules}),
        peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    )


if __name__ == "__main__":
    main()
