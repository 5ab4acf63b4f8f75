"""The tree against the definitions of RFC 6962, word for word, and against the published vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.trail.tree import (
    Frontier,
    consistency_path,
    consistent,
    included,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    roots_of_ranges,
)

# The inputs and roots that the Certificate Transparency projects test with.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(size)]


def split(size: int) -> int:
    """The largest power of two smaller than size."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def mth(d: list[bytes]) -> bytes:
    """RFC 6962, 2.1, over hashes of leaves."""
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return node_hash(mth(d[:k]), mth(d[k:]))


def path(m: int, d: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], b: bool) -> list[bytes]:  # noqa: FBT001 - as the RFC has it
    """RFC 6962, 2.1.2."""
    if m == len(d):
        return [] if b else [mth(d)]
    k = split(len(d))
    return [*subproof(m, d[:k], b), mth(d[k:])] if m <= k else [*subproof(m - k, d[k:], b=False), mth(d[:k])]


def flipped(one: bytes) -> bytes:
    return bytes([one[0] ^ 1]) + one[1:]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert root_of(leaf_hash(bytes.fromhex(content)) for content in INPUTS[:size]).hex() == ROOTS[size]


@given(st.integers(0, 200))
def test_a_root_is_what_the_definition_says(size: int) -> None:
    assert root_of(leaves(size)) == mth(leaves(size))


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_tree_grows_on_from_what_was_kept_of_it(before: int, more: int) -> None:
    whole = leaves(before + more)
    begun = Frontier()
    for leaf in whole[:before]:
        begun.add(leaf)
    grown = Frontier(begun.size, begun.peaks)
    for leaf in whole[before:]:
        grown.add(leaf)
    assert (grown.size, grown.root()) == (before + more, mth(whole))
    assert begun.size == before, "a copy grows apart"


def test_what_was_kept_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="2 perfect subtrees"):
        Frontier(3, (b"1",))


@given(st.data())
def test_a_proof_of_inclusion_is_what_the_definition_says_and_holds_for_this_leaf_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 100))
    index = data.draw(st.integers(0, size - 1))
    whole = leaves(size)
    ranges = inclusion_path(index, size)
    roots = roots_of_ranges(whole, ranges)
    proof = [roots[place] for place in ranges]
    root = mth(whole)
    assert proof == path(index, whole)
    assert included(whole[index], index, size, proof, root)
    assert not included(flipped(whole[index]), index, size, proof, root)
    assert not included(whole[index], index, size, proof, flipped(root))
    assert not included(whole[index], index, size, [*proof, root], root)
    assert not included(whole[index], size, size, proof, root)
    for place in range(len(proof)):
        assert not included(whole[index], index, size, [*proof[:place], flipped(root), *proof[place + 1 :]], root)
    if size > 1:
        assert not included(whole[index], index ^ 1, size, proof, root)


@given(st.data())
def test_a_proof_of_consistency_is_what_the_definition_says_and_holds_for_these_two_trees_alone(
    data: st.DataObject,
) -> None:
    new = data.draw(st.integers(1, 100))
    old = data.draw(st.integers(1, new))
    whole = leaves(new)
    ranges = consistency_path(old, new)
    roots = roots_of_ranges(whole, ranges)
    proof = [roots[place] for place in ranges]
    old_root, new_root = mth(whole[:old]), mth(whole)
    assert proof == subproof(old, whole, b=True)
    assert consistent(old, new, proof, old_root, new_root)
    assert not consistent(old, new, proof, flipped(old_root), new_root)
    assert not consistent(old, new, proof, old_root, flipped(new_root))
    assert not consistent(old, new, [*proof, old_root], old_root, new_root)
    for place in range(len(proof)):
        assert not consistent(old, new, [*proof[:place], b"-" * 32, *proof[place + 1 :]], old_root, new_root)


def test_nothing_is_proved_about_a_leaf_or_a_tree_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_path(3, 3)
    with pytest.raises(ValueError, match="began with 0"):
        consistency_path(0, 3)
    assert not consistent(4, 3, [], b"", b"")
