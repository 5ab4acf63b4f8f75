"""The Merkle tree of RFC 6962 (section 2.1): roots while it grows, and the proofs that a leaf or an earlier tree is in it.

A leaf is given as its hash. A range (start, end) of leaves stands for the root over them; where the length is a power
of two it is a perfect subtree and never changes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

Range = tuple[int, int]


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows: `size` leaves, of which the roots of the perfect subtrees are kept, largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """All that must be kept of the tree to let it grow on."""
        return tuple(self._peaks)

    def copy(self) -> Frontier:
        """The same tree, to grow apart."""
        return Frontier(self.size, self._peaks)

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its hash."""
        length = 1
        while self.size & length:
            leaf = node_hash(self._peaks.pop(), leaf)
            length *= 2
        self._peaks.append(leaf)
        self.size += 1

    def grow(self, leaf: bytes) -> Iterable[tuple[Range, bytes]]:
        """The same, telling every perfect subtree that ends with it, the smallest first; to be exhausted."""
        end, node, length = self.size + 1, leaf, 1
        yield (end - length, end), node
        while self.size & length:
            node = node_hash(self._peaks.pop(), node)
            length *= 2
            yield (end - length, end), node
        self._peaks.append(node)
        self.size = end

    def root(self) -> bytes:
        """The root over all leaves; of no leaf, the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256().digest()
        return self.root_from(0)

    def root_from(self, start: int) -> bytes:
        """The root over the leaves from `start`, which must begin one of the perfect subtrees."""
        end, node = self.size, b""
        for peak in reversed(self._peaks):
            if end <= start:
                break
            node = node_hash(peak, node) if node else peak
            end &= end - 1
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def inclusion_path(index: int, size: int) -> list[Range]:
    """The ranges whose roots prove that leaf `index` is in a tree of `size`, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[Range]:
    """The ranges whose roots prove that a tree of `new` leaves began as one of `old`, from below."""
    if not 0 < old <= new:
        raise ValueError(f"no tree of {new} leaves began with {old}")
    start, end, path = 0, new, []
    while end != old:
        middle = _middle(start, end)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [(start, end), *path[::-1]] if start else path[::-1]


def roots_of_ranges(leaves: Iterable[bytes], wanted: Iterable[Range]) -> dict[Range, bytes]:
    """The roots of these ranges of a path, in one pass over all leaves of the tree; only they are held."""
    asked, frontier = set(wanted), Frontier()
    found: dict[Range, bytes] = {}
    for leaf in leaves:
        found.update((place, node) for place, node in frontier.grow(leaf) if place in asked)
    # Left of the right edge every range of a path is a perfect subtree; those at the edge end with the tree.
    return found | {place: frontier.root_from(place[0]) for place in asked if place not in found}


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that this leaf stands at `index` in the tree of this size and root."""
    if not 0 <= index < size or len(proof) != len(path := inclusion_path(index, size)):
        return False
    node = leaf
    for (start, _), sibling in zip(path, proof, strict=True):
        node = node_hash(sibling, node) if start <= index else node_hash(node, sibling)
    return node == root


def consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the proof shows that the tree of `new` leaves began as the one of `old` leaves: nothing was changed in it."""
    if not 0 < old <= new or len(proof) != len(path := consistency_path(old, new)):
        return False
    known = dict(zip(path, proof, strict=True))
    if old == new or old.bit_count() == 1:
        known[0, old] = old_root  # the old tree stands whole in the new one, and the proof does not repeat its root
    return _combined(0, old, known) == old_root and _combined(0, new, known) == new_root


def _combined(start: int, end: int, known: dict[Range, bytes]) -> bytes:
    if (start, end) in known:
        return known[start, end]
    middle = _middle(start, end)
    return node_hash(_combined(start, middle, known), _combined(middle, end, known))


def _middle(start: int, end: int) -> int:
    """Where a tree of several leaves is split: after the largest power of two that is less than all."""
    return start + (1 << (end - start - 1).bit_length() - 1)
