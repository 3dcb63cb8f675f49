"""Kleene's strong three-valued logic, with the facts each answer rests on.

Unknown is not no: `None` stays `None` until the known operands decide. Both connectives are monotone, so
filling an unknown fact never turns an answer that was reached without it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple


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


@lru_cache(maxsize=4096)
def tri(value: bool | None, *paths: str) -> Tri:
    """Make an answer that rests on (or waits for) the facts at `paths`."""
    return Tri(value, frozenset(paths))


def every(*answers: Tri) -> Tri:
    """Answer yes when all do, no as soon as one does, else unknown."""
    return _joined(answers, False)


def some(*answers: Tri) -> Tri:
    """Answer yes as soon as one does, no when all do, else unknown."""
    return _joined(answers, True)


def negate(answer: Tri) -> Tri:
    """Turn yes into no and no into yes; unknown stays unknown."""
    return answer if answer.value is None else Tri(not answer.value, answer.facts)


def _joined(answers: tuple[Tri, ...], decisive: bool) -> Tri:
    held_open: frozenset[str] | None = None
    for answer in answers:
        value, facts = answer
        if value is decisive:
            return answer
        if value is None:
            held_open = facts if held_open is None else held_open | facts
    if held_open is not None:
        return Tri(None, held_open)
    return Tri(not decisive, NOTHING.union(*[facts for _, facts in answers]))


class Question:
    """A question asked once: the answer stays on the object (lock-free, unlike `functools.cached_property`)."""

    def __init__(self, ask: Callable[[Any], Tri]) -> None:
        """Wrap the method that works the answer out."""
        self.ask, self.name, self.__doc__ = ask, ask.__name__, ask.__doc__

    def __get__(self, known: Any, owner: type | None = None) -> Tri:
        """Work the answer out and keep it under the same name, which then hides this descriptor."""
        answer = known.__dict__[self.name] = self.ask(known)
        return answer
