"""From the TOML files of a home to what is in force: every mistake collected, and everything sound still working."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gateway.model.limits import Limits
from gateway.profiles.agreement import Channel, Profiles
from gateway.profiles.assemble import CONFIG, PARTNER, Assembled, Files, assemble
from gateway.profiles.http import HttpServer
from gateway.profiles.mistakes import Mistake, in_order, mistake
from gateway.profiles.page import LARGEST, Page, read_page
from gateway.profiles.secrets import Keyring
from gateway.profiles.sftp import SftpServer


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of a home come to.

    `profiles` holds what is in force: partners whose file is sound (or, while the daemon runs, was sound the last
    time). `mistakes` are all there are, in order. `held` names the partners of whom no version is in force; their
    channels are in `profiles`, marked held. `usable` is False where config itself is not: nothing is in force then.
    `limits`, `timezone`, `lab_port`, `disk_reserve_mb`, `sftp` and `http` (None: no server) are what config says for the whole home,
    `files` the bytes that are in force.
    """

    profiles: Profiles = Profiles(entities=(), partners=(), channels=(), targets=())
    mistakes: tuple[Mistake, ...] = ()
    held: tuple[str, ...] = ()
    usable: bool = True
    limits: Limits = Limits()
    timezone: str = "UTC"
    lab_port: int = 0
    disk_reserve_mb: int = 256
    sftp: SftpServer | None = None
    http: HttpServer | None = None
    secret_files: tuple[str, ...] = ()
    files: Files = {}

    @property
    def broken_files(self) -> tuple[str, ...]:
        """The files that mistakes stand in."""
        return tuple(sorted({one.file for one in self.mistakes}))


def load(home: Path, *, environ: Mapping[str, str] | None = None, secrets: bool = True) -> Loaded:
    """Read the settings of this home; nothing is raised for a mistake in them.

    `environ` is where `{ env = ... }` secrets are looked up (None: this process's); `secrets=False` leaves them
    alone, for a dry run that posts nothing.
    """
    files, unread = read_files(home)
    environment = os.environ if environ is None else environ
    return in_force(files, {}, unread, Keyring(home=home, environ=environment, wanted=secrets))


def read_files(home: Path) -> tuple[dict[str, bytes], list[Mistake]]:
    """The bytes of every settings file, and a mistake for each that cannot be opened."""
    files: dict[str, bytes] = {}
    unread: list[Mistake] = []
    for name in (CONFIG, *partner_files(home)):
        try:
            with (home / name).open("rb") as file:
                files[name] = file.read(LARGEST + 1)
        except FileNotFoundError:  # config is missed later; a partner's file went between listing and reading
            continue
        except OSError as error:
            unread.append(mistake("unreadable", name, 1, detail=error.strerror))
    return files, unread


def partner_files(home: Path) -> tuple[str, ...]:
    """The names of the partners' files; what editors leave behind (.acme.toml.swp, .#acme.toml) is none."""
    try:
        pages = list((home / "partners").iterdir())
    except FileNotFoundError:
        return ()
    return tuple(sorted(f"partners/{page.name}" for page in pages if page.suffix == ".toml" and page.name[0] != "."))


def in_force(now: Files, good: Files, unread: Iterable[Mistake], keyring: Keyring) -> Loaded:
    """What holds of `now`: each file that has mistakes gives way to its version in `good`, or to nothing.

    A mistake between files makes all of them give way that changed, since none of them is known to be right.
    """
    mistakes = list(unread)
    files = {**{one.file: good[one.file] for one in mistakes if one.file in good}, **now}
    seen = {*now, *(one.file for one in mistakes)}
    # Each turn takes at least one file back to its good version, so there are at most as many turns as files.
    while isinstance(result := assemble(files, {*seen, *files}, keyring), list):
        mistakes += [one for one in result if files.get(one.file) == now.get(one.file)]
        suspects = _suspects(result, files, good)
        if not suspects:
            return _held(Loaded(mistakes=in_order(mistakes), usable=False), sorted(seen), now)
        files = {name: content for name, content in files.items() if name not in suspects}
        files |= {name: good[name] for name in suspects if name in good}
    return _held(_loaded(result, files, in_order(mistakes)), sorted(seen - set(files)), now)


def _suspects(mistakes: Iterable[Mistake], files: Files, good: Files) -> set[str]:
    """The files of these mistakes that are not known to be good."""
    return {
        name
        for one in mistakes
        for name in (one.file, *one.also)
        # Without config nothing works at all, so it gives way to nothing only for a mistake of its own.
        if files.get(name) != good.get(name) and (name != CONFIG or CONFIG in (*good, one.file))
    }


def _loaded(assembled: Assembled, files: Files, mistakes: tuple[Mistake, ...]) -> Loaded:
    return Loaded(
        profiles=assembled.profiles,
        mistakes=mistakes,
        limits=assembled.limits,
        timezone=assembled.timezone,
        lab_port=assembled.lab_port,
        disk_reserve_mb=assembled.disk_reserve_mb,
        sftp=assembled.sftp,
        http=assembled.http,
        secret_files=assembled.secret_files,
        files=files,
    )


def _held(loaded: Loaded, without: Iterable[str], now: Files) -> Loaded:
    """The same, with a held channel for every partner of whom no version is in force."""
    names = [found[1] for name in without if (found := PARTNER.fullmatch(name))]
    channels = {channel.name: channel for channel in loaded.profiles.channels}
    for name in names:
        folder = _folder(name, now.get(f"partners/{name}.toml", b""))
        channels.setdefault(folder, Channel(name=folder, carries=(name,), held=True))
    profiles = msgspec.structs.replace(loaded.profiles, channels=tuple(channels.values()))
    return msgspec.structs.replace(loaded, profiles=profiles, held=tuple(names))


def _folder(name: str, content: bytes) -> str:
    """Where a partner's files lie, as far as its broken file tells."""
    page = read_page(name, content)
    channel = page.values.get("channel") if isinstance(page, Page) else None
    folder = channel.get("name") if isinstance(channel, dict) else None
    return folder if isinstance(folder, str) and PARTNER.fullmatch(f"partners/{folder}.toml") else name
