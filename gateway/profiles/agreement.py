"""What was agreed: the settings that decide how one kind of file between one partner and one of us is treated.

Everything here is a frozen value; `gateway.profiles.load` makes it from TOML and nothing changes it afterwards.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from gateway.model.identifiers import PartyId
from gateway.profiles.http import HttpAccount
from gateway.profiles.mailbox import Mailbox
from gateway.profiles.sftp import SftpAccount


class Direction(StrEnum):
    """Seen from us: `in` is what the partner sends."""

    IN = "in"
    OUT = "out"


class AckKind(StrEnum):
    """The functional acknowledgment agreed for what the partner sends."""

    X997 = "997"
    X999 = "999"
    NONE = "none"


class Ta1When(StrEnum):
    """When an interchange is answered with a TA1."""

    NEVER = "never"
    WHEN_ASKED = "when_asked"  # ISA14 = 1
    ASKED_OR_REFUSED = "asked_or_refused"  # ISA14 = 1, or nothing of it was processed
    ON_ERROR = "on_error"
    ALWAYS = "always"


class OnDuplicate(StrEnum):
    """What happens to something that came before."""

    DUPLICATE = "duplicate"  # recorded as a duplicate, answered as the first time, never processed twice
    HOLD = "hold"  # waits for a person
    WARN = "warn"  # processed, with a finding
    REJECT = "reject"  # refused: TA1 R 025 for an interchange


class AnswerText(StrEnum):
    """When a plain-text answer lies beside the acknowledgment; a file that cannot be read at all always gets one."""

    NEVER = "never"
    ON_ERROR = "on_error"
    ALWAYS = "always"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a partner's table: `name` as its header has it, `field` as `gateway.model.fields` names it.

    `start` (from 1) and `length` are characters of a fixed-width line. `digits`: an identifier of just so many digits,
    so that lost leading zeros show.
    """

    name: str
    field: str
    required: bool = False
    digits: int | None = None
    start: int | None = None
    length: int | None = None


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True):
    """How a partner's table is read: one file, many rows; rows with the same `group_by` fields make one document.

    `delimiter` is the sign itself (a tab for "tab"), None where it is found in the header. `encoding` "auto": UTF-8,
    else windows-1252. `dates` is a pattern over YYYY YY MM DD, `decimal` the sign before decimals. `header` False: the
    columns come in the order of `columns`, or a fixed-width file begins with its first row. `values` are fields that no
    column has, the same in every row, written as a cell would be. `origin` says where it was set.
    """

    columns: tuple[Column, ...]
    fixed: bool = False
    header: bool = True
    delimiter: str | None = None
    quote: str = '"'
    encoding: str = "auto"
    decimal: str = "."
    dates: str = "YYYY-MM-DD"
    group_by: tuple[str, ...] = ("number",)
    values: tuple[tuple[str, str], ...] = ()
    origin: str = ""


class Separators(msgspec.Struct, frozen=True, kw_only=True):
    """How we write to this partner; `suffix` follows every segment terminator ("", CR, LF or CRLF)."""

    element: str = "*"
    component: str = ">"
    repetition: str = "^"
    segment: str = "~"
    suffix: str = "\n"


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Entity + partner + direction + kind (+ usage), with the values that hold for them.

    `kind` is "850", "855" ...; `usage` is "P", "T" or None for both. `erp` names the target in config for
    production, `test_erp` the one for usage T (None: validated and acknowledged, posted nowhere).
    `acknowledgment_version` is the GS08 we write (None: 997 the group's six digits, 999 005010X231A1).
    `acknowledgment_name` is a template over {partner} {kind} {control} {number}.
    `sha256` names the profile that this came from, byte for byte. `origins` says for each setting where its value
    was set: "partners/acme.toml line 12", or "default".
    `columns` is how a table of this kind is read (None for X12). `answer_text` and `answer_csv` are answers for people,
    in `language`.
    """

    entity: str
    partner: str
    direction: Direction
    kind: str
    usage: str | None = None
    our_id: PartyId
    our_gs: str
    partner_gs: tuple[str, ...]
    acknowledgment: AckKind = AckKind.X997
    acknowledgment_version: str | None = None
    acknowledgment_name: str = "{partner}-{kind}-{control}.edi"
    ta1: Ta1When = Ta1When.ASKED_OR_REFUSED
    separators: Separators = Separators()
    on_duplicate_file: OnDuplicate = OnDuplicate.DUPLICATE
    on_duplicate_interchange: OnDuplicate = OnDuplicate.HOLD
    on_duplicate_interchange_test: OnDuplicate = OnDuplicate.WARN
    on_duplicate_document: OnDuplicate = OnDuplicate.HOLD
    duplicate_window_days: int = 365
    reuses_control_numbers: bool = False
    partial_acceptance: bool = True
    erp: str = "erp"
    test_erp: str | None = None
    timezone: str = "UTC"
    columns: ColumnMap | None = None
    answer_text: AnswerText = AnswerText.NEVER
    answer_csv: bool = False
    language: str = "en"
    effective_from: date | None = None
    effective_to: date | None = None
    sha256: str = ""
    origins: tuple[tuple[str, str], ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether it holds on this day; both ends belong to it."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own legal identities; `contact` is whom partners ask, as one line."""

    name: str
    title: str
    ids: tuple[PartyId, ...]
    gs: str
    gln: str | None = None
    contact: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way in and out: the folders inbox/<name> and outbox/<name>.

    `carries` names the partners whose files may come through it. `complete` is when a file counts as finished:
    "rename" (it appears under its final name in one step; temporary names are ignored), "stable" (two equal
    looks at least a second apart and untouched for `stable_seconds`) or "sentinel" (a second file of its name and
    the suffix `sentinel` lies beside it). `held` is true where no version of the partner's file can be used: its
    files are left where they are until the file is mended. `sftp` is its login on our SFTP server, where it has one;
    `mailbox` is where we fetch files and put answers on a server of others, besides the folders;
    `http` is who may post files to it.
    """

    name: str
    carries: tuple[str, ...]
    complete: str = "stable"
    stable_seconds: float = 10.0
    sentinel: str = ".done"
    held: bool = False
    sftp: SftpAccount | None = None
    mailbox: Mailbox | None = None
    http: HttpAccount | None = None


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A trading partner as its file says; `csv_kinds` come as tables that no column map reads yet: their files are held."""

    name: str
    title: str
    ids: tuple[PartyId, ...]
    channel: str
    agreements: tuple[Agreement, ...]
    csv_kinds: tuple[str, ...] = ()
    timezone: str = "UTC"
    language: str = "en"
    sha256: str = ""

    def tables(self, at: datetime | None = None) -> tuple[Agreement, ...]:
        """The agreements about tables it sends: those in force at this moment, or (None) all there are."""
        return tuple(
            agreement
            for agreement in self.agreements
            if agreement.columns is not None
            and agreement.direction is Direction.IN
            and (at is None or agreement.in_force(at.date()))
        )


class ErpTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where documents are posted: `profile` names the module in gateway/erp; `url` "lab" is the bundled simulator."""

    name: str
    profile: str = "http_json"
    url: str = "lab"
    token: str | None = None
    timeout_seconds: float = 30.0
    budget_hours: float = 24.0
    concurrency: int = 4


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """Everything agreed, at one moment; `sha256` names this state of the files."""

    entities: tuple[Identity, ...]
    partners: tuple[Partner, ...]
    channels: tuple[Channel, ...]
    targets: tuple[ErpTarget, ...]
    sha256: str = ""

    def entity_of(self, receiver: PartyId) -> Identity | None:
        """Which of us this interchange is addressed to."""
        return next((entity for entity in self.entities if receiver in entity.ids), None)

    def partner_of(self, sender: PartyId) -> Partner | None:
        """Whose interchange this is."""
        return next((partner for partner in self.partners if sender in partner.ids), None)

    def partner(self, name: str) -> Partner | None:
        """The partner of this name."""
        return next((partner for partner in self.partners if partner.name == name), None)

    def channel(self, name: str) -> Channel | None:
        """The channel of this name."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def agreement_for(  # noqa: PLR0913 - the coordinates of an agreement
        self,
        entity: str,
        partner: str,
        direction: Direction,
        kind: str,
        usage: str,
        at: datetime,
        *,
        table: bool = False,
    ) -> Agreement | None:
        """The agreement in force for these at this moment, about X12 or about tables; one that names the usage comes first."""
        found = self.partner(partner)
        day = at.date()
        fitting = [
            agreement
            for agreement in (found.agreements if found else ())
            if (agreement.entity, agreement.direction, agreement.kind) == (entity, direction, kind)
            and agreement.usage in (None, usage)
            and (agreement.columns is not None) == table
            and agreement.in_force(day)
        ]
        return max(fitting, key=lambda agreement: agreement.usage is not None, default=None)
