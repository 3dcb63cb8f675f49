"""Deploying the flows that prefect.yaml declares, only when something about them changed."""

import contextlib
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Any

import yaml

from console.engine import Engine
from console.surroundings import engine_environment, engine_home
from models.errors import UnavailableError
from models.settings import Settings

RUNS_AT_ONCE = 8


def deploy_all(settings: Settings, plan: Path | None = None) -> bool:
    """Make the pool and deploy what prefect.yaml declares; does nothing when that was done. Tells whether it did.

    Raises:
        UnavailableError: the engine is away, or Prefect's command failed.
    """
    plan = plan or deployment_file()
    mark = engine_home(settings) / "deployed"
    digest = _content_digest(plan)
    with Engine(settings, patience=30) as engine:
        engine.make_pool(_job_template(), RUNS_AT_ONCE)
        declared = yaml.safe_load(plan.read_text(encoding="utf-8"))["deployments"]
        known = {deployment["name"] for deployment in engine.deployments()}
        unchanged = mark.exists() and mark.read_text(encoding="ascii") == digest
        if unchanged and known >= {each["name"] for each in declared}:
            return False
        _run_deploy(settings, plan)
        _drop_old_schedules(engine, declared)
    mark.write_text(digest, encoding="ascii")
    return True


def deployment_file() -> Path:
    """Find prefect.yaml: beside the packages in a checkout, inside `flows` in an installed wheel."""
    spec = util.find_spec("flows")
    assert spec is not None  # noqa: S101 - the package is part of this distribution
    assert spec.origin is not None  # noqa: S101
    folder = Path(spec.origin).parent
    for place in (folder.parent / "prefect.yaml", folder / "prefect.yaml"):
        if place.is_file():
            return place
    raise UnavailableError(
        "prefect.yaml is missing.", where=str(folder.parent), remedy="Install Tocsin again: it belongs to it."
    )


def _run_deploy(settings: Settings, plan: Path) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(plan)]
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        env=engine_environment(settings),
        cwd=plan.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    log = settings.home / "logs" / "deploy.log"
    with contextlib.suppress(OSError):
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise UnavailableError(
            "Prefect could not deploy the flows.", where=str(log), remedy="The log's end says why."
        )


def _drop_old_schedules(engine: Engine, declared: Iterable[Mapping[str, Any]]) -> None:
    kept = {each["name"]: {s.get("slug") for s in each.get("schedules", [])} for each in declared}
    for deployment in engine.deployments():
        for schedule in deployment["schedules"]:
            if deployment["name"] in kept and schedule["slug"] not in kept[deployment["name"]]:
                engine.drop_schedule(deployment["id"], schedule["id"])


def _content_digest(plan: Path) -> str:
    """Hash what a deployment is made of: its declaration, the flows' signatures, Prefect's version."""
    spec = util.find_spec("flows")
    sources = sorted(Path(spec.origin).parent.glob("*.py")) if spec and spec.origin else []
    whole = hashlib.sha256(metadata.version("prefect").encode())
    for path in (plan, *sources):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _job_template() -> dict[str, Any]:
    """Say how the worker starts a flow: our own starter, which spares Prefect's second process."""
    variables = {
        "command": {"type": "string", "default": f"{json.dumps(sys.executable)} -m flows.execute"},
        "env": {"type": "object", "default": {}, "additionalProperties": {"type": ["string", "null"]}},
        "stream_output": {"type": "boolean", "default": True},
        "working_dir": {"type": ["string", "null"], "default": None},
        "name": {"type": ["string", "null"], "default": None},
        "labels": {"type": "object", "default": {}, "additionalProperties": {"type": "string"}},
    }
    return {
        "job_configuration": {name: f"{{{{ {name} }}}}" for name in variables},
        "variables": {"type": "object", "properties": variables},
    }
