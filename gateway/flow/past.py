"""The past as the rules of `decide` ask for it: which interchange, which document came before. The ledger tells it, or the file itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from gateway.ledger.states import Processing
from gateway.x12.reading import InterchangeHeader


def control_key(header: InterchangeHeader, sha256: str) -> str:
    """ISA05-08 + ISA15 + ISA13 as a number: what makes an interchange the same one again; its bytes where it has no number."""
    control = header.control.strip() or sha256
    number = control.lstrip("0") or "0" if control.isdigit() else control
    return f"{header.sender} {header.receiver} {header.usage} {number}"


def duplicate_key(usage: str, business_key: str) -> str:
    """What makes a document the same one again; test and production each have their own."""
    return f"{usage} {business_key}"


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What is being decided: the interchange's number in the ledger (0 where it has none), and what messages call its file."""

    interchange: int
    file: int | str


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The interchange that came before under the same control number: in which file, and whether its bytes were the same."""

    file: int | str
    same_bytes: bool
    interchange: int = 0


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted document that holds a business key: in which file, and whether it says the same."""

    file: int | str
    same_content: bool


class Past(Protocol):
    """What came before. Keys are those of `control_key` and `duplicate_key`."""

    def recall(self, control_keys: Iterable[str], duplicate_keys: Iterable[str | None]) -> None:
        """These are asked for next: look them up together."""

    def same_bytes(self, here: Here, control_key: str, sha256: str, days: int) -> Earlier | None:
        """The latest interchange with this number and these bytes in so many days."""

    def same_number(self, here: Here, control_key: str, days: int) -> Earlier | None:
        """The latest interchange with this number in so many days that was not refused."""

    def add(self, here: Here, control_key: str, sha256: str, state: Processing) -> None:
        """This interchange is decided now."""

    def reserved(self, here: Here, duplicate_key: str, content_sha: str) -> Reserved | None:
        """Who holds this business key; only one that was recalled."""

    def reserve(self, here: Here, duplicate_key: str, content_sha: str) -> None:
        """It is taken now."""
