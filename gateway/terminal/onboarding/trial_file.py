"""A test file dropped as the partner would drop it, and its answer waited for: nothing is booked, since it says that it is a test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gateway.profiles.agreement import AckKind, Agreement, Channel, Partner
from gateway.settings import Home
from gateway.terminal.onboarding.examples import Numbers, x12_good
from gateway.terminal.onboarding.kit import received
from gateway.terminal.onboarding.steps import Step, left_out, well, wrong
from gateway.x12.maps import Maps

_LOOK = 0.2  # seconds between looks at the outbox
_LARGEST = 1 << 16  # bytes of an answer to one small file


def sent_and_answered(home: Home, partner: Partner, channel: Channel, *, running: bool, wait: float) -> Step:
    """Drop a test file and wait for its acknowledgment; both are taken away again."""
    agreed = _testable(partner)
    reason = _reason_not(partner, channel, agreed, running=running)
    if agreed is None or reason:
        return left_out(f"No test file was dropped: {reason}.")
    control = int(time.time()) % 1_000_000_000 or 1
    numbers = Numbers(control=control, document=f"TEST-{control}", at=datetime.now(UTC))
    inbox, outbox = home.inbox / channel.name, home.outbox / channel.name
    name = f"gateway-test-{control}.edi"
    began = time.monotonic()
    _drop(inbox, name, channel, x12_good(agreed, partner.ids[0], numbers, Maps()))
    answer = _answer(outbox, f"{agreed.separators.element}{control}", until=began + channel.stable_seconds + wait)
    seconds = time.monotonic() - began
    if answer is not None:
        verdict = _verdict(answer, agreed)
        with suppress(OSError):
            answer.unlink()
        return (well if verdict == "A" else wrong)(
            f"A test file ({name}, usage T) was dropped into inbox/{channel.name} and answered after {seconds:.0f} seconds "
            f"with {answer.relative_to(outbox)}, which says {verdict}. Nothing was booked. The answer was taken away again."
        )
    if _taken_back(inbox, name, channel):
        return wrong(
            f"A test file lay in inbox/{channel.name} for {seconds:.0f} seconds and was not taken; it was removed again. "
            "`gateway queue` and var/gateway.log say why."
        )
    return wrong(
        f"A test file ({name}) was taken from inbox/{channel.name}, and no answer came into outbox/{channel.name} within "
        f"{seconds:.0f} seconds. `gateway queue` says whether it waits."
    )


def _testable(partner: Partner) -> Agreement | None:
    """An agreement in force under which a test is answered and goes to no ERP at all."""
    now = datetime.now(UTC)
    fitting = (
        each
        for each in received(partner, now)
        if each.columns is None
        and each.usage != "P"
        and each.test_erp is None
        and each.acknowledgment is not AckKind.NONE
        and each.in_force(now.date())
    )
    return next(fitting, None)


def _reason_not(partner: Partner, channel: Channel, agreed: Agreement | None, *, running: bool) -> str:
    """Why none is dropped; empty where one can be."""
    if agreed is None:
        if all(each.columns is not None for each in received(partner, datetime.now(UTC))):
            return "a table cannot say that it is a test, so every one is taken as real"
        return "no agreement about X12 is in force under which a test (ISA15 = T) is answered and posted to no ERP"
    if channel.mailbox and channel.mailbox.put_into:
        return f"its answer would be put into {channel.mailbox.put_into} at {channel.mailbox.address}, where the partner takes it"
    return "" if running else "no gateway is running here; start it (`gateway run`) and call this again"


def _drop(inbox: Path, name: str, channel: Channel, content: bytes) -> None:
    """As a careful sender does: under a temporary name, then renamed, then the sentinel."""
    temporary = inbox / f".{name}.part"
    temporary.write_bytes(content)
    temporary.rename(inbox / name)
    if channel.complete == "sentinel":
        (inbox / f"{name}{channel.sentinel}").touch()


def _taken_back(inbox: Path, name: str, channel: Channel) -> bool:
    """Whether it still lay there and is gone now."""
    try:
        (inbox / name).unlink()
    except FileNotFoundError:
        return False
    with suppress(FileNotFoundError):
        (inbox / f"{name}{channel.sentinel}").unlink()
    return True


def _answer(outbox: Path, number: str, *, until: float) -> Path | None:
    """The acknowledgment of the group of this number, once it lies in the outbox or one of its folders."""
    while time.monotonic() < until:
        for path in _files(outbox):
            with suppress(OSError):
                if (
                    path.stat().st_size <= _LARGEST
                    and b"AK1" in (content := path.read_bytes())
                    and number.encode() in content
                ):
                    return path
        time.sleep(_LOOK)
    return None


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from (each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        elif path.is_file():
            yield path


def _verdict(answer: Path, agreed: Agreement) -> str:
    """AK901 of the acknowledgment: A taken, E with remarks, P in part, R refused."""
    mark = f"AK9{agreed.separators.element}"
    text = answer.read_bytes().decode("latin-1")
    return text[text.index(mark) + len(mark) :][:1] if mark in text else "?"
