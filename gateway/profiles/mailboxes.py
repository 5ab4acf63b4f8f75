"""The remote mailboxes: one for each channel that has a [channel.mailbox], a hub's or a partner's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway.profiles.inherit import Config, PartnerFile
from gateway.profiles.locate import Place
from gateway.profiles.mailbox import Mailbox
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page
from gateway.profiles.secrets import Keyring, NotKept
from gateway.profiles.shape_mailbox import MailboxShape


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A [channel.mailbox]: the channel it belongs to, what it comes to, and where it stands."""

    channel: str
    shape: MailboxShape
    mailbox: Mailbox
    page: Page
    place: Place


def written(config: Config, partners: Iterable[PartnerFile]) -> Iterator[Written]:
    """Every one there is, hubs' first. Its times are the partner's, or ours, where it names no zone of its own."""
    ours = config.shape.gateway.timezone
    for name, hub in config.shape.channel.items():
        if hub.mailbox:
            place = ("channel", name, "mailbox")
            box = hub.mailbox.mailbox(ours)
            yield Written(channel=name, shape=hub.mailbox, mailbox=box, page=config.page, place=place)
    for partner in partners:
        name, shape = partner.shape.channel.name or partner.name, partner.shape.channel.mailbox
        if shape and name not in config.shape.channel:
            box = shape.mailbox(partner.shape.timezone or ours)
            yield Written(channel=name, shape=shape, mailbox=box, page=partner.page, place=("channel", "mailbox"))


def mailboxes(
    config: Config, partners: Iterable[PartnerFile], keyring: Keyring, mistakes: list[Mistake]
) -> dict[str, Mailbox]:
    """The mailbox of each channel that has one; a key or password that is not kept is a mistake."""
    found = {}
    for each in written(config, partners):
        found[each.channel] = each.mailbox
        for key in ("key", "passphrase", "password"):
            secret = getattr(each.shape, key)
            try:
                if secret:
                    keyring.find(secret)
            except NotKept as missing:
                line = each.page.line((*each.place, key))
                mistakes.append(
                    mistake("secret_missing", each.page.name, line, key=key, place=missing.place, detail=missing.detail)
                )
    return found


def mailboxes_are_one_channels(config: Config, partners: Iterable[PartnerFile]) -> Iterator[Mistake]:
    """Files of one folder are fetched for one channel, which has one way to send."""
    first: dict[tuple[str, str], Written] = {}
    for each in written(config, partners):
        if config.shape.channel[each.channel].sftp if each.channel in config.shape.channel else _has_account(each):
            yield mistake("mailbox_and_account", each.page.name, each.page.line(each.place))
        if each.mailbox.take_from is None:
            continue
        before = first.setdefault((each.mailbox.login, each.mailbox.take_from), each)
        if before is not each:
            line = each.page.line((*each.place, "take_from"))
            where = before.page.origin((*before.place, "take_from"))
            facts = {"folder": each.mailbox.take_from, "host": each.mailbox.address, "where": where}
            yield mistake("mailbox_twice", each.page.name, line, also=(before.page.name,), **facts)


def _has_account(each: Written) -> bool:
    return (*each.place[:-1], "sftp") in each.page.lines
