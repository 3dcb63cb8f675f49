"""Find the law files and make one set of law of them."""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from models.errors import InvalidInputError
from regulations.law_file import LawFile, LoadedRule
from regulations.plain_yaml import read_plain
from regulations.predicates import Compiler

TERMS = "terms.yaml"


class Law:
    """A set of law files; their rules are read when they are asked for."""

    def __init__(self, files: tuple[LawFile, ...]) -> None:
        """Take the files in their order."""
        self.files = files

    @cached_property
    def rules(self) -> tuple[LoadedRule, ...]:
        """Every dated version of every rule; raises InvalidInputError for one that stands in two files."""
        homes: dict[str, str] = {}
        for file in self.files:
            for loaded in file.rules:
                if homes.setdefault(loaded.rule.id, file.name) != file.name:
                    raise InvalidInputError(
                        f"{loaded.rule.id} stands in {homes[loaded.rule.id]} as well.", where=loaded.where
                    )
        return tuple(loaded for file in self.files for loaded in file.rules)

    @cached_property
    def by_rule(self) -> tuple[tuple[LoadedRule, ...], ...]:
        """The dated versions of each rule together, scope by scope."""
        return tuple(versions for file in self.files for scope in file.scopes for versions in scope.rules)

    @cached_property
    def _by_id(self) -> dict[str, tuple[LoadedRule, ...]]:
        found: dict[str, tuple[LoadedRule, ...]] = {}
        for loaded in self.rules:
            found[loaded.rule.id] = (*found.get(loaded.rule.id, ()), loaded)
        return found

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) over every version of every rule: the law that an answer was given under."""
        hashes = sorted(f"{loaded.rule.id} {loaded.rule.content_hash}" for loaded in self.rules)
        return sha256("\n".join(hashes).encode()).hexdigest()

    def versions(self, rule: str) -> tuple[LoadedRule, ...]:
        """Return the dated versions of one rule, none for an unknown id."""
        return self._by_id.get(rule, ())


@cache
def load_law() -> Law:
    """Return the law that comes with Tocsin; read once a process."""
    return read_law(_texts(files("regulations").joinpath("law"), ""))


def read_law(texts: Iterable[tuple[str, str]]) -> Law:
    """Return the law in `texts` (file name, YAML); raises InvalidInputError naming the file and the rule.

    The rules of a file are read, and refused, when they are first asked for: `.rules` reads all.
    """
    given = list(texts)
    terms: dict[str, Any] = {}
    for name, text in given:
        if name.endswith(TERMS):
            terms.update(read_plain(text, name)["terms"])
    compiler = Compiler(terms)
    return Law(
        tuple(LawFile(name, text, compiler, terms) for name, text in given if not name.endswith(TERMS))
    )


def _texts(folder: Traversable, inside: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{inside}{entry.name}"
        if name.endswith(".yaml"):
            yield name, entry.read_text("utf-8")
        elif entry.is_dir():
            yield from _texts(entry, f"{name}/")
