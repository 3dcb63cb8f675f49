"""The playbooks that ship with Tocsin, as data files beside this module."""

from importlib import resources
from typing import Final

from models.errors import NotFoundError
from playbooks.document import read_document
from playbooks.references import nearest

_LIBRARY: Final = resources.files("playbooks").joinpath("library")


def library() -> tuple[str, ...]:
    """Name the playbooks that ship with Tocsin; parts that others call are left out."""
    return tuple(name for name in file_names() if not _is_part(name))


def library_text(name: str) -> str:
    """Give the text of a shipped playbook; raises NotFoundError that lists what there is."""
    if name not in library():
        raise NotFoundError(
            f"There is no playbook called {name[:80]!r}.",
            where="the playbook library",
            expected=f"one of {', '.join(library())}",
            remedy=nearest(name, library(), "Did you mean {}?"),
        )
    return self_contained(file_text(name), f"{name}.yaml")


def self_contained(text: str, where: str) -> str:
    """Add below a playbook the texts of the library's playbooks it calls, so that one text holds the whole plan.

    Pinning this text pins everything. Lines of the playbook itself stay where they are.
    """
    data = read_document(text, where).data
    steps = data.get("workflow") if isinstance(data, dict) else None
    if not isinstance(steps, dict) or "carried" in data:
        return text
    called = {str(s.get("playbook")) for s in steps.values() if isinstance(s, dict) and s.get("playbook")}
    found = sorted(called.intersection(file_names()))
    if not found:
        return text
    parts = ["\ncarried:\n"]
    for name in found:
        lines = self_contained(file_text(name), f"{name}.yaml").splitlines()
        parts.append(f"  {name}: |\n" + "".join(f"    {line}".rstrip() + "\n" for line in lines))
    return text.rstrip("\n") + "\n" + "".join(parts)


def file_names() -> tuple[str, ...]:
    """Name every file of the library, parts included."""
    names = (entry.name for entry in _LIBRARY.iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml") and ".test." not in n))


def file_text(name: str) -> str:
    """Give one file of the library as it is written."""
    return _LIBRARY.joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _is_part(name: str) -> bool:
    return "\npart: true\n" in file_text(name)


def library_tests(name: str) -> str | None:
    """Give the text of the tests beside a shipped playbook, or None when there are none."""
    tests = _LIBRARY.joinpath(f"{name}.test.yaml")
    return tests.read_text(encoding="utf-8") if name in library() and tests.is_file() else None
