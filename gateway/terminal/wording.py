"""How a dry run names what it finds, by how the file is written: a table has rows and documents, X12 segments and sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from gateway.documents import kind_of
from gateway.flow.decide import LONGEST_NUMBER
from gateway.flow.file import Format
from gateway.flow.interpret import GroupFound, SetFound
from gateway.profiles.agreement import Agreement
from gateway.x12.charset import opening
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import acknowledges

_USAGES: Final = {"P": "production", "T": "test", "I": "information"}


class Wording(Protocol):
    """The lines about an interchange, its sets and its groups, each without its verdict."""

    @property
    def whole(self) -> str:
        """What an interchange is called."""

    def head(self, header: InterchangeHeader, agreement: Agreement) -> str:
        """Whose it is."""

    def of_set(self, found: SetFound) -> str:
        """One set or document."""

    def of_group(self, found: GroupFound) -> str:
        """One group: for a table, all of it."""


class OfX12:
    """X12."""

    whole = "interchange"

    def head(self, header: InterchangeHeader, agreement: Agreement) -> str:  # noqa: ARG002 - an interchange says it itself
        """Control number, both ids, usage."""
        usage = _USAGES.get(header.usage, f"usage {header.usage}")
        return f"Interchange {header.control} from {header.sender} to {header.receiver}, {usage}"

    def of_set(self, found: SetFound) -> str:
        """Its id and control number, what people call it, its length."""
        read, document = found.read, found.document
        label = _label(read.set_id) or ("set" if acknowledges(read.group.functional_id) else "acknowledgment")
        number = f" {opening(document.number, LONGEST_NUMBER)}" if document is not None and document.number else ""
        return f"{read.set_id} {read.control}, {label}{number}, {read.segments} segments"

    def of_group(self, found: GroupFound) -> str:
        """Its control number, what is in it, how much of that."""
        group, verdict = found.read.group, found.verdict
        counted = f"{verdict.accepted} of {verdict.counted} accepted"
        return f"Group {group.control}, {group.functional_id} {group.version}, {counted}"


class OfTable:
    """CSV, or lines of fixed width."""

    whole = "table"

    def head(self, header: InterchangeHeader, agreement: Agreement) -> str:  # noqa: ARG002 - a table has none
        """Whose it is, and of what."""
        return f"Table from {agreement.partner} to {agreement.entity}: {_label(agreement.kind)} ({agreement.kind})"

    def of_set(self, found: SetFound) -> str:
        """Its number and how many rows."""
        read = found.read
        rows = "1 row" if read.segments == 1 else f"{read.segments} rows"
        return f"{_label(read.set_id)} {opening(read.control, LONGEST_NUMBER)}, {rows}"

    def of_group(self, found: GroupFound) -> str:
        """How many documents."""
        return f"In all, {found.verdict.accepted} of {found.verdict.counted} accepted"


def _label(kind: str) -> str:
    """What people call a document of this kind; empty where we read none."""
    found = kind_of(kind)
    return found.label if found else ""


WORDINGS: Final[Mapping[Format, Wording]] = {"x12": OfX12(), "csv": OfTable()}
