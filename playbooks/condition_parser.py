"""Reading a condition's text into a tree, by recursive descent: or, and, not, comparison, operand."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

MAX_LENGTH: Final = 1000
MAX_DEPTH: Final = 20

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,))"
)
_TRUTH: Final = {"true": True, "false": False}
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "known", "unknown", "true", "false"})


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


class Parser:
    """One reading of one text; each method reads one level of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        """Read all of it; raises ConditionError."""
        node = self._either()
        if self.at < len(self.tokens):
            raise self._unexpected("the end of the condition")
        return node

    def _either(self) -> Node:
        return self._chain("or", self._both)

    def _both(self) -> Node:
        return self._chain("and", self._negation)

    def _chain(self, word: str, below: Callable[[], Node]) -> Node:
        operands = [below()]
        while self._take(word):
            operands.append(below())
        return operands[0] if len(operands) == 1 else Branch(word, tuple(operands))

    def _negation(self) -> Node:
        if not self._take("not"):
            return self._comparison()
        self._deeper()
        node = Branch("not", (self._negation(),))
        self.depth -= 1
        return node

    def _comparison(self) -> Node:
        left = self._operand()
        if self._take("is"):
            return self._knowledge(left)
        if self._take("not"):
            self._expect("in")
            return Branch("not in", (left, self._operand()))
        for sign in ("==", "!=", "<=", ">=", "<", ">", "in"):
            if self._take(sign):
                return Branch(sign, (left, self._operand()))
        return left

    def _knowledge(self, left: Node) -> Node:
        if self._take("unknown"):
            return Branch("not", (Branch("known", (left,)),))
        self._expect("known")
        return Branch("known", (left,))

    def _operand(self) -> Node:
        if self._take("("):
            self._deeper()
            inner = self._either()
            self._expect(")")
            self.depth -= 1
            return inner
        if self._take("["):
            return self._items()
        return self._atom()

    def _items(self) -> Node:
        values = []
        while not self._take("]"):
            item = self._atom()
            if not isinstance(item, Constant):
                raise self._unexpected("a number or quoted text in the list", back=1)
            values.append(item.value)
            if not self._take(","):
                self._expect("]")
                break
        return Constant(tuple(values))

    def _atom(self) -> Node:
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
        raise self._unexpected("a name, a number or quoted text", back=1)

    def _take(self, token: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at][1] == token
        self.at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._unexpected(f"{token!r}")

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"the condition is nested deeper than {MAX_DEPTH} levels"
            raise ConditionError(msg)

    def _unexpected(self, wanted: str, back: int = 0) -> ConditionError:
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
