"""Moments that only the ledger holds: restarts, custody, holds, enquiries, actions, changes of the plan."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from models.clock import read_moment
from reports.doings import StepNames
from reports.entry_labels import EntryLabel, entry_labels
from reports.ledger_index import LedgerIndex, Told
from reports.view import Moment


def of_ledger(index: LedgerIndex, names: StepNames) -> Iterator[Moment]:
    """Tell every entry that has words of its own; those that are counted make one moment a day (UTC)."""
    labels = entry_labels()
    counted: list[Told] = []
    for entry in index.entries:
        label = labels.get(entry.tag)
        if label is None or not label.words:
            continue
        if label.counted:
            counted.append(entry)
        else:
            step = str(entry.body.get("step", ""))
            what = {"step": names.get(step.partition("#")[0]) or step, "who": entry.actor}
            yield _moment(entry, label, what, (entry.seq,))
    for (tag, _), entries in groupby(sorted(counted, key=_day), key=_day):
        same = list(entries)
        yield _moment(same[0], labels[tag], {"count": str(len(same))}, tuple(each.seq for each in same))


def _day(entry: Told) -> tuple[str, str]:
    return entry.tag, entry.at[:10]


def _moment(entry: Told, label: EntryLabel, what: Mapping[str, Any], seqs: tuple[int, ...]) -> Moment:
    phase = label.phase or entry.body.get("phase")
    return Moment(read_moment(entry.at), "ledger." + entry.tag.replace(":", "."), phase, what, seqs)
