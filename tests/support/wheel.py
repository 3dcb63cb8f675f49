"""What the wheel must hold: every file that git keeps in our packages, and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def promised_files() -> set[str]:
    """List the files that git keeps in the packages named by pyproject.toml, and those that are made or put in."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    target = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    packages = target["packages"]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *packages]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    made = {name for name in target["artifacts"] if (ROOT / name).exists()}
    kept = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    return kept | made | set(target["force-include"].values())


def differences(wheel: Path) -> list[str]:
    """Say what the wheel lacks and what it holds too much."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    promised = promised_files()
    return [f"lacks {name}" for name in sorted(promised - held)] + [
        f"holds {name}, which no package of ours should" for name in sorted(held - promised)
    ]


if __name__ == "__main__":
    found = differences(Path(sys.argv[1]))
    sys.stdout.write("".join(f"The wheel {line}.\n" for line in found) or f"{sys.argv[1]} is whole.\n")
    sys.exit(bool(found))
