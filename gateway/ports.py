"""Every place where something can be plugged in, on one page.

An adapter implements one of these and knows nothing of the route; `gateway.wiring` alone names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from gateway.model.finding import Finding
from gateway.model.outcomes import Refused, TryLater


class Blob(msgspec.Struct, frozen=True):
    """Bytes kept in the archive, named by what they are."""

    sha256: str
    size: int


class Unkept(TryLater):
    """The archive cannot keep bytes now: `code` is in the catalogue, `reason` what the system said."""

    def __init__(self, text: str, *, code: str, reason: str) -> None:
        super().__init__(text)
        self.code = code
        self.reason = reason


class Archive(Protocol):
    """Write-once bytes. It speaks streams: no path leaves it. What it cannot keep raises Unkept."""

    def keeping(self) -> AbstractContextManager[Callable[[BinaryIO], Blob]]:
        """`with archive.keeping() as keep: blob = keep(stream)`: when the block ends well, all that was kept is on stable storage."""

    def open(self, sha256: str) -> BinaryIO:
        """Read a blob back; raises Refused("archive.missing") where it is not there."""

    def blobs(self) -> Sequence[Blob]:
        """All that is kept, for verification."""


class Drop(Protocol):
    """Bytes seen at a channel that are complete but not ours yet."""

    @property
    def channel(self) -> str:
        """The channel they came through."""

    @property
    def source_key(self) -> str:
        """What makes this offer the same one again after a crash; unique in its channel."""

    @property
    def name(self) -> str:
        """The name its sender gave it, for people."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the channel itself found odd about it (it kept growing, say)."""

    def open(self) -> BinaryIO:
        """Its bytes, from the start; raises TryLater where they cannot be read now."""


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """A body that lies whole on our disk, at `path`, and is not ours yet; gone again as soon as its request is answered."""

    path: Path
    sha256: str
    size: int


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway says of a drop after its first commit: `taken` False means it stays where it is, for later."""

    source_key: str
    taken: bool
    transmission: int | None = None


Admit = Callable[[Sequence[Drop]], Sequence[Admission]]


class Intake(Protocol):
    """A way in. It offers drops to `admit`, and releases a source only after it was taken."""

    def start(self, admit: Admit) -> None:
        """Begin to offer what arrives, from threads of its own."""

    def look(self, admit: Admit) -> int:
        """Look once, now, from the calling thread; how many were taken."""

    def waiting(self) -> int:
        """How many are seen but not complete yet."""

    def stop(self) -> None:
        """End the threads; nothing is half taken afterwards."""


class Ticked(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a mailbox: when it was first known, the last look that succeeded, the last file that came."""

    first: datetime
    done: datetime | None = None
    file: datetime | None = None


class RefusedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a parcel says was refused, by the name its sender gave it and its bytes in the archive."""

    name: str
    sha256: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes owed to a partner, under the name they shall bear.

    `acknowledgment` is what kind of answer it is ("997", "text"), None for a document. `refused` is the file whose
    refusal it tells, where the channel shows it beside.
    """

    delivery: int
    name: str
    content: bytes
    acknowledgment: str | None = None
    refused: RefusedFile | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel is where the partner takes it."""

    name: str


class Outlet(Protocol):
    """A way out."""

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Sent | Refused | TryLater]:
        """Send each; an outcome for each, in order. The same parcel again has the same result (same name, same bytes)."""


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One document owed to an ERP; `key` is the idempotency key, stored before the first send. `canonical` is its JSON."""

    key: str
    kind: str
    business_key: str
    revision: int
    partner: str
    canonical: bytes


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP has it, under its own `reference`; `again` where it had it already."""

    reference: str
    again: bool = False


class Erp(Protocol):
    """An ERP. Raises Refused where a person must act, TryLater (down=True where the whole target is), OutcomeUnknown."""

    def submit(self, posting: Posting) -> Booked:
        """Ask the ERP to make this one effect."""

    def find(self, posting: Posting) -> Booked | None:
        """Look up whether that effect is there already, after an unknown outcome."""


class DocumentKind(Protocol):
    """One business document: how X12 becomes it, and what makes two of them the same."""

    @property
    def kind(self) -> str:
        """The set id, "850"."""

    @property
    def functional_id(self) -> str:
        """GS01, "PO"."""

    @property
    def label(self) -> str:
        """What people call it, "order"."""

    def read(self, tree: Any, context: Any) -> Any:  # noqa: ANN401 - gateway.documents names the types
        """The document in this set, and what was found while reading it."""

    def business_key(self, document: Any, partner: str) -> str:  # noqa: ANN401
        """What makes it one document, from its own fields alone, never from control numbers."""
