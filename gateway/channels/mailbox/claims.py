"""Which files of a mailbox are being taken, or are ours and still lie there: one note each, from before custody until it is gone.

A file's identity (where it lies, its name, size and time) finds its note; the note holds its source_key. So the same
file is the same offer as long as it lies there, through any crash, and is not fetched again once it is known to be
ours; and a file that its sender puts there again, alike in all of these, after the first was removed, is a new one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

import msgspec

from gateway.channels.mailbox.notes import Notes
from gateway.channels.mailbox.session import Listing
from gateway.channels.mailbox.wire import Entry
from gateway.profiles.mailbox import Mailbox

AT_MOST = 10_000
"""Files of one mailbox that may be ours and not removed; beyond that nothing more is taken."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One file that we take. `taken` once it is in our custody, all that is left then is to remove it."""

    source_key: str
    name: bytes
    size: int
    mtime: int
    sentinel: bytes | None = None
    taken: bool = False


class Claims:
    """The claims on one mailbox. Not for several threads at once."""

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self._place = f"{mailbox.login}\n{mailbox.take_from}\n".encode()
        self._notes = Notes(folder, Claim)
        self._claims = self._notes.all()

    @property
    def full(self) -> bool:
        """Whether too many files wait to be removed for more to be taken."""
        return len(self._claims) >= AT_MOST

    def of(self, entry: Entry) -> Claim | None:
        """The claim on this file, where there is one."""
        return self._claims.get(self._identity(entry.name, entry.size, entry.mtime)) if self._claims else None

    def make(self, entry: Entry, sentinel: bytes | None) -> Claim:
        """Claim it, durably; one that is claimed stays as it was claimed. Raises OSError where that cannot be written down."""
        key = self._identity(entry.name, entry.size, entry.mtime)
        if key not in self._claims:
            claim = Claim(
                source_key=f"{key[:32]}.{uuid4().hex}",
                name=entry.name,
                size=entry.size or 0,
                mtime=entry.mtime,
                sentinel=sentinel,
            )
            self._notes.put(key, claim)
            self._claims[key] = claim
        return self._claims[key]

    def taken(self, claim: Claim) -> Claim:
        """It is in our custody; raises OSError where that cannot be written down, which costs no more than a second fetch."""
        key = self._identity(claim.name, claim.size, claim.mtime)
        self._claims[key] = msgspec.structs.replace(claim, taken=True)
        self._notes.put(key, self._claims[key])
        return self._claims[key]

    def forget(self, claim: Claim) -> None:
        """It is gone from the mailbox."""
        key = self._identity(claim.name, claim.size, claim.mtime)
        self._claims.pop(key, None)
        self._notes.drop(key)

    def forget_others(self, listing: Listing) -> None:
        """Forget those that lie there no longer, as far as all that lies there was seen."""
        if self._claims and listing.whole:
            there = {self._identity(entry.name, entry.size, entry.mtime) for entry in listing.entries}
            for claim in [claim for key, claim in self._claims.items() if key not in there]:
                self.forget(claim)

    def _identity(self, name: bytes, size: int | None, mtime: int) -> str:
        return hashlib.sha256(self._place + b"%d %d\n" % (size or 0, mtime) + name).hexdigest()
