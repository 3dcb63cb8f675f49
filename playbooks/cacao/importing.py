"""Taking a CACAO playbook of others as a draft: every fault named with its place, the readable part kept."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
import yaml

from models.errors import InvalidInputError, RefusedError
from playbooks.cacao.definitions import definition_faults
from playbooks.cacao.drafting import Drafting
from playbooks.cacao.faults import Fault, read_json
from playbooks.cacao.form import form_faults
from playbooks.cacao.lines import lines_of, nearest_line
from playbooks.cacao.shapes import shape_faults
from playbooks.cacao.wiring import wiring_faults
from playbooks.document import reads_as_text
from playbooks.lint import Finding, lint_playbook
from playbooks.loader import load_playbook
from playbooks.schema import Playbook

MOST_KEPT = 200  # faults that a draft carries


class _DraftDumper(yaml.SafeDumper):
    """Quotes every text that our own reader would otherwise take for a number or a truth value; writes all out."""

    def ignore_aliases(self, data: object) -> bool:
        """Never write an alias: our own reader takes none."""
        del data
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if reads_as_text(text) else '"')


_DraftDumper.add_representer(str, _text_node)


@dataclass(frozen=True)
class CacaoImport:
    """What came of an import. `text` is the draft as a playbook file, empty when nothing could be read.

    `notes` say what was read differently from what was written; they are no faults.
    """

    where: str
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    text: str
    playbook: Playbook | None

    def runnable(self) -> Playbook:
        """Give the playbook if it may be run; raises RefusedError naming the first fault."""
        if self.faults or self.playbook is None:
            first = self.faults[0] if self.faults else Fault("", "Nothing could be read.")
            raise RefusedError(
                f"The draft has {len(self.faults)} faults and can't be run; the first: {first.what}",
                where=f"{self.where}#{first.pointer}",
                expected=first.expected or "a document without faults",
                remedy="Mend them in the source and import it again.",
            )
        found = self.findings()
        if found:
            raise RefusedError(
                f"The draft is well formed, but not sound: [{found[0].code}] {found[0].message}",
                where=f"{found[0].file}:{found[0].line}",
                remedy=found[0].mend,
            )
        return self.playbook

    def findings(self) -> tuple[Finding, ...]:
        """Give what the linter says of the draft."""
        return lint_playbook(self.playbook, self.text, self.where) if self.playbook else ()


def import_cacao(text: str, where: str) -> CacaoImport:
    """Read a CACAO 2.0 document. Never raises for what the document says: faults come back in the result.

    A draft with faults carries them, so that it can't be run from a file either until somebody settled each.
    """
    text = text.removeprefix("\ufeff")
    data, faults = read_json(text)
    if not isinstance(data, dict):
        more = faults or [Fault("", "The document is not an object.", "a CACAO 2.0 playbook")]
        return CacaoImport(where, tuple(more), (), "", None)
    faults += [*form_faults(data), *definition_faults(data), *shape_faults(data), *wiring_faults(data)]
    drafting = Drafting(data)
    document = drafting.document()
    faults = _placed(faults + drafting.faults, text)
    if document is None:
        return CacaoImport(where, _ordered(faults), tuple(drafting.notes), "", None)
    document.pop("faults", None)
    if faults:
        document["faults"] = [str(fault)[:500] for fault in _ordered(faults)[:MOST_KEPT]]
    draft = yaml.dump(document, Dumper=_DraftDumper, sort_keys=False, allow_unicode=True, width=110)
    playbook = _loaded(draft, where, faults)
    return CacaoImport(where, _ordered(faults), tuple(drafting.notes), draft, playbook)


def _loaded(draft: str, where: str, faults: list[Fault]) -> Playbook | None:
    try:
        return load_playbook(draft, where)
    except InvalidInputError as error:
        if not faults:
            faults.append(Fault("", error.what, error.expected))
        return None


def _placed(faults: list[Fault], text: str) -> list[Fault]:
    """Say on which line each fault stands."""
    lines = lines_of(text) if faults else {}
    return [replace(fault, line=nearest_line(lines, fault.pointer)) for fault in faults]


def _ordered(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults)))


def export_text(document: dict[str, Any]) -> str:
    """Write an exported document as JSON for a file."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
