"""A draft as the partner's TOML file: each line says what it is for, and which are guesses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Final

import tomlkit

from gateway.model.fields import field_of
from gateway.profiles.agreement import Channel
from gateway.profiles.words import LABELS
from gateway.terminal.onboarding.asking import Known
from gateway.terminal.onboarding.draft import ChannelDraft, Draft, MailboxDraft, Place, TableDraft
from gateway.x12.charset import printable

GUESS: Final = "a guess:"
_AT: Final = 31  # where remarks begin
_WIDTH: Final = 118
_WHOLE: Final = {
    "stable": "a file is whole when it stops changing...",
    "rename": "a file is whole when it appears: it is written under a temporary name and renamed",
    "sentinel": "a file is whole when a second file of its name and the suffix below lies beside it",
}


def page_of(draft: Draft, today: date) -> str:
    """The text of partners/NAME.toml."""
    told = f" from {draft.source}" if draft.source else ""
    lines = [
        *_remark(f"{draft.title.value}, added with `gateway partner add` on {today}{told}."),
        *_remark(f"What is called a guess is to be looked at; `gateway check {draft.name}` says what all comes to."),
        "",
        _line(f"title = {_text(draft.title.value)}", _why(draft.title)),
        *_identities(draft),
        *_channel(draft),
        *_defaults(draft),
        *(_x12(draft, draft.kinds) if draft.kinds else ()),
        *(line for table in draft.tables for line in _table(draft, table)),
    ]
    return "\n".join(lines) + "\n"


def _identities(draft: Draft) -> Iterator[str]:
    for nth, one in enumerate(draft.ids):
        why = f": {_why(draft.identity)}" if draft.identity and not nth else ""
        yield ""
        yield _line("[[identity]]", f"how it signs interchanges, ISA05 and ISA06{why}")
        yield f"qualifier = {_text(one.qualifier)}"
        yield f"id = {_text(one.id)}"


def _channel(draft: Draft) -> Iterator[str]:
    channel = draft.channel
    yield ""
    yield _line("[channel]", f"its files arrive in inbox/{draft.name}, our answers go to outbox/{draft.name}")
    yield _line(f"complete = {_text(channel.complete)}", _WHOLE[channel.complete])
    usual = Channel(name="", carries=())
    if channel.complete == "stable":
        yield _line(f"stable_seconds = {usual.stable_seconds:g}", "...for this long")
    if channel.complete == "sentinel":
        yield _line(f"sentinel = {_text(usual.sentinel)}", "invoice.edi.done says that invoice.edi is whole")
    if channel.keys:
        yield from _sftp(channel)
    if channel.api_key:
        yield ""
        yield _line("[channel.http]", "it posts files to our HTTP server; docs/http.md tells how")
        yield _line(f"keys = {{ first = {_place(channel.api_key)} }}", "where the API key is kept, never the key")
    if channel.mailbox:
        yield from _mailbox(channel.mailbox)


def _sftp(channel: ChannelDraft) -> Iterator[str]:
    yield ""
    yield _line("[channel.sftp]", "its account on our SFTP server; the account's name is that of this file")
    yield _line("keys = [", "the public keys that open it")
    yield from (f"  {_text(key)}," for key in channel.keys)
    yield "]"


def _mailbox(mailbox: MailboxDraft) -> Iterator[str]:
    yield ""
    yield _line("[channel.mailbox]", "we log in there, take its files and put our answers")
    yield f"host = {_text(mailbox.host)}"
    if mailbox.port:
        yield f"port = {mailbox.port}"
    yield f"user = {_text(mailbox.user)}"
    yield _line(f"host_keys = [{_text(mailbox.host_key)}]", "only a server that shows this key gets anything of ours")
    for name, secret in (("key", mailbox.key), ("password", mailbox.password)):
        if secret:
            yield _line(f"{name} = {_place(secret)}", f"where the {name} is kept, never the {name}")
    yield f"take_from = {_text(mailbox.take_from)}"
    yield f"put_into = {_text(mailbox.put_into)}"


def _place(secret: Place) -> str:
    return f"{{ {secret[0]} = {_text(secret[1])} }}"


def _defaults(draft: Draft) -> Iterator[str]:
    settings = [
        ("entity", draft.entity, "which of us it deals with"),
        ("partner_gs", draft.partner_gs, "how its groups name it, GS02"),
        ("our_gs", draft.our_gs, "how its groups name us, GS03"),
        ("separators", draft.separators, "we write with the separators that it uses"),
    ]
    written = [(key, known, what) for key, known, what in settings if known is not None]
    if written:
        yield ""
        yield _line("[defaults]", "for every agreement with it; config/gateway.toml says what else holds")
    for key, known, what in written:
        value = _text(known.value) if key in ("entity", "our_gs") else known.value
        yield _line(f"{key} = {value}", f"{what}: {_why(known)}")


def _x12(draft: Draft, kinds: Known) -> Iterator[str]:
    listed = kinds.value.split()
    yield ""
    yield _line("[[agreement]]", f"{', '.join(LABELS[kind] for kind in listed)} as X12: {_why(kinds)}")
    yield f"kinds = [{', '.join(map(_text, listed))}]"
    yield _line(f"direction = {_text(draft.direction.value)}", f'"in" is what it sends to us: {_why(draft.direction)}')
    if draft.usage:
        yield _line(f"usage = {_text(draft.usage.value)}", f"ISA15, P production or T test: {_why(draft.usage)}")


def _table(draft: Draft, table: TableDraft) -> Iterator[str]:
    proposal = table.proposal
    yield ""
    yield _line("[[agreement]]", f"{LABELS[proposal.kind]} as tables: {_why(table.kind)}")
    yield f"kinds = [{_text(proposal.kind)}]"
    yield _line(f"direction = {_text(draft.direction.value)}", "what it sends to us")
    yield 'format = "csv"'
    yield ""
    yield _line("[agreement.csv]", "how its tables are read")
    if table.dates:
        yield _line(f"dates = {_text(table.dates.value)}", f"how days are written: {_why(table.dates)}")
    if proposal.decimal != ".":
        yield _line(
            f"decimal = {_text(proposal.decimal)}", f"{GUESS} the numbers in {table.source} have it before decimals"
        )
    yield _line('group_by = ["number"]', "rows with the same number make one document")
    yield ""
    yield _line("[agreement.csv.columns]", "the name in the header, and the field that the column holds")
    for guess in proposal.guesses:
        field = field_of(proposal.kind, guess.field)
        said = f"{field.what if field else guess.field}; {'' if guess.told else f'{GUESS} '}{guess.why}"
        yield _line(f"{_text(guess.column)} = {_text(guess.field)}", said)
    if proposal.left:
        yield from _remark("These columns are not read. To read one, take off the # and name its field:")
        yield from (f'# {_text(name)} = "..."' for name in proposal.left)
    if proposal.values:
        yield ""
        yield _line("[agreement.csv.values]", "what no column says, the same in every row")
        yield from (f"{_text(field)} = {_text(value)}" for field, value in proposal.values)


def _why(known: Known) -> str:
    return f"{GUESS} {known.why}" if known.guessed else known.why


def _line(text: str, remark: str) -> str:
    """A line with its remark; one that grows too long has it above, so that both can be read."""
    remark = printable(remark)
    beside = f"{f'{text} ':<{_AT}}# {remark}"
    return beside if len(beside) <= _WIDTH else "\n".join([*_remark(remark), text])


def _remark(text: str) -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=True)


def _text(value: str) -> str:
    """The value in quotes, whatever is in it."""
    return tomlkit.item(value).as_string()
