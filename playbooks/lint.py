"""Checking a plan before it runs. A plan with findings is not started."""

from collections.abc import Collection, Iterator, Mapping

from models.errors import InvalidInputError, RefusedError
from playbooks.checks import approvals, clocks, containment, flow, form, telling, variables
from playbooks.document import read_document
from playbooks.findings import Finding, Subject
from playbooks.loader import load_playbook
from playbooks.routes import Routes
from playbooks.rules import Rule
from playbooks.schema import Playbook

__all__ = ["Finding", "lint_playbook", "lint_text", "refuse_unsound"]


def lint_playbook(
    playbook: Playbook,
    text: str,
    where: str,
    *,
    staff: Mapping[str, int] | None = None,
    rules: Mapping[str, Rule] | None = None,
    connectors: Mapping[str, Collection[str]] | None = None,
) -> tuple[Finding, ...]:
    """Give every finding, by line. `text` is what the playbook was read from, `where` its file.

    `staff` counts the people who hold each role (one of each when not given); `rules` are the clocks of the
    law (`playbooks.rules.known_rules()` when not given). `connectors` names the capabilities of each connector
    at hand; without it, connectors are not looked at.
    """
    subject = Subject(playbook, Routes(playbook), read_document(text, where), where)
    found = set(_all(subject, staff, rules))
    if connectors is not None:
        found.update(containment.known(subject, connectors))
    return tuple(sorted(found))


def lint_text(
    text: str,
    where: str,
    *,
    staff: Mapping[str, int] | None = None,
    connectors: Mapping[str, Collection[str]] | None = None,
) -> tuple[Finding, ...]:
    """Check a text that may not even be a playbook: a fault of form becomes the one finding `not-a-playbook`."""
    try:
        playbook = load_playbook(text, where)
    except InvalidInputError as error:
        place, _, line = error.where.rpartition(":")
        at = int(line) if line.isdecimal() else 1
        mend = f"Expected {error.expected}." if error.expected else error.remedy
        return (Finding(at, "not-a-playbook", place or where, "", error.what, mend),)
    return lint_playbook(playbook, text, where, staff=staff, connectors=connectors)


def refuse_unsound(playbook: Playbook, text: str, where: str) -> None:
    """Raise RefusedError with the first finding when the plan has any."""
    found = lint_playbook(playbook, text, where)
    if found:
        first, others = found[0], len(found) - 1
        raise RefusedError(
            f"The playbook has {len(found)} faults; the first is [{first.code}]: {first.message}"
            if others
            else f"The playbook has a fault, [{first.code}]: {first.message}",
            where=f"{first.file}:{first.line}",
            expected="a playbook without findings",
            remedy=f"{first.mend} See them all with `tocsin playbook lint`.",
        )


def _all(
    subject: Subject, staff: Mapping[str, int] | None, rules: Mapping[str, Rule] | None
) -> Iterator[Finding]:
    yield from form.settled(subject)
    yield from form.inputs(subject)
    yield from form.whole(subject)
    yield from flow.endless(subject)
    yield from approvals.givable(subject, staff)
    yield from approvals.escalated(subject)
    yield from clocks.moments(subject, rules)
    yield from clocks.met(subject)
    yield from variables.unknown_facts(subject)
    yield from containment.undoable(subject)
    if subject.routes.circle:
        return
    yield from flow.unreachable(subject)
    yield from flow.stopping_short(subject)
    yield from flow.undecided(subject)
    yield from telling.claimed(subject)
    yield from telling.prepared(subject)
    yield from telling.approved(subject)
    yield from containment.agreed(subject)
    yield from containment.checked(subject)
    yield from variables.unset(subject)
    yield from clocks.feasible(subject)
