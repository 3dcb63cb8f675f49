"""Time e-mail notices beside Postfix's `smtp-source` and Nodemailer, all into one `smtp-sink`; `make bench NAME=email`.

Each notice is written for its reader (text and HTML), claimed and recorded durably; `smtp-source -s 16` sends equal
mails of the same length and remembers nothing, and so does Nodemailer's pool of 16, which is left out where npm has
none. `share_of_smtp_source` on SQLite (WAL, synchronous=FULL), `share_of_smtp_source_postgres`; `nodemailer_share`:
that of Nodemailer; `cpu_us`: this process's CPU per notice on SQLite; `latency_rate`: notices per second through a
relay whose answers come 5 ms late. Medians of three rounds, in each of which all take their turns. 20,000 notices;
ARGS=2000 for fewer. Needs Debian's postfix package: see benchmarks/relays.py.
"""

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from pydantic import SecretStr

from benchmarks.campaigns import approved_campaign, new_home, servers
from benchmarks.harness import LEAST_ROUNDS, median, print_result, say
from benchmarks.late_relay import late
from benchmarks.relays import nodemailer, nodemailer_source, program, sink, source
from models.database import Store
from models.settings import Settings
from notifications.balance import balance
from notifications.outbox.delivery import deliver_batch
from notifications.texts.notice_text import variant_of
from notifications.texts.skeletons import Filled, compile_skeleton
from tests.notifications.conftest import INCIDENT, details
from tests.support.databases import Databases

LATE_SECONDS = 0.005
LIMIT = 20_000
NODEMAILER_PART = 10  # Nodemailer sends a tenth: its rate is wanted, not its time


@dataclass(frozen=True)
class Sent:
    """One campaign as it went."""

    seconds: float
    cpu_us: float  # per notice


def write_people(path: Path, count: int) -> None:
    """Write people with an e-mail address each."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,email,place\n")
        file.writelines(f"{n},Person {n},p{n}@mail.example,SG\n" for n in range(count))


def length_of_one() -> int:
    """Give the bytes of a notice, for the counterpart to send as many."""
    variant = variant_of("breach-notice", "en", "SG", "", named=True)
    made = compile_skeleton("breach-notice", details(), variant, drill=False, sender="notice@bank.example")
    return len(made.eight_bit(Filled("p1@mail.example", "<1@bank.example>", "Person 1", datetime.now(UTC))))


def deliver(settings: Settings, campaign_id: str, count: int) -> Sent:
    """Deliver a campaign in this process and prove that everybody was told."""
    store = Store(settings)
    began, cpu = time.perf_counter(), time.process_time()
    while not deliver_batch(store, campaign_id, "benchmark", limit=LIMIT).finished:
        pass
    sent = Sent(time.perf_counter() - began, (time.process_time() - cpu) / count * 1e6)
    with store.reading() as session:
        found = balance(session, INCIDENT)
    if found.counts["sent"] != count or not found.is_exact:
        raise AssertionError(found)
    return sent


def campaign(folder: Path, port: int, count: int, databases: Databases | None) -> Sent:
    """Prepare a campaign to `count` people and deliver it in a fresh process."""
    people = folder / "people.csv"
    write_people(people, count)
    settings = new_home(folder / "home", databases)
    settings.smtp_url = SecretStr(f"smtp://127.0.0.1:{port}")
    campaign_id = approved_campaign(settings, people)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(deliver, settings, campaign_id, count).result()


def one_round(port: int, count: int, length: int, databases: Databases | None) -> dict[str, float]:
    """Let each take its turn; gives the keys of the result."""
    neutral = source(port, count, length)
    found = {"smtp_source_rate": count / neutral}
    with tempfile.TemporaryDirectory() as name:
        sent = campaign(Path(name), port, count, None)
    found |= {"share_of_smtp_source": neutral / sent.seconds, "cpu_us": sent.cpu_us}
    if databases:
        with tempfile.TemporaryDirectory() as name:
            sent = campaign(Path(name), port, count, databases)
        found["share_of_smtp_source_postgres"] = neutral / sent.seconds
    if folder := nodemailer():
        few = count // NODEMAILER_PART
        found["nodemailer_share"] = neutral / count * few / nodemailer_source(folder, port, few, length)
    with tempfile.TemporaryDirectory() as name, late(LATE_SECONDS) as far:
        found["latency_rate"] = count / campaign(Path(name), far, count, None).seconds
    say(", ".join(f"{key} {value:,.2f}" for key, value in found.items()))
    return found


def main(count: int = 20_000) -> int:
    """Run it; 2 when Postfix's programs are missing."""
    try:
        for name in ("smtp-sink", "smtp-source"):
            program(name)
    except FileNotFoundError as missing:
        say(f"{missing} was not found. Extract Debian's package and name the folder:")
        say(
            "  apt-get download postfix && dpkg -x postfix_*.deb postfix && export TOCSIN_POSTFIX=$PWD/postfix"
        )
        return 2
    length = length_of_one()
    with sink() as port, servers() as databases:
        rounds = [one_round(port, count, length, databases) for _ in range(LEAST_ROUNDS)]
    found = {key: median([each[key] for each in rounds]) for key in rounds[0]}
    print_result("email", notices=count, bytes=length, rounds=LEAST_ROUNDS, **found)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:2])))
