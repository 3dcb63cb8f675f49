"""Kill workers while they send and count who was lost and who was told twice; `make bench NAME=crash`.

100,000 notices, two workers, 20 SIGKILLs at random moments of the sending, on SQLite and then on PostgreSQL. What
arrived is counted by the relay, not by Tocsin. `lost`: people to whom nothing came; `doubled`: mails that came to
somebody who had one; `unknown_max`: the most people of whom, at one worker's death, nobody could know whether their
mail had left; `balance_exact`: whether the rows added up after each kill and at the end; `held`: people still unknown
at the end; `kills`: workers killed while alive, on both together. ARGS="5000 8" for 5,000 notices and 8 kills.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlmodel import col, select

from benchmarks.campaigns import approved_campaign, environment_of, new_home, servers
from benchmarks.email import write_people
from benchmarks.harness import print_result, say
from models.database import Store
from models.notice import DeliveryWindow
from models.settings import Settings
from notifications.balance import Balance, balance
from notifications.channels.rehearsal.mail import mails_by_recipient
from notifications.channels.rehearsal.servers import Rehearsal, running
from tests.notifications.conftest import INCIDENT
from tests.support.databases import Databases

ROOT = Path(__file__).parents[1]
WORKERS = 2
GRACE_SECONDS = "1"
LAST_SHARE = 0.95  # kills after this share of the arrivals might find nobody sending
WAIT_SECONDS = 3600


def start(settings: Settings, campaign_id: str) -> subprocess.Popen[bytes]:
    """Start one worker."""
    command = [sys.executable, "-m", "tests.simulators.deliverer", campaign_id, GRACE_SECONDS]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | environment_of(settings))


def balance_of(store: Store) -> Balance:
    """Count where everybody stands."""
    with store.reading() as session:
        return balance(session, INCIDENT)


def exposed(store: Store) -> int:
    """Give the most people that any one dead worker left in windows it had not recorded."""
    left: Counter[str] = Counter()
    with store.reading() as session:
        for window in session.exec(select(DeliveryWindow).where(col(DeliveryWindow.expired))):
            left[window.worker] += window.unrecorded
    return max(left.values(), default=0)


def kill_on_the_way(
    store: Store, campaign_id: str, relay: Rehearsal, deaths: list[int], chance: random.Random
) -> tuple[bool, int]:
    """Send the whole campaign, killing a worker whenever so many mails have arrived.

    Tells whether each balance was exact, and how many workers were alive when they were killed.
    """
    workers = [start(store.settings, campaign_id) for _ in range(WORKERS)]
    exact, killed = True, 0
    try:
        for turn, death in enumerate(deaths):
            while relay.mail.kept < death and any(worker.poll() is None for worker in workers):
                time.sleep(chance.random() / 500)
            doomed = workers[turn % WORKERS]
            doomed.send_signal(signal.SIGKILL)
            killed += doomed.wait() == -signal.SIGKILL
            exact = exact and balance_of(store).is_exact
            workers[turn % WORKERS] = start(store.settings, campaign_id)
        ended = [worker.wait(timeout=WAIT_SECONDS) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    if any(ended):
        raise AssertionError(f"workers ended with {ended}")
    return exact, killed


def measure(folder: Path, count: int, kills: int, databases: Databases | None) -> dict[str, int | bool]:
    """Run it on one kind of database."""
    people, chance = folder / "people.csv", random.Random(kills)
    write_people(people, count)
    settings = new_home(folder / "home", databases)
    campaign_id = approved_campaign(settings, people)
    deaths = sorted(chance.sample(range(1, int(count * LAST_SHARE)), kills))
    with running(settings.home) as relay:
        settings.rehearsal_smtp_port, settings.rehearsal_http_port = relay.smtp_port, relay.http_port
        store = Store(settings)
        exact, killed = kill_on_the_way(store, campaign_id, relay, deaths, chance)
        found = balance_of(store)
        came, most = mails_by_recipient(relay.mail_folder), exposed(store)
        store.engine.dispose()
    return {
        "lost": sum(f"p{number}@mail.example" not in came for number in range(count)),
        "doubled": came.total() - len(came),
        "unknown_max": most,
        "held": found.counts["unknown"],
        "balance_exact": exact and found.is_exact,
        "kills": killed,
    }


def main(count: int = 100_000, kills: int = 20) -> None:
    """Run it."""
    results: dict[str, dict[str, int | bool]] = {}
    with servers() as databases:
        for kind, used in (("sqlite", None), *([("postgres", databases)] if databases else [])):
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as name:
                results[kind] = measure(Path(name), count, kills, used)
            say(f"{kind}: {results[kind]}, {time.perf_counter() - began:.0f} s")
    every = list(results.values())
    print_result(
        "crash",
        notices=count,
        kills=sum(each["kills"] for each in every),
        workers=WORKERS,
        lost=sum(each["lost"] for each in every),
        doubled=sum(each["doubled"] for each in every),
        unknown_max=max(each["unknown_max"] for each in every),
        held=sum(each["held"] for each in every),
        balance_exact=all(each["balance_exact"] for each in every),
        databases=list(results),
    )


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:3]))
