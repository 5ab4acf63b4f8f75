"""The way in of a new partner: a folder, an account on a server of ours, or a mailbox on theirs; secrets by their place alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gateway.model.outcomes import Refused
from gateway.profiles.mailbox import host_key
from gateway.terminal.onboarding.asking import Asker, Known, Question
from gateway.terminal.onboarding.draft import ChannelDraft, MailboxDraft
from gateway.terminal.onboarding.wanted import CHANNELS, Wanted
from gateway.x12.charset import printable

_LARGEST_KEY: Final = 16_384
_PLACE: Final = re.compile(r"(env):([A-Za-z_][A-Za-z0-9_]*)|(file):(\S.*)")
_LOGIN: Final = re.compile(r"([^@\s]+)@([A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


def channel_draft(wanted: Wanted, asker: Asker) -> ChannelDraft:
    """The channel as told, or as asked; a folder where nothing is said."""
    # A folder belongs to every channel; to wait until a file rests is right whatever writes into it.
    complete = wanted.complete or "stable"
    question = Question(f"How do files come ({', '.join(CHANNELS)})?", "--channel folder", offered=True)
    usual = Known("folder", "where nothing else is said")
    kind = asker.settle(question, _kind_told(wanted), usual, _one_of_channels) or usual
    if kind.value == "sftp":
        return ChannelDraft(kind=kind, complete=complete, keys=_keys(wanted, asker))
    if kind.value == "http":
        return ChannelDraft(
            kind=kind, complete=complete, api_key=_secret("API key", "--api-key", wanted.api_key, asker)
        )
    if kind.value == "mailbox":
        return ChannelDraft(kind=kind, complete=complete, mailbox=_mailbox(wanted, asker))
    return ChannelDraft(kind=kind, complete=complete)


def _kind_told(wanted: Wanted) -> str | None:
    """The channel that was named, or that another flag makes plain."""
    plain = {"sftp": wanted.sftp_keys, "http": wanted.api_key, "mailbox": wanted.mailbox}
    return wanted.channel or next((kind for kind, flag in plain.items() if flag), None)


def _one_of_channels(text: str) -> str:
    if text not in CHANNELS:
        raise Refused("onboarding.no_channel", value=printable(text)[:60], known=", ".join(CHANNELS))
    return text


def _keys(wanted: Wanted, asker: Asker) -> tuple[str, ...]:
    if wanted.sftp_keys:
        return tuple(_public_key(path) for path in wanted.sftp_keys)
    question = Question("A file with its public SSH key?", "--sftp-key FILE")
    key = asker.settle(question, None, None, lambda text: _public_key(Path(text)))
    return (key.value,) if key else ()


def _mailbox(wanted: Wanted, asker: Asker) -> MailboxDraft | None:
    """A mailbox on a server of theirs; its host key is never taken from the network, where anybody could answer."""
    login = asker.settle(
        Question("Account and server of the mailbox (user@host)?", "--mailbox USER@HOST"), wanted.mailbox, None, _login
    )
    key = asker.settle(
        Question("A file with the public host key that they told you?", "--host-key FILE"),
        str(wanted.host_key) if wanted.host_key else None,
        None,
        lambda text: _host_key(Path(text)),
    )
    take, put = (
        asker.settle(Question(text, flag), told, None, _folder)
        for text, flag, told in (
            ("The folder there with their files?", "--take-from FOLDER", wanted.take_from),
            ("The folder there for our answers?", "--put-into FOLDER", wanted.put_into),
        )
    )
    secret = _secret("private key of ours", "--key", wanted.key, asker) if not wanted.password else None
    password = _place(wanted.password) if wanted.password else None
    found = _LOGIN.fullmatch(login.value) if login else None
    if found is None or key is None or take is None or put is None or not (secret or password):
        return None  # told or refused together with all else that is missing
    return MailboxDraft(
        user=found[1],
        host=found[2],
        port=int(found[3]) if found[3] else None,
        host_key=key.value,
        take_from=take.value,
        put_into=put.value,
        key=secret,
        password=password,
    )


def _login(text: str) -> str:
    if not _LOGIN.fullmatch(text):
        raise Refused("onboarding.no_pair", value=printable(text)[:60], flag="--mailbox USER@HOST or USER@HOST:PORT")
    return text


def _folder(text: str) -> str:
    if not text or not text.isprintable():
        raise Refused("onboarding.no_pair", value=printable(text)[:60], flag="a folder such as /out")
    return text


def _secret(what: str, flag: str, told: str | None, asker: Asker) -> tuple[str, str] | None:
    """Where a secret is kept; the secret itself is neither asked for nor written."""
    question = Question(f"Where is the {what} kept (env:NAME or file:PATH)?", f"{flag} env:NAME")
    known = asker.settle(question, told, None, _as_place)
    return _place(known.value) if known else None


def _as_place(text: str) -> str:
    return ":".join(_place(text))


def _place(text: str) -> tuple[str, str]:
    found = _PLACE.fullmatch(text)
    if not found:
        raise Refused("onboarding.no_place")  # what was typed may be the secret, and is not shown
    return (found[1], found[2]) if found[1] else (found[3], found[4])


def _public_key(path: Path) -> str:
    lines = _key_lines(path)
    if len(lines) != 1:
        raise Refused("onboarding.no_key", file=path, why="it is not one line like: ssh-ed25519 AAAA...")
    return " ".join(lines[0].split()[:2])


def _host_key(path: Path) -> str:
    """The first key in a file as ssh-keyscan or a server's own public half has it."""
    lines = _key_lines(path)
    keys = (host_key(line) or host_key(line.partition(" ")[2]) for line in lines)
    found = next((key for key in keys if key), None)
    if found is None:
        raise Refused("onboarding.no_key", file=path, why="it holds no line like: ssh-ed25519 AAAA...")
    return found


def _key_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_KEY).decode("ascii", "replace").strip()
    except OSError as error:
        raise Refused("onboarding.no_key", file=path, why=error.strerror or error) from error
    if "PRIVATE KEY" in text:
        raise Refused("onboarding.no_key", file=path, why="it is a private key, which must never leave its owner")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
