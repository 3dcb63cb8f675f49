"""Time the full report of a large incident, from its records to the finished file.

`make bench NAME=report`. A whole incident with 100,000 people told and 20,000 ledger entries; each round gathers
the records anew and writes the report. Keys: `html_s`, `pdf_s` the slower language in seconds, median of three;
each language apart; `gather_s` the share of it that reads the records; `cpu_html_s`, `cpu_pdf_s` the processor's
time, which a busy machine does not stretch; `pages` of the PDF; `same_bytes` whether every round wrote the same.
"""

import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import insert

from benchmarks.harness import LEAST_ROUNDS, median, print_result, say
from models.database import Store
from models.home import init_home
from models.notice import Campaign, Delivery
from models.people import DataSubject
from models.settings import Settings
from models.vocabulary import Language
from reports.incident import build_incident_report
from reports.rendering import render_incident_report
from response.telling.coverage import coverage_of
from tests.reports.breach import AT, AWARE, ID, build_breach

PEOPLE = 100_000
ENTRIES = 20_000
CAMPAIGN = f"{ID}/N1"
# Of a hundred people: the channel that told them and what came of it.
OUTCOMES = [("email", "delivered")] * 88 + [("email", "bounced")] * 2 + [("sms", "delivered")] * 9
OUTCOMES += [("none", "no_address")]
LANGUAGES = ("zh-Hans",) * 8 + ("en", "de")


def build(store: Store) -> None:
    """Write the incident, its people, their notices and the entries of the delivery."""
    build_breach(store)
    with store.work() as unit:
        unit.session.add(
            Campaign(
                id=CAMPAIGN,
                incident_id=ID,
                message="breach-notice",
                template_hash="2" * 64,
                facts_version=1,
                details={},
                status="finished",
                audience=PEOPLE,
                prepared_at=AWARE,
            )
        )
        unit.session.flush()
        connection = unit.session.connection()
        connection.execute(insert(DataSubject), [_person(number) for number in range(1, PEOPLE + 1)])
        connection.execute(insert(Delivery), [_notice(number) for number in range(1, PEOPLE + 1)])
    with store.reading() as session:
        have = build_incident_report(session, ID, coverage_of(session, ID, AT), AT).record.size
    for first in range(have, ENTRIES, 500):
        _deliver(store, first, min(first + 500, ENTRIES))


def _person(number: int) -> dict[str, object]:
    channel, _ = OUTCOMES[number % len(OUTCOMES)]
    return {
        "incident_id": ID,
        "number": number,
        "place": "CN",
        "language": LANGUAGES[number % len(LANGUAGES)],
        "relation": "customer",
        "categories": "",
        "has_email": channel == "email",
        "has_phone": channel == "sms",
        "sealed": bytes(120),
    }


def _notice(number: int) -> dict[str, object]:
    channel, status = OUTCOMES[number % len(OUTCOMES)]
    told = {"campaign_id": CAMPAIGN, "channel": channel, "person": number, "status": status}
    return told | {"changed_at": AWARE, "attempts": 1}


def _deliver(store: Store, first: int, stop: int) -> None:
    with store.work() as unit:
        for number in range(first, stop):
            body = {"campaign": CAMPAIGN, "window": number, "delivered": 5, "bounced": 0, "deferred": 0}
            unit.record(
                "campaign:delivered", actor="tocsin", role="communications", incident_id=ID, body=body
            )


def measure(store: Store) -> tuple[dict[str, list[float]], dict[str, set[bytes]]]:
    """Write every language and format, in turn; gives seconds and the files written."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    written: defaultdict[str, set[bytes]] = defaultdict(set)
    for turn in range(LEAST_ROUNDS + 1):
        for name in (f"{form}_{language}" for form in ("html", "pdf") for language in Language):
            form, language = name.split("_")
            began, busy = time.perf_counter(), time.process_time()
            with store.reading() as session:
                report = build_incident_report(session, ID, coverage_of(session, ID, AT), AT)
            gathered = time.perf_counter()
            content = render_incident_report(report, language, form)
            written[name].add(content)
            if turn:  # the first round loads fonts and templates
                seconds["gather"].append(gathered - began)
                seconds[name].append(time.perf_counter() - began)
                seconds[f"cpu_{form}"].append(time.process_time() - busy)
        say(f"round {turn}: " + ", ".join(f"{name} {spent[-1]:.2f} s" for name, spent in seconds.items()))
    return seconds, written


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        init_home(settings)
        store = Store(settings)
        build(store)
        seconds, written = measure(store)
        store.engine.dispose()
    medians = {f"{name}_s": median(spent) for name, spent in seconds.items()}
    slower = {
        f"{form}_s": max(value for name, value in medians.items() if name.startswith(form))
        for form in ("html", "pdf")
    }
    pages = len(re.findall(rb"/Type\s*/Page\b", next(iter(written["pdf_en"]))))
    same = all(len(contents) == 1 for contents in written.values())
    print_result("report", **slower, **medians, pages=pages, same_bytes=same, people=PEOPLE, entries=ENTRIES)


if __name__ == "__main__":
    main()
