"""The figures that supervisors ask for of a period, counted from what is on record; what no record says is unknown.

Data protection authorities ask how many breaches were reported, communicated (GDPR Art. 33 and 34, PIPL Art. 57) or
only documented (Art. 33(5)), of what nature and about how many people. Costs (DORA Art. 11(10)) stand apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.count import Count
from models.facts import Breach
from models.obligation import Obligation
from reports.duty_states import kept_by
from reports.view_terms import Seqs

PROPERTIES = ("confidentiality", "integrity", "availability")
ANSWERS: Mapping[bool | None, str] = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Known:
    """Of one incident: whether an authority and somebody affected was told, what is known of it, its entries."""

    reported: bool
    communicated: bool
    breach: Breach
    people: Count | None
    seqs: Seqs


@dataclass(frozen=True)
class SupervisorFigures:
    """Counts over the incidents of a period.

    `affected` counts yes, no and unknown for each property of data. `stages` gives for each kind of duty how many
    were met in time and how many fell due.
    """

    incidents: int
    reported: int
    communicated: int
    documented_only: int
    least_people: int
    people_uncertain: int  # incidents of which nobody knows for certain how many people they concern
    affected: Mapping[str, Mapping[str, int]]
    vectors: tuple[tuple[str, int], ...]
    stages: tuple[tuple[str, int, int], ...]
    seqs: Seqs


def supervisor_figures(
    known: Sequence[Known], obligations: Iterable[Obligation], at: datetime
) -> SupervisorFigures:
    """Count what was told, of what and to whom, as things stand at a moment."""
    counts = [each.people for each in known]
    vectors = Counter(str(each.breach.vector or ANSWERS[None]) for each in known)
    return SupervisorFigures(
        incidents=len(known),
        reported=sum(each.reported for each in known),
        communicated=sum(each.communicated for each in known),
        documented_only=sum(not each.reported and not each.communicated for each in known),
        least_people=sum(count.least for count in counts if count is not None),
        people_uncertain=sum(count is None or count.value is None for count in counts),
        affected={name: _answers(known, name) for name in PROPERTIES},
        vectors=tuple(sorted(vectors.items(), key=lambda item: (-item[1], item[0]))),
        stages=kept_by(obligations, lambda row: row.stage, at),
        seqs=tuple(sorted({seq for each in known for seq in each.seqs})),
    )


def _answers(known: Iterable[Known], name: str) -> dict[str, int]:
    said = Counter(ANSWERS[getattr(each.breach, name)] for each in known)
    return {word: said[word] for word in ANSWERS.values()}
