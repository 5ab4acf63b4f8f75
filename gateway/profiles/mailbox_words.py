"""What `gateway check` says about a channel's mailbox: where, when, what happens with the files, and what is told."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.profiles.mailbox import Mailbox, clock_said, days_said, fingerprint

_MEGA = 1 << 20


def about_mailbox(mailbox: Mailbox, channel: str) -> Iterator[str]:
    """The sentences, in the order in which a visit goes."""
    where = f"{mailbox.user}@{mailbox.address}"
    keys = " or ".join(fingerprint(key) for key in mailbox.host_keys)
    means = "our private key" if mailbox.key else "a password"
    yield f"The gateway logs in at {where} with {means}, and only where the server shows {keys}."
    if len(mailbox.host_keys) == 1:
        yield "No next host key is pinned: when the server changes its key, it is refused until a person adds the new one."
    if mailbox.take_from is None:
        yield f"Nothing is fetched from there: files come by inbox/{channel} alone."
    else:
        yield (
            f"It fetches files from {mailbox.take_from} {_when(mailbox)}. They count as complete there as in inbox/{channel}; "
            f"up to {mailbox.largest // _MEGA} MB each, {mailbox.files_per_visit} in one visit, the oldest first."
        )
        yield f"A file is {_then(mailbox)} there when it is kept here, never before."
        yield from _told(mailbox)
    if mailbox.put_into is None:
        yield f"Answers are not put there: they go to outbox/{channel}."
    else:
        yield f"Answers are put into {mailbox.put_into} as soon as they are due: under a temporary name first, then renamed."


def _when(mailbox: Mailbox) -> str:
    times = f'when "{mailbox.cron}" is due' if mailbox.cron else f"every {mailbox.every_seconds:g} seconds"
    windows = f", {' and '.join(str(window) for window in mailbox.windows)}" if mailbox.windows else ""
    holidays = f", not on {len(mailbox.holidays)} holidays" if len(mailbox.holidays) > 1 else ""
    holidays = f", not on {mailbox.holidays[0]}" if len(mailbox.holidays) == 1 else holidays
    zone = f" ({mailbox.timezone} time)" if windows or holidays or mailbox.cron else ""
    return f"{times}{windows}{holidays}{zone}"


def _then(mailbox: Mailbox) -> str:
    return "deleted" if mailbox.done is None else f"moved to {mailbox.done}"


def _told(mailbox: Mailbox) -> Iterator[str]:
    yield (
        "A case tells of a server that cannot be reached for two minutes, shows another key or does not let us in; "
        "it is tried again by itself, and the case closes when it works."
    )
    if mailbox.windows or mailbox.cron:
        yield "A case tells of a time at which no look succeeded though one was due."
    if mailbox.expect_by is not None:
        days = days_said(mailbox.expect_days)
        yield f"A case tells where no file has come by {clock_said(mailbox.expect_by)}, {days} ({mailbox.timezone} time)."
