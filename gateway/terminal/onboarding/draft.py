"""A partner before it has a file: every value that will be written, with where it comes from."""

from __future__ import annotations

import msgspec

from gateway.model.identifiers import PartyId
from gateway.terminal.onboarding.asking import Known
from gateway.terminal.onboarding.columns import Proposal


class TableDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement about tables of one kind: the map, how days are written in it, and the columns' example values."""

    proposal: Proposal
    kind: Known
    dates: Known | None
    source: str


Place = tuple[str, str]
"""Where a secret is kept: ("env", a name) or ("file", a path)."""


class MailboxDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A mailbox on a server of theirs; we log in with one of `key` and `password`."""

    host: str
    port: int | None
    user: str
    host_key: str
    take_from: str
    put_into: str
    key: Place | None
    password: Place | None


class ChannelDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The way in and out: `kind` is "folder", "sftp" (with public `keys`), "http" (`api_key`) or "mailbox".

    `complete` is when a file in the folder counts as whole.
    """

    kind: Known
    complete: str = "stable"
    keys: tuple[str, ...] = ()
    api_key: Place | None = None
    mailbox: MailboxDraft | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `kinds` are those that come as X12; `notes` are sentences for the person who adds it."""

    name: str
    title: Known
    direction: Known
    channel: ChannelDraft
    source: str = ""
    identity: Known | None = None
    ids: tuple[PartyId, ...] = ()
    kinds: Known | None = None
    tables: tuple[TableDraft, ...] = ()
    entity: Known | None = None
    partner_gs: Known | None = None
    our_gs: Known | None = None
    separators: Known | None = None
    usage: Known | None = None
    notes: tuple[str, ...] = ()
