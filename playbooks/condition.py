"""Conditions of a plan: a small language of comparisons, read by its own parser and never by `eval`.

    tell_individuals in ['yes', 'depends'] and not facts.breach.unintelligible
    containment_target is known

Answers are three-valued (Kleene): True, False or None for unknown, because an unknown fact is not a "no".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

MAX_LENGTH: Final = 1000
MAX_DEPTH: Final = 20

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,))"
)
_TRUTH: Final = {"true": True, "false": False}
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "known", "unknown", "true", "false"})
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


class ConditionError(ValueError):
    """The condition cannot be read; the message says where and what was expected."""


@dataclass(frozen=True)
class Name:
    """A variable, or a path that begins with `facts.` or `signal.`."""

    path: str


@dataclass(frozen=True)
class Constant:
    """A number, text, truth value or list of these."""

    value: Any


@dataclass(frozen=True)
class Branch:
    """An operator over its operands."""

    operator: str
    operands: tuple["Node", ...]


Node = Name | Constant | Branch


@lru_cache(maxsize=1024)
def parse_condition(text: str) -> Node:
    """Read a condition into a tree; raises ConditionError."""
    if len(text) > MAX_LENGTH:
        msg = f"the condition is longer than {MAX_LENGTH} characters"
        raise ConditionError(msg)
    return _Parser(text).whole()


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


class _Parser:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.either()
        if self.at < len(self.tokens):
            raise self.unexpected("the end of the condition")
        return node

    def either(self) -> Node:
        return self.chain("or", self.both)

    def both(self) -> Node:
        return self.chain("and", self.negation)

    def chain(self, word: str, below: Callable[[], Node]) -> Node:
        operands = [below()]
        while self.take(word):
            operands.append(below())
        return operands[0] if len(operands) == 1 else Branch(word, tuple(operands))

    def negation(self) -> Node:
        if not self.take("not"):
            return self.comparison()
        self.deeper()
        node = Branch("not", (self.negation(),))
        self.depth -= 1
        return node

    def comparison(self) -> Node:
        left = self.operand()
        if self.take("is"):
            return self.knowledge(left)
        if self.take("not"):
            self.expect("in")
            return Branch("not in", (left, self.operand()))
        for sign in ("==", "!=", "<=", ">=", "<", ">", "in"):
            if self.take(sign):
                return Branch(sign, (left, self.operand()))
        return left

    def knowledge(self, left: Node) -> Node:
        if self.take("unknown"):
            return Branch("not", (Branch("known", (left,)),))
        self.expect("known")
        return Branch("known", (left,))

    def operand(self) -> Node:
        if self.take("("):
            self.deeper()
            inner = self.either()
            self.expect(")")
            self.depth -= 1
            return inner
        if self.take("["):
            return self.items()
        return self.atom()

    def items(self) -> Node:
        values = []
        while not self.take("]"):
            item = self.atom()
            if not isinstance(item, Constant):
                raise self.unexpected("a number or quoted text in the list", back=1)
            values.append(item.value)
            if not self.take(","):
                self.expect("]")
                break
        return Constant(tuple(values))

    def atom(self) -> Node:
        kind, token = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        self.at += 1
        if kind == "number":
            return Constant(float(token) if "." in token else int(token))
        if kind == "text":
            return Constant(token[1:-1])
        if token in _TRUTH:
            return Constant(_TRUTH[token])
        if kind == "name" and token not in _WORDS:
            return Name(token)
        raise self.unexpected("a name, a number or quoted text", back=1)

    def take(self, token: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at][1] == token
        self.at += found
        return found

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.unexpected(f"{token!r}")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"the condition is nested deeper than {MAX_DEPTH} levels"
            raise ConditionError(msg)

    def unexpected(self, wanted: str, back: int = 0) -> ConditionError:
        place = self.at - back
        found = repr(self.tokens[place][1]) if place < len(self.tokens) else "the end"
        return ConditionError(f"the condition has {found} where {wanted} was expected")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            msg = f"the condition cannot be read from {text[at : at + 20]!r} on"
            raise ConditionError(msg)
        tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return tokens
