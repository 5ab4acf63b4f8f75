"""A remote SFTP mailbox as a partner's file has it: where it is, what is taken and put there, and when."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import date

import msgspec

DAY = 24 * 60
"""Minutes of a day."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAYS = tuple(range(len(DAYS)))

HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_WINDOW = re.compile(r"(?:([a-z,-]+) )?(\d\d:\d\d)-(\d\d:\d\d)")


class SecretPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a secret is kept: an environment variable, or a file (relative to the home)."""

    env: str | None = None
    file: str | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Times at which files may be fetched: on `days` (Monday is 0) from minute `start` to minute `end` of the day.

    Where `end` is not after `start`, it is on the next day.
    """

    days: tuple[int, ...] = ALL_DAYS
    start: int = 0
    end: int = DAY

    def __str__(self) -> str:
        return f"{days_said(self.days)} {clock_said(self.start)}-{clock_said(self.end)}"


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else's SFTP server.

    Files are taken from `take_from` and then deleted, or moved to the folder `done`; answers are put into `put_into`
    (a path that is None: that way is not used). `host_keys` are "type base64", the current one first. One of `key`
    and `password` is set. A look is due every `every_seconds`, or as `cron` says; in `windows`, not on `holidays`.
    `expect_by` is the minute of the day by which a file must have come on each of `expect_days`. `largest` is in bytes.
    `ignore` names entries of `take_from` that may lie there and are nobody's business.
    """

    host: str
    port: int = 22
    user: str
    key: SecretPlace | None = None
    passphrase: SecretPlace | None = None
    password: SecretPlace | None = None
    host_keys: tuple[str, ...]
    take_from: str | None = None
    put_into: str | None = None
    done: str | None = None
    ignore: tuple[str, ...] = ()
    every_seconds: float = 300.0
    cron: str | None = None
    timezone: str = "UTC"
    windows: tuple[Window, ...] = ()
    holidays: tuple[date, ...] = ()
    expect_by: int | None = None
    expect_days: tuple[int, ...] = ALL_DAYS
    largest: int = 1 << 30
    files_per_visit: int = 1000
    connect_seconds: float = 20.0
    reply_seconds: float = 60.0
    visit_seconds: float = 3600.0

    @property
    def address(self) -> str:
        """For people: "sftp.acme.example", with its port where that is not the usual one."""
        return self.host if self.port == 22 else f"{self.host} port {self.port}"  # noqa: PLR2004 - SSH's port

    @property
    def login(self) -> str:
        """What makes it the same mailbox as another: account and host."""
        return f"{self.user}@{self.host.lower()}:{self.port}"


def host_key(line: str) -> str | None:
    """The key of a line as ssh-keyscan or a public key file has it, "type base64"; None where it is none."""
    kind, _, rest = line.strip().partition(" ")
    encoded = rest.strip().partition(" ")[0]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    # RFC 4253 section 6.6: the blob begins with its own type, as a string.
    named = len(kind).to_bytes(4, "big") + kind.encode()
    return f"{kind} {encoded}" if kind in HOST_KEY_TYPES and blob.startswith(named) and len(blob) > len(named) else None


def fingerprint(key: str) -> str:
    """Of a "type base64" key, as ssh-keygen -l shows it: "ssh-ed25519 SHA256:..."."""
    kind, _, encoded = key.partition(" ")
    digest = hashlib.sha256(base64.b64decode(encoded)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def clock_of(text: str) -> int | None:
    """The minute of the day of "17:00"; None where it is no time of day."""
    if not _CLOCK.fullmatch(text):
        return None
    return int(text[:2]) * 60 + int(text[3:])


def clock_said(minute: int) -> str:
    """A minute of the day as people write it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def days_of(text: str) -> tuple[int, ...] | None:
    """The weekdays of "mon-fri" or "mon,wed,sat"; None where one is not named like this."""
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            return None
        since, to = DAYS.index(first), DAYS.index(last)
        days.update(range(since, to + 1) if since <= to else [*range(since, 7), *range(to + 1)])
    return tuple(sorted(days))


def days_said(days: tuple[int, ...]) -> str:
    """Weekdays as their file would have them."""
    if days == ALL_DAYS:
        return "every day"
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):  # noqa: PLR2004 - two days are told one by one
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def window_of(text: str) -> Window | None:
    """The window of "mon-fri 06:00-20:00" or "06:00-20:00"; None where it is none."""
    found = _WINDOW.fullmatch(text)
    if not found:
        return None
    days = days_of(found[1]) if found[1] else ALL_DAYS
    start, end = clock_of(found[2]), clock_of(found[3])
    if days is None or start is None or end is None or start in (end, DAY):
        return None
    return Window(days=days, start=start, end=end)
