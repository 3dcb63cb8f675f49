"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that its hash can be compared anywhere."""

from collections.abc import Collection
from types import NoneType
from typing import Any

import orjson
import rfc8785

from models.errors import InvalidInputError

_SCALARS = frozenset((str, int, bool, NoneType))
_TEXT = {str}
# Whole numbers beyond 53 bits are refused: a reader in JavaScript would round them.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)


def canonical_json(value: Any) -> bytes:
    """Write `value` as RFC 8785 wants it, in UTF-8.

    Raises:
        InvalidInputError: it holds something JSON has no form for, or a whole number beyond 53 bits.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS) if is_plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, orjson.JSONEncodeError, RecursionError) as error:
        raise InvalidInputError(
            "A value has no canonical JSON.",
            expected="text, whole numbers up to 53 bits, finite numbers, true, false, null, lists and maps",
        ) from error


def is_plain(value: Any) -> bool:
    """Say whether orjson, fifty times faster, writes the same bytes: ASCII keys and no floating point.

    Exact types only: what merely resembles text or a number takes the careful way.
    """
    kind = type(value)
    if kind is dict:
        # Sets and joins run in C: this is called for every entry of the ledger.
        keys = set(map(type, value))
        if keys and not (keys == _TEXT and "".join(value).isascii()):
            return False
        return _all_plain(value.values())
    if kind is list or kind is tuple:
        return _all_plain(value)
    return kind in _SCALARS


def _all_plain(values: Collection[Any]) -> bool:
    if _SCALARS.issuperset(map(type, values)):
        return True
    return all(is_plain(value) for value in values if type(value) not in _SCALARS)
