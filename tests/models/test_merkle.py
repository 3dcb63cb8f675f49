"""The tree against RFC 9162's definitions, written down naively."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from models.merkle import (
    EMPTY_ROOT,
    Frontier,
    Levels,
    consistency_path,
    cover,
    fold,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    root_from_inclusion,
)

SIZES = st.integers(0, 130)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def subtree_of(leaves: list[bytes]):
    return lambda start, stop: naive_root(leaves[start:stop])


def test_hashes_of_leaf_and_node_are_told_apart_by_their_first_byte() -> None:
    assert leaf_hash(b"") == sha256(b"\x00").digest()
    assert node_hash(b"a" * 32, b"b" * 32) == sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()


@given(SIZES, SIZES)
def test_frontier_has_the_root_of_the_definition(one_by_one: int, at_once: int) -> None:
    leaves, frontier = leaves_of(one_by_one + at_once), Frontier()
    for leaf in leaves[:one_by_one]:
        frontier.push(leaf)
    frontier = Frontier(frontier.size, frontier.packed())
    frontier.extend(leaves[one_by_one:])
    assert (frontier.size, frontier.root()) == (len(leaves), naive_root(leaves))


@given(st.integers(0, 20), st.integers(0, 4))
def test_frontier_takes_whole_subtrees(blocks: int, height: int) -> None:
    leaves, frontier = leaves_of(blocks << height), Frontier()
    for block in range(blocks):
        part = leaves[block << height : (block + 1) << height]
        frontier.push_subtree(naive_root(part), height)
    assert frontier.root() == naive_root(leaves)


@given(SIZES, st.data())
def test_levels_remember_every_earlier_head(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    earlier = data.draw(st.integers(0, size))
    assert fold(Levels(leaves).frontier(earlier)) == naive_root(leaves[:earlier])


@given(st.integers(1, 130), st.data())
def test_inclusion_of_every_leaf_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path = inclusion_path(subtree_of(leaves), index, size)
    assert root_from_inclusion(leaves[index], index, size, path) == naive_root(leaves)


@given(st.integers(1, 60), st.data())
def test_inclusion_fails_for_another_leaf_place_size_or_path(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(subtree_of(leaves), index, size), naive_root(leaves)
    wrong = [
        root_from_inclusion(leaf_hash(b"other"), index, size, path),
        root_from_inclusion(leaves[index], index, size, [*path, root]),
        root_from_inclusion(leaves[index], size, size, path),
        root_from_inclusion(leaves[index], -1, size, path),
        *([root_from_inclusion(leaves[index], index, size, path[:-1])] if path else []),
        *(root_from_inclusion(leaves[index], place, size, path) for place in range(size) if place != index),
    ]
    assert root not in wrong


@given(SIZES, st.data())
def test_consistency_holds_between_any_two_heads(new: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(new), data.draw(st.integers(0, new))
    path = consistency_path(subtree_of(leaves), old, new)
    assert is_consistent(old, naive_root(leaves[:old]), new, naive_root(leaves), path)


@given(st.integers(2, 130), st.data())
def test_consistency_fails_when_history_was_rewritten(new: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(new), data.draw(st.integers(1, new - 1))
    forged = list(leaves)
    forged[data.draw(st.integers(0, old - 1))] = leaf_hash(b"forged")
    path = consistency_path(subtree_of(forged), old, new)
    assert not is_consistent(old, naive_root(leaves[:old]), new, naive_root(forged), path)
    assert not is_consistent(old, naive_root(leaves[:old]), new, naive_root(leaves), [*path, leaves[0]])
    assert not is_consistent(old, naive_root(leaves[:old]), new, naive_root(leaves), path[:-1])


def test_consistency_with_the_empty_tree_needs_no_hashes() -> None:
    assert is_consistent(0, EMPTY_ROOT, 3, naive_root(leaves_of(3)), [])
    assert not is_consistent(0, naive_root(leaves_of(1)), 3, naive_root(leaves_of(3)), [])


@given(SIZES, st.sets(SIZES, max_size=20))
def test_cover_and_the_wanted_leaves_tile_the_tree(size: int, wanted: set[int]) -> None:
    tiles = cover(wanted, size)
    held = [index for start, stop in tiles for index in range(start, stop)]
    assert sorted([*held, *(index for index in wanted if index < size)]) == list(range(size))
    assert held == sorted(held)


@given(st.integers(1, 130), st.data())
def test_cover_of_one_leaf_is_its_inclusion_path(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path = inclusion_path(subtree_of(leaves), index, size)
    assert {naive_root(leaves[start:stop]) for start, stop in cover([index], size)} == set(path)
