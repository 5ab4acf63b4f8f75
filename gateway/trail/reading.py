"""What was read of a file, and what became of it, in a few hashes: its events name them, so that no row of it can be changed unnoticed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

READ = (
    "group_ordinal",
    "ordinal",
    "verdict",
    "kind",
    "control",
    "implementation",
    "ak5_codes",
    "segments",
    "partner",
    "entity",
    "usage",
    "number",
    "orders",
    "business_key",
    "duplicate_key",
    "content_sha",
    "value",
    "canonical",
)
"""The columns of a document that its reading fixes."""

FOUND = ("interchange_id", "document_id", "code", "severity")
"""The columns of a finding that are told."""


class Rows:
    """A hash over rows, in the order of their numbers; it goes on from where another one `begun`."""

    def __init__(self, begun: Rows | None = None) -> None:
        self._digest: hashlib._Hash = begun._digest.copy() if begun else hashlib.sha256()  # noqa: SLF001 - one of its own kind

    def add(self, *fields: str | int | bytes | None) -> None:
        """One more row: each field is its length in bytes, a colon and its text in UTF-8, or `-` where it has no value.

        So it says where each ends, whatever stands in it. This form can never change, like a leaf's.
        """
        self._digest.update(b"".join(map(_field, fields)))

    def sha256(self) -> str:
        """The hash over them all."""
        return self._digest.hexdigest()


class SetsTold:
    """The sets of one interchange, for its event: what was read of each, and what became of each.

    `read` are those that were written down before anything was decided.
    """

    def __init__(self, read: Rows | None = None) -> None:
        self._sets, self._outcomes = Rows(read), Rows()

    def read(self, row: Mapping[str, Any]) -> None:
        """One more, as it stands in the ledger; a column that is not there has no value."""
        add_set(self._sets, row)

    def became(self, document: int, state: str) -> None:
        """What became of one more."""
        self._outcomes.add(document, state)

    def hashes(self) -> dict[str, str]:
        """What the event names."""
        return {"sets": self._sets.sha256(), "outcomes": self._outcomes.sha256()}


def add_set(rows: Rows, row: Mapping[str, Any]) -> None:
    """What was read of one more set."""
    rows.add(*map(row.get, READ))


def _field(value: str | int | bytes | None) -> bytes:
    if value is None:
        return b"-"
    raw = value if isinstance(value, bytes) else str(value).encode()
    return b"%d:%b" % (len(raw), raw)
