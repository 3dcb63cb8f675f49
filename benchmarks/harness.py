"""What every benchmark shares: medians of at least three, and a last line of JSON with machine and versions."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

LEAST_ROUNDS = 3
REPORTED = ("tocsin", "prefect", "sqlalchemy", "sqlmodel", "pydantic", "aiosmtplib", "twilio", "cryptography")


def median(values: Sequence[float]) -> float:
    """Give the median of at least three measurements."""
    if len(values) < LEAST_ROUNDS:
        raise ValueError(f"{len(values)} measurements are too few, at least {LEAST_ROUNDS} are needed")
    return statistics.median(values)


def machine() -> dict[str, str | int | float]:
    """Describe the machine, and how busy it was: rates on a busy one say little."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Name the versions that matter."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in REPORTED}


def say(text: str) -> None:
    """Tell how far a benchmark is, apart from its result."""
    print(text, file=sys.stderr, flush=True)


def print_result(name: str, **keys: object) -> None:
    """Print the last line: one JSON object with the benchmark's keys, machine and versions."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in keys.items()}
    print(
        json.dumps({"benchmark": name, **rounded, "machine": machine(), "versions": versions()}), flush=True
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
