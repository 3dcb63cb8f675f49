"""What an audit of the ledger can find, in words."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

KEPT = 100


class FaultKind(StrEnum):
    """Ways in which a ledger can be wrong."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    MOVED = "moved"
    COLUMN = "column"
    CUT_OFF = "cut_off"
    CHECKPOINT_FORGED = "checkpoint_forged"
    CHECKPOINT_MISSING = "checkpoint_missing"
    FOREIGN = "foreign"
    ANCHOR = "anchor"


@dataclass(frozen=True)
class Fault:
    """One finding about the entries `first` to `last` (the same for one), or the checkpoint of that size."""

    kind: FaultKind
    first: int
    last: int
    detail: str

    def __str__(self) -> str:
        """Name the place and what is wrong there."""
        if self.kind is FaultKind.ANCHOR:
            return self.detail
        thing = (
            "Checkpoint" if self.kind.startswith("checkpoint") or self.kind is FaultKind.FOREIGN else "Entry"
        )
        several = {"Checkpoint": "Checkpoints", "Entry": "Entries"}[thing]
        place = f"{thing} {self.first}" if self.first == self.last else f"{several} {self.first}-{self.last}"
        return f"{place}: {self.detail}"


@dataclass(frozen=True)
class Audit:
    """The result: `size` entries under `root` (of the last sound checkpoint); `ok` when nothing was found."""

    size: int
    root: bytes
    findings: tuple[Fault, ...] = ()
    unnamed: int = 0  # findings beyond those that are kept
    checkpoints: int = 0

    @property
    def ok(self) -> bool:
        """Whether the ledger is whole and as it was signed."""
        return not self.findings


@dataclass
class Findings:
    """Collects faults; neighbours with the same fault become one, and no more than KEPT are kept."""

    faults: list[Fault] = field(default_factory=list)
    unnamed: int = 0
    newest: int = -1  # the last entry that has a fault of its own

    def entry(self, kind: FaultKind, first: int, last: int, detail: str) -> None:
        """Note a fault of one entry or a run of them."""
        self.newest = max(self.newest, last)
        self.add(Fault(kind, first, last, detail))

    def add(self, fault: Fault) -> None:
        """Note a fault."""
        before = self.faults[-1] if self.faults else None
        if before and (before.kind, before.detail, before.last + 1) == (
            fault.kind,
            fault.detail,
            fault.first,
        ):
            self.faults[-1] = replace(before, last=fault.last)
        elif len(self.faults) < KEPT:
            self.faults.append(fault)
        else:
            self.unnamed += 1

    def told(self, top: int) -> tuple[Fault, ...]:
        """Give all faults in order of place; a shift of all that follows is told as its cause."""
        told = list[Fault]()
        for fault in self.faults:
            cause = _cause(fault, top)
            if (
                cause
                and cause.kind is FaultKind.ADDED
                and told
                and told[-1].first == told[-1].last == cause.first
            ):
                told.pop()  # whatever else is wrong with the entry that was put in
            if told and told[-1].detail == TAKEN_OUT and fault.kind is FaultKind.MISSING:
                continue  # the place at the end that the renumbering left empty
            told.append(cause or fault)
        return tuple(sorted(told, key=lambda fault: (fault.first, fault.kind)))


SHIFTED_DOWN = "holds the entry numbered one higher"
SHIFTED_UP = "holds the entry numbered one lower"
TAKEN_OUT = "is missing; those after it were renumbered"
PUT_IN = "was put in; those after it were renumbered"


def _cause(fault: Fault, top: int) -> Fault | None:
    """Tell the one entry taken out or put in when all after it, up to the end, are one off."""
    if fault.kind is FaultKind.MOVED and fault.detail == SHIFTED_DOWN and fault.last == top - 2:
        return Fault(FaultKind.MISSING, fault.first, fault.first, TAKEN_OUT)
    if fault.kind is FaultKind.MOVED and fault.detail == SHIFTED_UP and fault.first and fault.last == top:
        return Fault(FaultKind.ADDED, fault.first - 1, fault.first - 1, PUT_IN)
    return None
