"""Time appending to the ledger (durable: SQLite, WAL, synchronous=FULL) and verifying it, beside raw SHA-256.

`make bench NAME=ledger`. Both are given as shares of what `openssl speed sha256` hashes per second at the length
of the ledger's own entries, measured in turn with them; medians of three rounds. Keys: `append_share`,
`verify_share` at the length of an everyday entry; the same at 1,024 bytes in `append_share_1k`,
`verify_share_1k`; `append_us`, `verify_us` microseconds an entry; `verify_million_s` seconds for a million. Verifying
takes every core there is; `append_cpu_us` and `verify_cpu_us` are the processor's time in one process, which a busy
machine does not stretch.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import LEAST_ROUNDS, median, print_result, say
from models.database import Store
from models.home import init_home
from models.ledger import Entry
from models.ledger_audit import audit_home, verify
from models.settings import Settings

ROUNDS = LEAST_ROUNDS
UNIT = 10_000
UNITS = 10
BODY = {"campaign": "INC-2026-0001/N1", "window": 1234, "delivered": 60, "bounced": 3, "deferred": 1}
DIGEST = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"


def openssl_rate(length: int) -> float:
    """Give how many blocks of `length` bytes openssl hashes in a second of wall time."""
    command = ["openssl", "speed", "-elapsed", "-seconds", "1", "-bytes", str(length), "sha256"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^sha256\s+([\d.]+)k", told, re.MULTILINE)
    if found is None:
        raise ValueError(f"openssl speed said something else: {told!r}")
    return float(found[1]) * 1000 / length


def append_unit(store: Store, padding: int) -> None:
    """Append one unit of work of UNIT entries."""
    with store.work() as unit:
        for number in range(UNIT):
            body = {**BODY, "window": number, "digest": DIGEST + "0" * padding}
            unit.record(
                "delivery:recorded",
                actor="flow",
                role="communications",
                incident_id="INC-2026-0001",
                facts_version=2,
                body=body,
            )


def entry_length(store: Store, padding: int) -> int:
    """Give the bytes of one such entry."""
    body = {**BODY, "window": 1234, "digest": DIGEST + "0" * padding}
    entry = Entry(
        "delivery:recorded", store.clock(), "flow", "communications", "INC-2026-0001", 2, False, body
    )
    return len(entry.document(100_000))


def timed_append(store: Store, padding: int) -> float:
    """Give seconds an entry."""
    began = time.perf_counter()
    for _ in range(UNITS):
        append_unit(store, padding)
    return (time.perf_counter() - began) / (UNIT * UNITS)


def timed_verify(store: Store) -> float:
    """Give seconds an entry, of a ledger that must be sound."""
    began = time.perf_counter()
    audit = audit_home(store)
    if not audit.ok:
        raise AssertionError(audit.findings)
    return (time.perf_counter() - began) / audit.size


def busy_seconds(store: Store) -> dict[str, float]:
    """Give the processor's microseconds an entry of appending, and of verifying in one process."""
    spent: dict[str, list[float]] = {"append_cpu_us": [], "verify_cpu_us": []}
    for _ in range(ROUNDS):
        began = time.process_time()
        append_unit(store, 0)
        between = time.process_time()
        size = verify(store, store.signer.verifier(), processes=1).size
        spent["append_cpu_us"].append((between - began) / UNIT * 1e6)
        spent["verify_cpu_us"].append((time.process_time() - between) / size * 1e6)
    return {name: median(values) for name, values in spent.items()}


def measure(folder: Path, padding: int) -> dict[str, float]:
    """Measure one length of entry, each figure beside openssl in the same round."""
    settings = Settings(home=folder)
    init_home(settings)
    store = Store(settings)
    length = entry_length(store, padding)
    append_unit(store, padding)  # warm
    found: dict[str, list[float]] = {"append_share": [], "append_us": [], "verify_share": [], "verify_us": []}
    acts: dict[str, Callable[[], float]] = {
        "append": lambda: timed_append(store, padding),
        "verify": lambda: timed_verify(store),
    }
    for kind, timed in acts.items():
        for turn in range(ROUNDS):
            rate, seconds = openssl_rate(length), timed()
            found[f"{kind}_share"].append(1 / seconds / rate)
            found[f"{kind}_us"].append(seconds * 1e6)
            say(
                f"{length} bytes, {kind}, round {turn + 1}: {found[f'{kind}_share'][-1]:.3f} of openssl's {rate:,.0f}/s"
            )
    busy = {} if padding else busy_seconds(store)
    store.engine.dispose()
    return {"length": length} | busy | {name: median(values) for name, values in found.items()}


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder:
        everyday = measure(Path(folder) / "everyday", 0)
        kilobyte = measure(Path(folder) / "kilobyte", 1024 - int(everyday["length"]))
    longer = {f"{name}_1k": value for name, value in kilobyte.items()}
    print_result("ledger", **everyday, verify_million_s=everyday["verify_us"], **longer)


if __name__ == "__main__":
    main()
