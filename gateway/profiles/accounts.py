"""The logins on our SFTP server: one for each channel that has a [channel.sftp], a hub's or a partner's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway.profiles.inherit import Config, PartnerFile
from gateway.profiles.locate import Place
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page
from gateway.profiles.secrets import Keyring, NotKept
from gateway.profiles.sftp import SftpAccount
from gateway.profiles.shape_sftp import SftpAccountShape


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A [channel.sftp]: the channel it opens, and where it stands."""

    channel: str
    shape: SftpAccountShape
    page: Page
    place: Place

    @property
    def account(self) -> str:
        """The name to log in with: the channel's, unless another is given."""
        return self.shape.account or self.channel


def logins(config: Config, partners: Iterable[PartnerFile]) -> Iterator[Login]:
    """Every one that is written, hubs' first."""
    for name, hub in config.shape.channel.items():
        if hub.sftp:
            yield Login(channel=name, shape=hub.sftp, page=config.page, place=("channel", name, "sftp"))
    for partner in partners:
        name = partner.shape.channel.name or partner.name
        if partner.shape.channel.sftp and name not in config.shape.channel:
            yield Login(channel=name, shape=partner.shape.channel.sftp, page=partner.page, place=("channel", "sftp"))


def secret_files(config: Config, partners: Iterable[PartnerFile]) -> tuple[str, ...]:
    """The files that hold password hashes."""
    passwords = (login.shape.password for login in logins(config, partners))
    return tuple(password.file for password in passwords if password and password.file)


def accounts(
    config: Config, partners: Iterable[PartnerFile], keyring: Keyring, mistakes: list[Mistake]
) -> dict[str, SftpAccount]:
    """The account of each channel that has one; a password that is not kept, or not hashed, is a mistake."""
    return {
        login.channel: SftpAccount(
            account=login.account,
            keys=tuple(login.shape.keys),
            password=_password(login, keyring, mistakes),
            networks=tuple(login.shape.networks),
        )
        for login in logins(config, partners)
    }


def _password(login: Login, keyring: Keyring, mistakes: list[Mistake]) -> str | None:
    if login.shape.password is None:
        return None
    line = login.page.line((*login.place, "password"))
    try:
        hashed = keyring.find(login.shape.password)
    except NotKept as missing:
        mistakes.append(
            mistake("secret_missing", login.page.name, line, key="password", place=missing.place, detail=missing.detail)
        )
        return None
    if hashed is not None and not hashed.startswith("$argon2"):
        mistakes.append(mistake("password_not_hashed", login.page.name, line))
        return None
    return hashed


def accounts_are_one_channels(config: Config, partners: Iterable[PartnerFile]) -> Iterator[Mistake]:
    """A name to log in with opens one channel."""
    first: dict[str, Login] = {}
    for login in logins(config, partners):
        before = first.setdefault(login.account, login)
        if before is not login:
            line = login.page.line((*login.place, "account"))
            facts = {"name": login.account, "where": before.page.origin((*before.place, "account"))}
            yield mistake("account_twice", login.page.name, line, also=(before.page.name,), **facts)
