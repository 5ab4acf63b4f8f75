"""The API keys of HTTP channels: one table of them for each channel that has a [channel.http], a hub's or a partner's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from gateway.profiles.http import HttpAccount, HttpKey
from gateway.profiles.inherit import Config, PartnerFile
from gateway.profiles.locate import Place
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page
from gateway.profiles.secrets import Keyring, NotKept
from gateway.profiles.shape_http import HttpAccountShape

SHORTEST = 32
"""Characters of a key: what `openssl rand -hex 16` prints, 128 bits, has as many."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A [channel.http]: the channel it opens, and where it stands."""

    channel: str
    shape: HttpAccountShape
    page: Page
    place: Place


def written(config: Config, partners: Iterable[PartnerFile]) -> Iterator[Written]:
    """Every one there is, hubs' first."""
    for name, hub in config.shape.channel.items():
        if hub.http:
            yield Written(channel=name, shape=hub.http, page=config.page, place=("channel", name, "http"))
    for partner in partners:
        name, shape = partner.shape.channel.name or partner.name, partner.shape.channel.http
        if shape and name not in config.shape.channel:
            yield Written(channel=name, shape=shape, page=partner.page, place=("channel", "http"))


def key_files(config: Config, partners: Iterable[PartnerFile]) -> tuple[str, ...]:
    """The files that hold keys."""
    return tuple(key.file for one in written(config, partners) for key in one.shape.keys.values() if key.file)


def api_keys(
    config: Config, partners: Iterable[PartnerFile], keyring: Keyring, mistakes: list[Mistake]
) -> dict[str, HttpAccount]:
    """The account of each channel that has one; a key that is not kept, is short, or opens another channel too is a mistake."""
    found: dict[str, HttpAccount] = {}
    first: dict[str, tuple[Written, str]] = {}
    for one in written(config, partners):
        keys = [HttpKey(name=name, sha256=_digest(one, name, keyring, mistakes)) for name in one.shape.keys]
        for key in keys:
            before, its_name = first.setdefault(key.sha256, (one, key.name)) if key.sha256 else (one, key.name)
            if before is not one:
                line = one.page.line((*one.place, "keys", key.name))
                where = before.page.origin((*before.place, "keys", its_name))
                also = (before.page.name,)
                mistakes.append(mistake("api_key_twice", one.page.name, line, also=also, name=key.name, where=where))
        found[one.channel] = HttpAccount(keys=tuple(keys), content_types=tuple(one.shape.content_types))
    return found


def _digest(one: Written, name: str, keyring: Keyring, mistakes: list[Mistake]) -> str | None:
    line = one.page.line((*one.place, "keys", name))
    try:
        key = keyring.find(one.shape.keys[name])
    except NotKept as missing:
        key_said = f'the API key "{name}"'
        mistakes.append(
            mistake("secret_missing", one.page.name, line, key=key_said, place=missing.place, detail=missing.detail)
        )
        return None
    if key is None:
        return None
    if len(key) < SHORTEST or not key.isascii() or not key.isprintable() or " " in key:
        mistakes.append(mistake("api_key_unfit", one.page.name, line, name=name, least=SHORTEST))
        return None
    return hashlib.sha256(key.encode()).hexdigest()
