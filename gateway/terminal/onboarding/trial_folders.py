"""The folders of a channel: there, writable, on one disk; and who else may write to them."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from gateway.profiles.agreement import Channel
from gateway.settings import Home
from gateway.terminal.onboarding.steps import Step, left_out, well, wrong

_PROCESSING = ".processing"  # as gateway.channels.claims has it: inside each folder, since a claim is a rename


def folder_steps(home: Home, channel: Channel, *, running: bool) -> Iterator[Step]:
    """Look at inbox and outbox as the gateway uses them; what is tried is taken away again."""
    owner = home.var.stat().st_uid if home.var.is_dir() else os.getuid()
    if owner != os.getuid():
        yield left_out(
            f"You are {_user(os.getuid())}, and the gateway's own folder belongs to {_user(owner)}. What is told of "
            f"folders is true of you; call this as {_user(owner)} to hear what is true of the gateway."
        )
    for folder, what in ((home.inbox / channel.name, "files come"), (home.outbox / channel.name, "answers go")):
        yield _folder(home, folder, what, running=running)
    inbox = home.inbox / channel.name
    if inbox.is_dir():
        yield _claimable(home, inbox)


def _folder(home: Home, folder: Path, what: str, *, running: bool) -> Step:
    shown = folder.relative_to(home.root)
    if not folder.is_dir():
        who = "A running gateway makes it within seconds; if it stays away, its log" if running else "`gateway run`"
        return wrong(f"{shown}, where {what}, is not there. {who} {'says why' if running else 'makes it'}.")
    probe = folder / f".gateway-test-{uuid4().hex}"  # such names are never looked at
    try:
        with probe.open("xb") as file:
            file.write(b"test\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return wrong(f"{shown}, where {what}, cannot be written: {error.strerror}. {_rights(folder)}")
    finally:
        with suppress(OSError):
            probe.unlink()
    return well(f"{shown}, where {what}, can be read and written. {_rights(folder)}")


def _claimable(home: Home, inbox: Path) -> Step:
    """Whether a file can be taken by renaming it, as the gateway does."""
    shown = inbox.relative_to(home.root)
    processing = inbox / _PROCESSING
    if processing.is_symlink() or (processing.exists() and processing.stat().st_dev != inbox.stat().st_dev):
        return wrong(
            f"{shown}/{_PROCESSING} is a link or on another disk: a file cannot be taken by renaming it. Remove it."
        )
    place = inbox / f".gateway-test-{uuid4().hex}"
    file = inbox / f"{place.name}.part"
    try:
        file.write_bytes(b"test\n")
        place.mkdir(mode=0o700)
        file.rename(place / "taken")
    except OSError as error:
        return wrong(f"A file in {shown} cannot be taken by renaming it: {error.strerror}. {_rights(inbox)}")
    finally:
        for leftover in (file, place / "taken"):
            with suppress(OSError):
                leftover.unlink()
        with suppress(OSError):
            place.rmdir()
    return well(f"A file in {shown} can be taken in one step: it is renamed within one disk.")


def _rights(folder: Path) -> str:
    """Who may put files there, in words."""
    status = folder.stat()
    who = [_user(status.st_uid)] if status.st_mode & stat.S_IWUSR else []
    who += [f"members of {_group(status.st_gid)}"] if status.st_mode & stat.S_IWGRP else []
    who += ["everybody"] if status.st_mode & stat.S_IWOTH else []
    return f"{' and '.join(who) or 'Nobody'} may write there ({stat.filemode(status.st_mode)})."


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"group {number}"
