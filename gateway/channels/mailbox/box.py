"""One mailbox: a visit to it takes what is whole, in an order in which nothing is lost or taken twice.

Fetched to staging and compared with the listing; claimed; admitted, which is custody; only then removed there, or moved
to the folder for what is done. A crash between any two leaves a claim, and the next visit goes on from it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

import msgspec
import structlog

from gateway.channels.mailbox.around import Around
from gateway.channels.mailbox.claims import AT_MOST, Claim, Claims
from gateway.channels.mailbox.connection import connected
from gateway.channels.mailbox.drop import MailboxDrop
from gateway.channels.mailbox.emptying import Emptying
from gateway.channels.mailbox.session import LISTED_AT_MOST, Session, path_in
from gateway.channels.mailbox.trouble import Absent, Changed, Declined, Unreachable
from gateway.channels.mailbox.whole import Found, Looks
from gateway.channels.names import shown
from gateway.channels.oddities import Oddities
from gateway.failpoints import failpoint
from gateway.model.catalogue import finding
from gateway.ports import Admit
from gateway.profiles.agreement import Channel
from gateway.profiles.mailbox import Mailbox

log = structlog.get_logger()

BATCH = 64
BATCH_BYTES = 64 << 20
"""Files, and bytes, that are staged before they are offered together: one commit pays for many."""

SETTLE_AT_MOST = 30.0
"""Seconds that a visit waits for files to come to rest; longer ones wait for the next visit."""

_LOOKS = 3
_PART = ".part"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a visit that reached the mailbox: files taken, files that have yet to come to rest, and whether more are there."""

    taken: int
    settling: int
    more: bool


class Box:
    """What is known of one mailbox between visits. Not for several threads at once."""

    def __init__(self, channel: Channel, mailbox: Mailbox, around: Around) -> None:
        self.channel = channel
        self.mailbox = mailbox
        place = f"{mailbox.address}:{mailbox.take_from}"
        self.oddities = Oddities(channel.name, around.monotonic, place)
        self._around = around
        self._looks = Looks(channel, around.monotonic, self.oddities)
        self._claims = Claims(mailbox, around.staging / "claims")
        self._emptying = Emptying(mailbox, self._claims, self.oddities)
        self._failed: set[bytes] = set()  # names that could not be fetched the last time
        self._began = 0.0
        with contextlib.suppress(OSError):  # what a crash left was not admitted, or is in the archive
            for path in around.staging.glob(f"*{_PART}"):
                path.unlink()

    def visit(self, admit: Admit) -> Visit:
        """Take what is whole; raises Unreachable where the mailbox cannot be had, and what `admit` raised."""
        self.oddities.begin("visit")
        self._began = self._around.monotonic()
        taken, more = 0, False
        with connected(self.mailbox, self._around.secret, self._around.ended) as session:
            for look in range(_LOOKS):
                done, more = self._look(session, admit)
                taken += done
                rest = max(1.0, self.channel.stable_seconds)
                if not self._looks.settling or rest > SETTLE_AT_MOST or look == _LOOKS - 1:
                    break
                self._around.pause(rest)
        return Visit(taken=taken, settling=self._looks.settling, more=more)

    def _look(self, session: Session, admit: Admit) -> tuple[int, bool]:
        """Look once: how many files were taken, and whether more could be at once."""
        try:
            listing = session.listing(os.fsencode(self.mailbox.take_from or "."))
        except Declined as declined:
            reason = str(declined).rstrip(".")
            raise Unreachable(finding("mailbox.folder_unusable", folder=self._place, reason=reason)) from declined
        self.oddities.begin("folder")
        self.oddities.begin("claims")
        if not listing.whole:
            self.oddities.tell("folder", "mailbox.crowded", limit=LISTED_AT_MOST)
        self._claims.forget_others(listing)
        found = self._looks.whole(listing, lambda entry: self._claims.of(entry) is not None)
        known = [(one, self._claims.of(one.entry)) for one in found]
        self._emptying.release_left(session, [claim for _, claim in known if claim and claim.taken])
        new = [one for one, claim in known if not (claim and claim.taken)]
        self._failed &= {one.entry.name for one in new}
        # What failed before comes last: it must not keep the others waiting for ever.
        return self._take(session, sorted(new, key=lambda one: one.entry.name in self._failed), admit)

    @property
    def _place(self) -> str:
        return f"{self.mailbox.address}:{self.mailbox.take_from}"

    def _take(self, session: Session, found: Sequence[Found], admit: Admit) -> tuple[int, bool]:
        """Fetch these, as many as a visit may; each batch is ours before the next is fetched."""
        taken = fetched = tried = 0
        staged: list[MailboxDrop] = []
        try:
            for one in found:
                if fetched >= self.mailbox.files_per_visit or self._enough():
                    break
                tried += 1
                drop = self._fetch(session, one)
                fetched += bool(drop)
                staged += [drop] if drop else []
                if len(staged) >= BATCH or sum(drop.claim.size for drop in staged) >= BATCH_BYTES:
                    taken += self._settle(session, staged, admit)
            taken += self._settle(session, staged, admit)
        except Unreachable:
            self._admit(staged, admit)  # what is here whole is not fetched a second time
            raise
        finally:
            for drop in staged:
                drop.path.unlink(missing_ok=True)
        return taken, tried < len(found) and (taken > 0 or self._around.crowded())

    def _enough(self) -> bool:
        """Whether no more files are begun: half of a visit's time is kept for the last."""
        late = self._around.monotonic() - self._began > self.mailbox.visit_seconds / 2
        return late or self._around.ended.is_set() or self._around.crowded()

    def _fetch(self, session: Session, one: Found) -> MailboxDrop | None:
        """Fetch a file to staging and claim it; None, and why is told, where it cannot be had now."""
        entry, name = one.entry, os.fsdecode(one.entry.name)
        size = entry.size or 0
        if size > self.mailbox.largest:
            self.oddities.tell("folder", "mailbox.too_large", name, size=size, largest=self.mailbox.largest)
        elif self._claims.full:
            self.oddities.tell("claims", "mailbox.not_emptied", limit=AT_MOST)
        elif self._around.room and size >= self._around.room.left():
            self.oddities.tell("folder", "mailbox.no_room", reason="too little space would be left on the disk of var/")
        else:
            drop = None
            with self._told(name):
                drop = self._staged(session, one)
            (self._failed.discard if drop else self._failed.add)(entry.name)
            return drop
        return None

    def _staged(self, session: Session, one: Found) -> MailboxDrop:
        self._around.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._around.staging / f"{os.urandom(16).hex()}{_PART}"
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(path.unlink, missing_ok=True)
            with path.open("xb") as file:
                session.fetch(path_in(self.mailbox.take_from, one.entry.name), one.entry, file)
            failpoint("mailbox.fetched")
            claim = self._claims.make(one.entry, one.sentinel)
            on_failure.pop_all()
        name = shown(os.fsdecode(one.entry.name))
        return MailboxDrop(
            channel=self.channel.name,
            source_key=claim.source_key,
            name=name,
            findings=() if claim.size else (finding("channel.empty", name=name),),
            path=path,
            claim=claim,
        )

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """What keeps one file from being taken is told; the others go on."""
        try:
            yield
        except Unreachable:
            raise
        except Absent:
            pass  # its sender took it back
        except Changed as changed:
            self.oddities.tell("folder", "mailbox.not_whole", name, why=str(changed))
        except Declined as declined:
            self.oddities.tell("folder", "channel.unreadable", name, reason=str(declined).rstrip("."))
        except OSError as error:
            self.oddities.tell("folder", "mailbox.no_room", reason=error.strerror)

    def _settle(self, session: Session, staged: list[MailboxDrop], admit: Admit) -> int:
        """Offer what is staged, and remove from the mailbox what was taken; how many were. Empties `staged`."""
        claims = self._admit(staged, admit)
        for claim in claims:
            self._emptying.release(session, claim)
        return len(claims)

    def _admit(self, staged: list[MailboxDrop], admit: Admit) -> list[Claim]:
        """Offer what is staged: the claims of what is in our custody now."""
        drops = [*staged]
        try:
            taken = {admission.source_key for admission in admit(drops) if admission.taken} if drops else set[str]()
            failpoint("mailbox.admitted")
        finally:
            for drop in drops:
                drop.path.unlink(missing_ok=True)
            staged.clear()
        claims = [drop.claim for drop in drops if drop.source_key in taken]
        with contextlib.suppress(OSError):  # then it is fetched once more, and known by its source_key
            claims = [self._claims.taken(claim) for claim in claims]
        return claims
