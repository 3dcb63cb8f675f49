"""Time `tocsin duties FACTS --json` and `tocsin triage FACTS --json`, whole processes, beside a bare interpreter.

The yardstick is `python -c "import pydantic, yaml"`, which a program that reads the facts can hardly do without.
All take turns, so that a busy machine slows all of them alike; every figure is the plain median of its rounds.
Keys, all but the last shares of the bare interpreter:

- `share_of_bare`: duties, by the wall clock; `cpu_share`: the same by user and system time
- `first_share`: duties, each time by a user who never called it, in a home that is empty
- `working_days_share`: duties where a limit counts working days, so that a calendar is needed as well
- `every_rule_share`: `duties --all`, which writes out every rule; `triage_share_of_bare`: triage
- `duties_ms`, `bare_ms`: milliseconds; `law_ready`: whether `make setup` has made the law ready to be read
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.duties import facts
from benchmarks.harness import print_result, say
from regulations.plain_yaml import kept_readings

ROUNDS = 21
LISTED = {"determined_at": "2026-03-03T14:00:00+08:00", "material_at": "2026-03-03T18:00:00+08:00"}


class Took(NamedTuple):
    """Seconds of one process: by the wall, and of processor time."""

    wall: float
    cpu: float


def run(command: list[str], home: Path) -> Took:
    """Run one process to its end as a user whose home is `home`; its output goes nowhere."""
    # Compiled modules as any installation has them, whatever the shell says about writing them.
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment = {key: value for key, value in kept.items() if not key.startswith("XDG_")} | {
        "HOME": str(home)
    }
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[1]} failed with status {status}")
    return Took(time.perf_counter() - start, used.ru_utime + used.ru_stime)


def listed(plain: dict[str, Any]) -> dict[str, Any]:
    """Give the same bank listed in the United States, whose report of four working days runs."""
    organisation = plain["organisation"] | {"traits": ["listed_us"]}
    return plain | LISTED | {"organisation": organisation}


def commands(folder: Path) -> dict[str, list[str]]:
    """Name the command lines that take turns."""
    tocsin, plain = str(Path(sys.executable).with_name("tocsin")), facts().canonical()
    file, counting = folder / "facts.json", folder / "listed.json"
    file.write_text(json.dumps(plain), encoding="utf-8")
    counting.write_text(json.dumps(listed(plain)), encoding="utf-8")
    return {
        "bare": [sys.executable, "-c", "import pydantic, yaml"],
        "duties": [tocsin, "duties", str(file), "--json"],
        "first": [tocsin, "duties", str(file), "--json"],
        "working_days": [tocsin, "duties", str(counting), "--json"],
        "every_rule": [tocsin, "duties", str(file), "--json", "--all"],
        "triage": [tocsin, "triage", str(file), "--json"],
    }


def measure(folder: Path) -> dict[str, list[Took]]:
    """Let all command lines take turns."""
    lines = commands(folder)
    home = folder / "home"
    home.mkdir()
    for name in ("bare", "every_rule", "working_days"):
        run(lines[name], home)
    took: dict[str, list[Took]] = {name: [] for name in lines}
    for round_ in range(ROUNDS):
        for name, line in lines.items():
            new = Path(tempfile.mkdtemp(dir=folder))
            took[name].append(run(line, new if name == "first" else home))
        say(f"round {round_ + 1} of {ROUNDS}")
    return took


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        took = measure(Path(folder))
    wall = {name: statistics.median(each.wall for each in times) for name, times in took.items()}
    cpu = {name: statistics.median(each.cpu for each in times) for name, times in took.items()}
    print_result(
        "triage-cli",
        share_of_bare=wall["duties"] / wall["bare"],
        cpu_share=cpu["duties"] / cpu["bare"],
        first_share=wall["first"] / wall["bare"],
        working_days_share=wall["working_days"] / wall["bare"],
        every_rule_share=wall["every_rule"] / wall["bare"],
        triage_share_of_bare=wall["triage"] / wall["bare"],
        duties_ms=wall["duties"] * 1000,
        bare_ms=wall["bare"] * 1000,
        law_ready=bool(kept_readings()),
    )


if __name__ == "__main__":
    main()
