"""From a fresh clone to the end of `make demo`: seconds of set-up and of the run, medians of three.

Clones this repository's last commit into an empty folder each time, so nothing is reused but pip's download cache.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.harness import median, print_result

ROOT = Path(__file__).parents[1]
RUNS = 3


def timed(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Run a command to its end and give the seconds it took."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def once() -> tuple[float, float]:
    """Clone, set up and run once."""
    with tempfile.TemporaryDirectory(prefix="tocsin-start-") as name:
        clone = Path(name) / "tocsin"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        environment = {**os.environ, "TOCSIN_HOME": str(Path(name) / "home")}
        environment.pop("VIRTUAL_ENV", None)
        setup = timed(["make", "-s", "setup"], clone, environment)
        return setup, timed(["make", "-s", "demo"], clone, environment)


def main() -> None:
    """Measure and print one JSON line."""
    runs = [once() for _ in range(RUNS)]
    setups, demos = zip(*runs, strict=True)
    print_result("start", setup_s=median(setups), run_s=median(demos), runs=[list(pair) for pair in runs])


if __name__ == "__main__":
    main()
