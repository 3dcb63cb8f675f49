"""The house's own rules, held by tests: who may import whom, what lies where, what never enters a file."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Integer, LargeBinary

from models.tables import metadata
from tests.support.wheel import differences

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "models", "playbooks", "regulations", "notifications", "reports", "response", "flows", "console",
)  # fmt: skip
LONGEST = 300
LONGER = {Path("reports/verify_bundle.py"): 340}  # goes out alone, as one file: it can't be split

# Columns that hold personal data, or from which it could be read; each is sealed bytes or a keyed digest.
PERSONAL = {
    ("staff", "sealed"),
    ("data_subject", "sealed"),
    ("data_subject", "identity"),
    ("data_subject", "phone_key"),
    ("suppression", "address_key"),
    ("signal", "payload"),
    ("evidence", "sealed"),
    ("answer", "document"),
    ("conduct_finding", "sealed"),
    ("enquiry", "sealed"),
    ("enquiry", "answer"),
    ("claim", "sealed"),
    ("claim", "sealed_payment"),
    ("cost", "sealed"),
    ("recovery", "sealed"),
    ("outside_exercise", "sealed"),
    ("outside_exercise", "sealed_label"),
}
# What a column of personal data would be called; numbers and yes/no are counts, positions and flags.
TELLING = re.compile(
    r"(^|_)(name|email|mail|phone|mobile|address|birth\w*|passport|iban|person|identity)($|_)"
)
NOT_PERSONAL = {("playbook_version", "name")}  # a playbook's name


@cache
def modules() -> dict[Path, ast.Module]:
    """Parse every module of ours."""
    found = (path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    return {path.relative_to(ROOT): ast.parse(path.read_text()) for path in sorted(found)}


def kept_files() -> list[Path]:
    """List what git keeps, and what is about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def imported(tree: ast.Module) -> set[str]:
    """Name the distributions' packages a module imports, wherever in it."""
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_text_files_are_utf_8_on_every_machine() -> None:
    calls = (
        (path, node)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )
    in_its_own = [
        f"{path}:{node.lineno}"
        for path, node in calls
        if node.func.attr in {"read_text", "write_text"}
        and len(node.args) < (2 if node.func.attr == "write_text" else 1)
        and "encoding" not in {each.arg for each in node.keywords}
    ]
    assert in_its_own == []


def test_imports_only_go_down() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([program, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


def test_prefect_stays_where_runs_are_started() -> None:
    allowed = {path for path in modules() if path.parts[0] == "flows"} | {Path("console/launch.py")}
    assert {path for path, tree in modules().items() if "prefect" in imported(tree)} <= allowed


def test_providers_of_messages_stay_in_channels() -> None:
    channels = Path("notifications/channels")
    found = {path for path, tree in modules().items() if imported(tree) & {"aiosmtplib", "twilio"}}
    assert {path for path in found if not path.is_relative_to(channels)} == set()


def test_no_other_distribution_ships_a_package_of_our_name() -> None:
    shipped = packages_distributions()
    assert {name: kinds for name in PACKAGES if (kinds := set(shipped.get(name, ())) - {"tocsin"})} == {}


def test_every_package_has_an_init_that_is_a_docstring_and_nothing_else() -> None:
    inits = {path: tree for path, tree in modules().items() if path.name == "__init__.py"}
    assert [path for path, tree in inits.items() if len(tree.body) != 1 or not ast.get_docstring(tree)] == []
    assert {path.parent for path in modules()} == {path.parent for path in inits}


def test_no_module_outgrows_its_reader() -> None:
    lengths = {
        path: len((ROOT / path).read_text().splitlines())
        for path in modules()
        if "migrations" not in path.parts
    }
    assert {path: length for path, length in lengths.items() if length > LONGER.get(path, LONGEST)} == {}


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
def test_columns_of_personal_data_hold_sealed_bytes(table) -> None:
    columns = {
        (table.name, column.name): column
        for column in table.columns
        if not isinstance(column.type, Integer | Boolean)
    }
    told = {place for place in columns if TELLING.search(place[1])} - NOT_PERSONAL
    assert told <= PERSONAL, "a column that sounds like personal data is not in the list of sealed ones"
    clear = {place for place in PERSONAL & columns.keys() if not isinstance(columns[place].type, LargeBinary)}
    assert clear == set()


def test_every_column_listed_as_personal_exists() -> None:
    present = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert present >= PERSONAL


# Written apart so that this file does not name what it forbids.
FOLDERS = ("ro" + "ot", "wo" + "rk", "home/" + r"\w+", "Us" + r"ers/\w+")
MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(FOLDERS) + ")/")
HOST = re.compile(r"https?://|--index-url|--extra-index|find-links|pypi" + r"\.", re.IGNORECASE)


def test_no_file_names_a_path_of_some_machine() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in kept_files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert named == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "Makefile", ".ci/run"])
def test_packages_are_named_without_an_address(name: str) -> None:
    assert HOST.search((ROOT / name).read_text()) is None


def test_lock_pins_every_direct_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", line)[0].lower().replace("_", "-") for line in wanted}
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())
    pinned = {block.partition("==")[0]: block.count("--hash=sha256:") for block in blocks}
    assert names - pinned.keys() == set()
    assert [name for name, hashes in pinned.items() if not hashes] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    assert differences(wheel) == []


def test_home_is_made_from_what_the_wheel_holds(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = """
from pathlib import Path
import models.home
from models.settings import Settings
assert "installed" in models.home.__file__, models.home.__file__
assert models.home.init_home(Settings(home=Path("home")))
"""
    environment = {"PYTHONPATH": str(tmp_path / "installed")}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "home" / "tocsin.db").stat().st_size > 0
