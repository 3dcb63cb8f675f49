"""Boolean functions over the choices a plan can take, as reduced ordered decision diagrams (Bryant 1986).

With them the linter can say whether any course of events breaks a rule, without running them one by one.
"""

from collections.abc import Iterable
from typing import Final

Function = int
NEVER: Final[Function] = 0
ALWAYS: Final[Function] = 1


class Logic:
    """Makes and joins functions; equal functions are the same number."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, Function, Function]] = [(1 << 30, 0, 0), (1 << 30, 1, 1)]
        self._known: dict[tuple[int, Function, Function], Function] = {}
        self._results: dict[tuple[Function, Function, Function], Function] = {}
        self._choices = 0

    def choice(self) -> Function:
        """Give a new free choice."""
        self._choices += 1
        return self._node(self._choices, NEVER, ALWAYS)

    def options(self, count: int) -> list[Function]:
        """Give `count` functions of which exactly one holds at a time."""
        rest, found = ALWAYS, []
        for _ in range(count - 1):
            this = self.choice()
            found.append(self.both(rest, this))
            rest = self.both(rest, self.negate(this))
        return [*found, rest]

    def negate(self, of: Function) -> Function:
        """Not."""
        return self._if(of, NEVER, ALWAYS)

    def both(self, one: Function, other: Function) -> Function:
        """And."""
        return self._if(one, other, NEVER)

    def any_of(self, several: Iterable[Function]) -> Function:
        """Or over several; never, when there are none."""
        found = NEVER
        for one in several:
            found = self._if(found, ALWAYS, one)
        return found

    def _node(self, choice: int, low: Function, high: Function) -> Function:
        if low == high:
            return low
        node = (choice, low, high)
        if node not in self._known:
            self._known[node] = len(self._nodes)
            self._nodes.append(node)
        return self._known[node]

    def _if(self, test: Function, then: Function, other: Function) -> Function:
        if test in {NEVER, ALWAYS}:
            return then if test else other
        key = (test, then, other)
        if key not in self._results:
            top = min(self._nodes[part][0] for part in key)
            low, high = (self._if(*(self._side(part, top, side) for part in key)) for side in (1, 2))
            self._results[key] = self._node(top, low, high)
        return self._results[key]

    def _side(self, function: Function, choice: int, side: int) -> Function:
        node = self._nodes[function]
        return node[side] if node[0] == choice else function
