"""What `gateway explain --json` prints: the contract gateway.explain/1, told field by field in docs/explain.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import UNSET

from gateway.flow.file import Format
from gateway.model.finding import Finding
from gateway.model.identifiers import PartyId

SCHEMA = "gateway.explain/1"

Outcome = Literal["accepted", "partial", "rejected", "held", "duplicate"]
Status = Literal["accepted", "accepted_with_errors", "rejected"]


def contracted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as the contract has them: in words, without the facts that filled the words."""
    return tuple(msgspec.structs.replace(found, facts=UNSET) for found in findings)


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """One set: `status` is its own verdict, `document` its canonical JSON wherever one can be built."""

    set: str
    control: str
    status: Status
    segments: int
    document: msgspec.Raw | None
    findings: tuple[Finding, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group: `ack_code` is AK901 once its interchange is judged too."""

    functional_id: str
    control: str
    version: str
    ack_code: str
    findings: tuple[Finding, ...]
    transactions: tuple[Transaction, ...]


class Interchange(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, as its ISA names it."""

    control: str
    sender: PartyId
    receiver: PartyId
    version: str
    usage: str
    findings: tuple[Finding, ...]
    groups: tuple[Group, ...]


class TableDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a table, as `Transaction` is one set: `rows` are how many make it; it has no control number."""

    set: str
    control: None = None
    status: Status
    rows: int
    document: msgspec.Raw | None
    findings: tuple[Finding, ...]


class Acknowledgment(msgspec.Struct, frozen=True, kw_only=True):
    """What we would answer: X12 as text, one character a byte; an answer file ("text", "csv") as the text it is.

    With placeholder numbers and a fixed date.
    """

    kind: str
    content: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One debt that would arise: a document to an ERP (`key` is its business key), an answer to a channel."""

    target: str | None
    kind: str
    key: str | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that would come of a file; `reason` says in one line why it is not simply accepted."""

    schema: str = SCHEMA
    format: Format
    bytes: int
    consumed: int
    partner: str | None
    outcome: Outcome
    reason: str | None
    interchanges: tuple[Interchange, ...]
    documents: tuple[TableDocument, ...]
    acknowledgments: tuple[Acknowledgment, ...]
    deliveries: tuple[Delivery, ...]
    findings: tuple[Finding, ...]

    def json(self) -> str:
        """As one line."""
        return msgspec.json.encode(self).decode()
