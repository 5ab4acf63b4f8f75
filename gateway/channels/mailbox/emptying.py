"""Removing from a mailbox what is ours: deleted there, or moved to the folder for what is done; and looked whether it is so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from gateway.channels.mailbox.claims import Claim, Claims
from gateway.channels.mailbox.session import Session, path_in
from gateway.channels.mailbox.trouble import Declined
from gateway.channels.mailbox.wire import Entry
from gateway.channels.names import numbered
from gateway.channels.oddities import Oddities
from gateway.failpoints import failpoint
from gateway.profiles.mailbox import Mailbox

DECLINED_AT_MOST: Final = 3
"""Files that a host may decline to remove in one visit before it is not asked about the others."""

SAME_NAME_AT_MOST: Final = 1000
"""Files of one name in the folder for what is done."""


class Emptying:
    """Removes what is in our custody, and forgets its claim when it is gone. Not for several threads at once."""

    def __init__(self, mailbox: Mailbox, claims: Claims, oddities: Oddities) -> None:
        self._mailbox = mailbox
        self._claims = claims
        self._oddities = oddities

    def release_left(self, session: Session, claims: Sequence[Claim]) -> None:
        """Remove what is ours since an earlier visit."""
        declined = 0
        for claim in claims:
            if declined < DECLINED_AT_MOST:
                declined += not self.release(session, claim)
            else:
                self._is_left(claim, "it declined to remove others")

    def release(self, session: Session, claim: Claim) -> bool:
        """Remove one file; False, and why is told, where the host declines. Another file of that name stays."""
        path = path_in(self._mailbox.take_from, claim.name)
        try:
            now = session.look(path)
            if now is not None and (now.size, now.mtime) == (claim.size, claim.mtime):
                self._put_away(session, path, claim)
                failpoint("mailbox.released")
                _is_gone(session, path, now)
            self._claims.forget(claim)
        except Declined as declined:
            self._is_left(claim, str(declined).rstrip("."))
            return False
        return True

    def _put_away(self, session: Session, path: bytes, claim: Claim) -> None:
        """Its sentinel goes first, so that none is left to vouch for the next file of that name."""
        sentinel = path_in(self._mailbox.take_from, claim.sentinel) if claim.sentinel else None
        if sentinel and session.look(sentinel):
            session.remove(sentinel)
        if self._mailbox.done is None:
            session.remove(path)
        else:
            session.rename(path, self._free(session, self._mailbox.done, os.fsdecode(claim.name)))

    def _free(self, session: Session, folder: str, name: str) -> bytes:
        """The first of its names that is free there."""
        for n in range(1, SAME_NAME_AT_MOST + 1):
            new = path_in(folder, os.fsencode(numbered(name, n)))
            if session.look(new) is None:
                return new
        raise Declined(f"{folder} holds too many files of that name")

    def _is_left(self, claim: Claim, reason: str) -> None:
        self._oddities.tell("claims", "channel.not_released", os.fsdecode(claim.name), reason=reason)


def _is_gone(session: Session, path: bytes, entry: Entry) -> None:
    """Raise Declined where a file lies there still that was removed: it must not count as a new one."""
    if session.look(path) == entry:
        raise Declined("the server says that it is gone, and shows it still")
