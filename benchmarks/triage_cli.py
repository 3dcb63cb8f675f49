"""Time `tocsin duties FACTS --json` and `tocsin triage FACTS --json`, whole processes, beside a bare interpreter.

The yardstick is `python -c "import pydantic, yaml"`, which a program that reads the facts can hardly do without.
The three take turns, so that a busy machine slows all of them alike. Keys: `share_of_bare` (duties, by the wall
clock), `cpu_share` (the same by user and system time), `triage_share_of_bare`, `first_share` (the run that finds
no kept readings), `duties_ms`, `bare_ms`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.duties import facts
from benchmarks.harness import print_result, say

ROUNDS = 21


class Took(NamedTuple):
    """Seconds of one process: by the wall, and of processor time."""

    wall: float
    cpu: float


def run(command: list[str], environment: dict[str, str]) -> Took:
    """Run one process to its end; its output goes nowhere."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[1]} failed with status {status}")
    return Took(time.perf_counter() - start, used.ru_utime + used.ru_stime)


def main() -> None:
    """Measure in turns and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "facts.json")
        file.write_text(json.dumps(facts().canonical()), encoding="utf-8")
        tocsin = str(Path(sys.executable).with_name("tocsin"))
        commands = {
            "bare": [sys.executable, "-c", "import pydantic, yaml"],
            "duties": [tocsin, "duties", str(file), "--json"],
            "triage": [tocsin, "triage", str(file), "--json"],
        }
        # Compiled modules as any installation has them, whatever the shell says about writing them.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["XDG_CACHE_HOME"] = folder
        run(commands["bare"], environment)
        run([*commands["duties"], "--all"], environment | {"XDG_CACHE_HOME": "/nowhere"})
        first = run(commands["duties"], environment)
        took: dict[str, list[Took]] = {name: [] for name in commands}
        for round_ in range(ROUNDS):
            for name, command in commands.items():
                took[name].append(run(command, environment))
            say(f"round {round_ + 1} of {ROUNDS}")
    wall = {name: statistics.median(each.wall for each in times) for name, times in took.items()}
    cpu = {name: statistics.median(each.cpu for each in times) for name, times in took.items()}
    print_result(
        "triage-cli",
        share_of_bare=wall["duties"] / wall["bare"],
        cpu_share=cpu["duties"] / cpu["bare"],
        triage_share_of_bare=wall["triage"] / wall["bare"],
        first_share=first.wall / wall["bare"],
        duties_ms=wall["duties"] * 1000,
        bare_ms=wall["bare"] * 1000,
    )


if __name__ == "__main__":
    main()
