"""Time taking in a file of people beside storing the same file's cells unread; `make bench NAME=import_people`.

`share_sqlite`: rows per second of the whole import (read, checked, normalised, merged, sealed, stored durably) as a
share of `csv` and `executemany` into a plain table; `share_postgres`: as a share of COPY of the file as it is;
`peak_mib`: the most memory of the importing process and of the one that reads for it, added. Medians of three
rounds, each beside its counterpart; `rows_per_s_*` are the import's own, and `cpu_us_*` what one person costs its two
processes (not PostgreSQL's) in microseconds of processor time. 1,000,000 people; ARGS=100000 for fewer.
"""

import csv
import os
import resource
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import psycopg

from benchmarks.campaigns import new_home, servers
from benchmarks.harness import LEAST_ROUNDS, median, print_result, say
from benchmarks.people_files import write_people
from models.database import Store
from models.settings import Settings
from notifications.import_people import import_people
from tests.notifications.conftest import INCIDENT
from tests.support.databases import Databases

TABLE = "create table plain (id text, name text, email text, phone text, place text, categories text)"


def plain_sqlite(folder: Path, people: Path) -> float:
    """Store the file's cells in a plain table, as durably as Tocsin stores; seconds."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    for statement in (
        "pragma journal_mode=wal",
        "pragma synchronous=full",
        "drop table if exists plain",
        TABLE,
    ):
        connection.execute(statement)
    began = time.perf_counter()
    connection.execute("begin")
    with people.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        connection.executemany("insert into plain values (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("commit")
    took = time.perf_counter() - began
    connection.close()
    return took


def plain_postgres(databases: Databases, people: Path) -> float:
    """Copy the file as it is into a plain table; seconds."""
    with psycopg.connect(databases.empty()) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        connection.commit()
        began = time.perf_counter()
        with cursor.copy("copy plain from stdin (format csv, header)") as copy, people.open("rb") as file:
            while block := file.read(1 << 18):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - began


@dataclass(frozen=True)
class Taken:
    """What an import took: seconds by the clock, seconds of processor time, MiB."""

    seconds: float
    cpu: float
    peak: float


def take_in(settings: Settings, people: Path) -> Taken:
    """Import in this process, which starts another to read."""
    store = Store(settings)
    began, before = time.perf_counter(), sum(os.times()[:4])
    import_people(store, INCIDENT, people)
    return Taken(time.perf_counter() - began, sum(os.times()[:4]) - before, most_memory())


def most_memory() -> float:
    """Give the peaks of this process and of the largest one it started, added, in MiB.

    Of this process, what stood there before it began does not count where Linux tells. The two peaks need not fall
    together, so this is at least what was ever held at once.
    """
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024 + others
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + others


def alone(settings: Settings, people: Path) -> Taken:
    """Import in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(take_in, settings, people).result()


def one_round(folder: Path, people: Path, databases: Databases | None) -> tuple[float, Taken]:
    """Measure counterpart and import one after the other; gives the share too."""
    plain = plain_postgres(databases, people) if databases else plain_sqlite(folder, people)
    took = alone(new_home(folder / "home", databases), people)
    say(f"{'postgres' if databases else 'sqlite'}: plain {plain:.2f} s, import {took}")
    return plain / took.seconds, took


def main(count: int = 1_000_000) -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as name, servers() as databases:
        folder = Path(name)
        people = folder / "people.csv"
        write_people(people, count)
        found: dict[str, float] = {}
        peaks = []
        for kind, used in (("sqlite", None), *([("postgres", databases)] if databases else [])):
            rounds = []
            for turn in range(LEAST_ROUNDS):
                with tempfile.TemporaryDirectory(dir=folder) as fresh:
                    say(f"round {turn + 1}")
                    rounds.append(one_round(Path(fresh), people, used))
            found[f"share_{kind}"] = median([share for share, _ in rounds])
            found[f"rows_per_s_{kind}"] = count / median([took.seconds for _, took in rounds])
            found[f"cpu_us_{kind}"] = 1e6 / count * median([took.cpu for _, took in rounds])
            peaks += [took.peak for _, took in rounds]
    print_result("import_people", people=count, peak_mib=max(peaks), rounds=LEAST_ROUNDS, **found)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
