"""The Merkle tree of RFC 9162 section 2.1: heads, proofs that one leaf is in, proofs that nothing was rewritten.

Pure: hashes in, hashes out. Sizes and positions count leaves from nought.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

# Gives the root of the subtree over the leaves from `start` up to, not including, `stop`.
Subtree = Callable[[int, int], bytes]


def leaf_hash(document: bytes) -> bytes:
    """Hash one leaf (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + document).digest()


def leaf_hashes(documents: Iterable[bytes]) -> list[bytes]:
    """Hash many leaves."""
    return [sha256(b"\x00" + document).digest() for document in documents]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash one inner node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def _parents(level: Sequence[bytes]) -> list[bytes]:
    # The hot loop of append and of verification: one level at a time, nothing called but the hash.
    each = iter(level)
    return [sha256(b"\x01%b%b" % pair).digest() for pair in zip(each, each, strict=False)]


class Frontier:
    """The roots of the perfect subtrees of a tree of `size` leaves, largest first: all an append needs."""

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        """Start from nothing or from a stored checkpoint."""
        self.size = size
        self.roots = [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    def push(self, leaf: bytes) -> None:
        """Add one leaf, joining equal subtrees as binary counting carries."""
        self.push_subtree(leaf, 0)

    def push_subtree(self, root: bytes, height: int) -> None:
        """Add a perfect subtree of 2^height leaves; the size so far must be a multiple of that."""
        carry = self.size >> height
        while carry & 1:
            root = node_hash(self.roots.pop(), root)
            carry >>= 1
        self.roots.append(root)
        self.size += 1 << height

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, level by level."""
        level, height, fresh = list(leaves), 0, list[bytes]()
        while level:
            if self.size >> height & 1:
                level.insert(0, self.roots.pop())
            if len(level) & 1:
                fresh.append(level.pop())
            level, height = _parents(level), height + 1
        self.roots += reversed(fresh)
        self.size += len(leaves)

    def root(self) -> bytes:
        """Give the Merkle tree hash; of no leaves it is the hash of nothing (RFC 9162)."""
        return fold(self.roots)

    def packed(self) -> bytes:
        """Give the form that a checkpoint stores."""
        return b"".join(self.roots)


def fold(roots: Sequence[bytes]) -> bytes:
    """Join the roots of perfect subtrees, largest first, into the root of the tree."""
    if not roots:
        return EMPTY_ROOT
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


class Levels:
    """A tree held whole, every level of it: any of its earlier heads can be read off."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Hash all levels; about 64 bytes a leaf."""
        self.size = len(leaves)
        self.levels: list[Sequence[bytes]] = [leaves]
        while len(self.levels[-1]) > 1:
            self.levels.append(_parents(self.levels[-1]))

    def frontier(self, size: int) -> list[bytes]:
        """Give the roots of the perfect subtrees as they stood at `size` leaves."""
        heights = range(size.bit_length() - 1, -1, -1)
        return [self.levels[height][(size >> height) - 1] for height in heights if size >> height & 1]


def _split(size: int) -> int:
    """Give the largest power of two below `size` (RFC 9162's k)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """Give the hashes that join leaf `index` to the root of `size` leaves (RFC 9162 section 2.1.3.1)."""
    path, start, stop = list[bytes](), 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(subtree(middle, stop))
            stop = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Compute the root that a leaf and its path lead to, None when they can't belong together (2.1.3.2)."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def consistency_path(subtree: Subtree, old: int, new: int) -> list[bytes]:
    """Give the hashes that show the first `old` of `new` leaves unchanged (RFC 9162 section 2.1.4.1)."""
    if not 0 < old < new:
        return []
    path, start, stop, whole = list[bytes](), 0, new, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(subtree(middle, stop))
            stop = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, stop))
    return path[::-1]


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether `path` shows that the tree of `new` leaves begins with that of `old` (2.1.4.2)."""
    if old in (new, 0):
        return not path and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    hashes: Iterator[bytes] = iter(path if old & (old - 1) else [old_root, *path])
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = next(hashes, b"")
    for sibling in hashes:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def cover(wanted: Iterable[int], size: int, heads: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Give the largest subtrees, as (start, stop) from left to right, that hold no wanted leaf.

    Their roots and the wanted leaves are all it takes to compute the root of the whole tree, and of the tree
    as it was at each of the sizes `heads`.
    """
    marks = sorted({index for index in wanted if 0 <= index < size})
    edges = sorted(set(heads))
    found, waiting = list[tuple[int, int]](), [(0, size, 0, len(marks))] if size else []
    while waiting:
        start, stop, low, high = waiting.pop()
        if low == high and bisect_right(edges, start) == bisect_left(edges, stop):
            found.append((start, stop))
        elif stop - start > 1:
            middle = start + _split(stop - start)
            cut = next((at for at in range(low, high) if marks[at] >= middle), high)
            waiting += [(middle, stop, cut, high), (start, middle, low, cut)]
    return found
