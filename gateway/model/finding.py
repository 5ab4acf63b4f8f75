"""A finding: one thing wrong or odd, located, in words a person can act on."""

from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

Fact = str | int | float | None
"""What fills a word of a message; plain, so that it can be written down and said again."""


class Severity(StrEnum):
    """How much a finding weighs: an error changes the verdict, a warning never does on its own."""

    ERROR = "error"
    WARNING = "warning"


class Who(StrEnum):
    """Who acts next."""

    PARTNER = "partner"
    US = "us"
    ERP = "erp"


class AckCode(msgspec.Struct, frozen=True):
    """The place and code with which an acknowledgment reports a finding, e.g. AK4 and 7.

    `segment` is in 997 terms (AK3, AK4, AK5, AK9) or TA1; a 999 writes the same code in its IK twin.
    """

    segment: str
    code: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong or odd.

    `position` is the segment's ordinal in its set (ST = 1); `element`, `component`, `repetition` count from 1;
    `offset` is the 0-based byte of the element in the file, a byte order mark counted; `row` (header = 1) and
    `column` (as the header names it) locate it in a table. `ack` is set where the acknowledgment reports it.
    `facts` filled the words, beside the place: with them they can be said in another language (catalogue.said). The
    ledger keeps them; a finding without them is written without the key.
    """

    code: str
    severity: Severity
    message: str
    expected: str | None = None
    fix: str | None = None
    who: Who = Who.PARTNER
    segment: str | None = None
    position: int | None = None
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    offset: int | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    ack: AckCode | None = None
    facts: dict[str, Fact] | UnsetType = UNSET


def has_errors(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Whether any of these is more than a warning."""
    return any(finding.severity is Severity.ERROR for finding in findings)
