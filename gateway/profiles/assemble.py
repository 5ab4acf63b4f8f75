"""From the bytes of all settings files to `Profiles`, where they have no mistake; else to all their mistakes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping

import msgspec

from gateway.model.catalogue import ENGLISH
from gateway.model.limits import Limits
from gateway.profiles.accounts import accounts, secret_files
from gateway.profiles.agreement import Channel, ErpTarget, Partner, Profiles
from gateway.profiles.api_keys import api_keys, key_files
from gateway.profiles.crosscheck import Scene, channel_name, crosscheck, entity_of
from gateway.profiles.http import HttpServer
from gateway.profiles.inherit import Config, PartnerFile, identity_of, inherited, party
from gateway.profiles.mailboxes import mailboxes
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import read_page
from gateway.profiles.secrets import Keyring, NotKept
from gateway.profiles.sftp import SftpServer
from gateway.profiles.shape import AgreementShape, ChannelShape, ConfigShape, HubShape, PartnerShape
from gateway.profiles.shaped import shaped

CONFIG = "config/gateway.toml"
PARTNER = re.compile(r"partners/([a-z0-9][a-z0-9_-]{0,39})\.toml")

Files = Mapping[str, bytes]
"""The bytes of every settings file by its name in the home, "partners/acme.toml"."""


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """Profiles, and what config says for the whole home; or mistakes."""

    profiles: Profiles
    limits: Limits
    timezone: str
    lab_port: int
    disk_reserve_mb: int
    sftp: SftpServer | None
    http: HttpServer | None
    secret_files: tuple[str, ...]


def assemble(files: Files, existing: Collection[str], keyring: Keyring) -> Assembled | list[Mistake]:
    """Put these files together; `existing` names all settings files there are, those left out of `files` too."""
    mistakes: list[Mistake] = []
    config = _config(files, mistakes)
    partners = tuple(
        partner for name in sorted(files) if name != CONFIG and (partner := _partner(name, files[name], mistakes))
    )
    if config is None:
        return mistakes
    known = frozenset(found[1] for name in existing if (found := PARTNER.fullmatch(name)))
    mistakes += crosscheck(Scene(config=config, partners=partners, existing=known))
    targets = _targets(config, keyring, mistakes)
    channels = _channels(config, partners, keyring, mistakes)
    return mistakes or Assembled(
        profiles=Profiles(
            entities=tuple(identity_of(entity) for entity in config.shape.entity),
            partners=tuple(_agreed(config, partner, files) for partner in partners),
            channels=channels,
            targets=targets,
            sha256=_sha256(files, files),
        ),
        limits=config.shape.limits.limits(),
        timezone=config.shape.gateway.timezone,
        lab_port=config.shape.lab.port,
        disk_reserve_mb=config.shape.gateway.disk_reserve_mb,
        sftp=config.shape.sftp.server() if config.shape.sftp else None,
        http=config.shape.http.server() if config.shape.http else None,
        secret_files=(
            *(erp.token.file for erp in config.shape.erp.values() if erp.token and erp.token.file),
            *secret_files(config, partners),
            *key_files(config, partners),
        ),
    )


def _config(files: Files, mistakes: list[Mistake]) -> Config | None:
    if CONFIG not in files:
        mistakes.append(mistake("missing_config", CONFIG, 1))
        return None
    page = read_page(CONFIG, files[CONFIG])
    if isinstance(page, Mistake):
        mistakes.append(page)
        return None
    shape, found = shaped(page, ConfigShape)
    mistakes += found
    return Config(page=page, shape=shape) if shape else None


def _partner(name: str, content: bytes, mistakes: list[Mistake]) -> PartnerFile | None:
    named = PARTNER.fullmatch(name)
    if named is None:
        mistakes.append(mistake("bad_file_name", name, 1, name=name.removeprefix("partners/").removesuffix(".toml")))
        return None
    page = read_page(name, content)
    if isinstance(page, Mistake):
        mistakes.append(page)
        return None
    shape, found = shaped(page, PartnerShape)
    mistakes += found
    return PartnerFile(name=named[1], page=page, shape=shape) if shape else None


def _targets(config: Config, keyring: Keyring, mistakes: list[Mistake]) -> tuple[ErpTarget, ...]:
    targets = []
    for name, erp in config.shape.erp.items():
        token = None
        try:
            token = keyring.find(erp.token) if erp.token else None
        except NotKept as missing:
            line = config.page.line(("erp", name, "token"))
            mistakes.append(
                mistake("secret_missing", CONFIG, line, key="token", place=missing.place, detail=missing.detail)
            )
        targets.append(
            ErpTarget(
                name=name,
                profile=erp.profile,
                url=erp.url,
                token=token,
                timeout_seconds=erp.timeout_seconds,
                budget_hours=erp.budget_hours,
                concurrency=erp.concurrency,
            )
        )
    return tuple(targets)


def _agreed(config: Config, partner: PartnerFile, files: Files) -> Partner:
    sha256 = _sha256(files, (CONFIG, partner.page.name))
    agreements = [
        agreement
        for number, own in enumerate(partner.shape.agreement)
        if (own.format == "x12" or _mapped(own)) and (entity := entity_of(config, partner, number))
        for agreement in inherited(config, partner, number, entity).agreements(partner.name, sha256)
    ]
    csv_kinds = {
        kind for own in partner.shape.agreement if own.format == "csv" and not _mapped(own) for kind in own.kinds
    }
    return Partner(
        name=partner.name,
        title=partner.shape.title,
        ids=tuple(party(identity) for identity in partner.shape.identity),
        channel=channel_name(partner),
        agreements=tuple(agreements),
        csv_kinds=tuple(sorted(csv_kinds)),
        timezone=partner.shape.timezone or config.shape.gateway.timezone,
        language=partner.shape.language or ENGLISH,
        sha256=sha256,
    )


def _mapped(own: AgreementShape) -> bool:
    """Whether tables of this agreement can be read."""
    return own.format == "csv" and own.csv is not None and own.csv.mapped


def _channels(
    config: Config, partners: Collection[PartnerFile], keyring: Keyring, mistakes: list[Mistake]
) -> tuple[Channel, ...]:
    """The hubs, then a folder for every partner that comes through none."""
    sftp = accounts(config, partners, keyring, mistakes)
    remote = mailboxes(config, partners, keyring, mistakes)
    http = api_keys(config, partners, keyring, mistakes)
    shapes: list[tuple[str, tuple[str, ...], HubShape | ChannelShape]] = [
        (name, tuple(hub.carries), hub) for name, hub in config.shape.channel.items()
    ]
    shapes += [
        (channel_name(partner), (partner.name,), partner.shape.channel)
        for partner in partners
        if channel_name(partner) not in config.shape.channel
    ]
    return tuple(
        Channel(
            name=name,
            carries=carries,
            sftp=sftp.get(name),
            mailbox=remote.get(name),
            http=http.get(name),
            **{
                key: value
                for key in ("complete", "stable_seconds", "sentinel")
                if (value := getattr(shape, key)) is not None
            },
        )
        for name, carries, shape in shapes
    )


def _sha256(files: Files, names: Collection[str]) -> str:
    """One name for these files: over their names and bytes, each with its length, so that nothing can slide from one to the next."""
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n{len(files[name])}\n".encode())
        digest.update(files[name])
    return digest.hexdigest()
