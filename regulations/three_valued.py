"""Kleene's strong three-valued logic, with the facts each answer rests on.

Unknown is not no: `None` stays `None` until the known operands decide. Both connectives are monotone, so
filling an unknown fact never turns an answer that was reached without it.
"""

from typing import NamedTuple


class Tri(NamedTuple):
    """An answer: yes, no or unknown.

    `facts` are paths of the facts file: those that made a definite answer so, or those that are
    unknown and hold an open one open.
    """

    value: bool | None
    facts: frozenset[str]


NOTHING: frozenset[str] = frozenset()
YES = Tri(True, NOTHING)
NO = Tri(False, NOTHING)


def tri(value: bool | None, *paths: str) -> Tri:
    """Make an answer that rests on (or waits for) the facts at `paths`."""
    return Tri(value, frozenset(paths))


def every(*answers: Tri) -> Tri:
    """Answer yes when all do, no as soon as one does, else unknown."""
    return _joined(answers, decisive=False)


def some(*answers: Tri) -> Tri:
    """Answer yes as soon as one does, no when all do, else unknown."""
    return _joined(answers, decisive=True)


def negate(answer: Tri) -> Tri:
    """Turn yes into no and no into yes; unknown stays unknown."""
    return answer if answer.value is None else Tri(not answer.value, answer.facts)


def _joined(answers: tuple[Tri, ...], *, decisive: bool) -> Tri:
    held_open: frozenset[str] | None = None
    supported = NOTHING
    for answer in answers:
        if answer.value is decisive:
            return answer
        if answer.value is None:
            held_open = answer.facts if held_open is None else held_open | answer.facts
        elif held_open is None:
            supported |= answer.facts
    return Tri(not decisive, supported) if held_open is None else Tri(None, held_open)
