"""Conditions of a plan: a small language of comparisons, read by its own parser and never by `eval`.

    tell_individuals in ['yes', 'depends'] and not facts.breach.unintelligible
    containment_target is known

Answers are three-valued (Kleene): True, False or None for unknown, because an unknown fact is not a "no".
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from playbooks.condition_parser import MAX_LENGTH, Branch, ConditionError, Constant, Name, Node, Parser

__all__ = ["ConditionError", "evaluate", "names_in", "operand_value", "parse_condition"]

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}

Lookup = Callable[[str], Any]


@lru_cache(maxsize=1024)
def parse_condition(text: str) -> Node:
    """Read a condition into a tree; raises ConditionError."""
    if len(text) > MAX_LENGTH:
        msg = f"the condition is longer than {MAX_LENGTH} characters"
        raise ConditionError(msg)
    return Parser(text).whole()


def evaluate(text: str, lookup: Lookup) -> bool | None:
    """Answer True, False or None (unknown). `lookup` gives a name's value, None when it is not known."""
    answer = _value(parse_condition(text), lookup)
    return answer if isinstance(answer, bool) else None


def operand_value(text: str, lookup: Lookup) -> Any:
    """Give the value a switch looks at: usually one name."""
    return _value(parse_condition(text), lookup)


def names_in(text: str) -> tuple[str, ...]:
    """Every name a condition reads, in the order of writing."""
    found: list[str] = []
    waiting: list[Node] = [parse_condition(text)]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Name):
            found.append(node.path)
        elif isinstance(node, Branch):
            waiting[:0] = node.operands
    return tuple(dict.fromkeys(found))


def _value(node: Node, lookup: Lookup) -> Any:
    if isinstance(node, Name):
        return lookup(node.path)
    if isinstance(node, Constant):
        return node.value
    values = [_value(operand, lookup) for operand in node.operands]
    if node.operator in {"and", "or", "not"}:
        return _logic(node.operator, [value if isinstance(value, bool) else None for value in values])
    if node.operator == "known":
        return values[0] is not None
    return _compare(node.operator, values[0], values[1])


def _logic(operator: str, values: list[bool | None]) -> bool | None:
    if operator == "not":
        return None if values[0] is None else not values[0]
    deciding = operator == "or"
    if deciding in values:
        return deciding
    return None if None in values else not deciding


def _compare(operator: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    try:
        return _COMPARE[operator](left, right)
    except TypeError:
        return None
