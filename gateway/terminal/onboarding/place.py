"""Putting a new partner's file in place: checked as `gateway check` does before anybody can see it, whole, never over another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from gateway.model.outcomes import Refused
from gateway.profiles.load import Loaded, in_force, read_files
from gateway.profiles.secrets import Keyring
from gateway.settings import Home


def with_partner(home: Home, name: str, text: str) -> Loaded:
    """What would be in force with this file beside all others; raises Refused where it, or config, has a mistake."""
    files, unread = read_files(home.root)
    page = f"partners/{name}.toml"
    keyring = Keyring(home=home.root, environ=os.environ, wanted=False)
    loaded = in_force({**files, page: text.encode()}, {}, unread, keyring)
    mistakes = [one for one in loaded.mistakes if one.concerns(name)]
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Refused("onboarding.would_not_check", file=page, count=count, mistake=mistakes[0])
    return loaded


def secrets_missing(home: Home, name: str, text: str) -> list[str]:
    """What keeps the file from being in force though it is sound: its secrets that cannot be read from here."""
    files, unread = read_files(home.root)
    page = f"partners/{name}.toml"
    loaded = in_force({**files, page: text.encode()}, {}, unread, Keyring(home=home.root, environ=os.environ))
    return [str(one) for one in loaded.mistakes if one.file == page]


def put(home: Home, name: str, text: str) -> Path:
    """Write partners/NAME.toml in one step, on stable storage; raises Refused where there is one already."""
    path = home.partners / f"{name}.toml"
    home.partners.mkdir(exist_ok=True)
    fresh = home.partners / f".{name}.toml.{os.getpid()}"  # names that begin with a full stop are not looked at
    try:
        with fresh.open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)  # unlike a rename, it never takes another file's place
    except FileExistsError as error:
        raise Refused("onboarding.name_taken", name=name, file=f"partners/{name}.toml") from error
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    folder = os.open(home.partners, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
