"""Fair turns: one from each in a round, so that a partner with a backlog does not keep the others waiting."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import TypeVar

T = TypeVar("T")
_NONE = object()


def in_turns(queues: Iterable[Sequence[T]]) -> Iterator[T]:
    """The first of each queue, then the second of each ..."""
    for round_ in zip_longest(*queues, fillvalue=_NONE):
        yield from (one for one in round_ if one is not _NONE)  # type: ignore[misc]


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
