"""A mailbox as a way out: uploaded under a temporary name, its size compared, renamed; nobody there sees half a file.

A connection may be cut between a rename and its answer. What was done is then found out: the temporary name is still
there, or the final one holds our bytes, or a note says that the answer came. Where none of this is so, the partner may
have fetched it meanwhile, and a person asks: it is neither lost nor sent twice on a guess.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from gateway.channels.later import later
from gateway.channels.mailbox.around import SecretOf
from gateway.channels.mailbox.connection import connected
from gateway.channels.mailbox.notes import Notes
from gateway.channels.mailbox.session import Session, path_in
from gateway.channels.mailbox.trouble import Declined, Unreachable
from gateway.channels.mailbox.wire import Entry
from gateway.channels.names import numbered, safe
from gateway.failpoints import failpoint
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Parcel, Sent
from gateway.profiles.mailbox import Mailbox

SAME_NAME_AT_MOST: Final = 100
"""Files of one name with different content that may wait there: each costs a question to the host."""

SEND_AT_MOST: Final = 600.0
"""Seconds that one sending may take: below the 15 minutes for which its parcels are nobody else's."""

_NOTES_KEPT: Final = 90 * 86_400.0
"""Seconds after which nothing asks any more how an upload ended: what was owed is given up after a week."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel that lies there whole under its temporary name, and is renamed; `done` once the host said that it was."""

    name: str
    temporary: str
    done: bool = False


class MailboxOutlet:
    """Implements `gateway.ports.Outlet` over one mailbox; `mailbox` gives its settings in force, `staging` is its own folder."""

    def __init__(
        self, mailbox: Callable[[], Mailbox], staging: Path, secret: SecretOf, ended: Event | None = None
    ) -> None:
        """What is being sent is broken off when `ended` is set."""
        self._mailbox = mailbox
        self._secret = secret
        self._ended = ended
        self._notes = Notes(staging / "uploads", Upload)
        self._notes.drop_older(_NOTES_KEPT)

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Sent | Refused | TryLater]:
        """Put each under its name, made safe; "-2", "-3" ... where other bytes have it. An outcome for each, in order.

        A parcel whose bytes are there already, or were, is sent: a repeat after a crash changes nothing.
        """
        outcomes: list[Sent | Refused | TryLater] = []
        try:
            mailbox = self._mailbox()
            briefly = msgspec.structs.replace(mailbox, visit_seconds=min(mailbox.visit_seconds, SEND_AT_MOST))
            with connected(briefly, self._secret, self._ended) as session:
                for parcel in parcels:
                    outcomes.append(self._send(session, mailbox, parcel))  # noqa: PERF401 - those before a cut count
        except Unreachable as trouble:
            outcomes += [trouble] * (len(parcels) - len(outcomes))
        return outcomes

    def _send(self, session: Session, mailbox: Mailbox, parcel: Parcel) -> Sent | Refused | TryLater:
        try:
            note = self._notes.get(str(parcel.delivery))
            return self._found_out(session, mailbox, parcel, note) if note else self._begun(session, mailbox, parcel)
        except Unreachable:
            raise
        except Declined as declined:
            return _later(mailbox, parcel, str(declined))
        except OSError as error:
            return _later(mailbox, parcel, f"our own disk says: {error.strerror}")

    def _begun(self, session: Session, mailbox: Mailbox, parcel: Parcel) -> Sent | Refused | TryLater:
        """Upload it to the first of its names that is free, unless one of them holds it already."""
        for n in range(1, SAME_NAME_AT_MOST + 1):
            name = numbered(safe(parcel.name), n)
            there = session.holds(_path(mailbox, name), parcel.content)
            if there:
                return Sent(name=name)
            if there is None:
                return self._uploaded(session, mailbox, parcel, name)
        return Refused("channel.outbox_crowded", name=safe(parcel.name), tried=SAME_NAME_AT_MOST)

    def _uploaded(self, session: Session, mailbox: Mailbox, parcel: Parcel, name: str) -> Sent:
        upload = Upload(name=name, temporary=f".{name}.{parcel.delivery}.tmp")
        path = _path(mailbox, upload.temporary)
        try:
            session.put(path, parcel.content)
            failpoint("mailbox.uploaded")
            _compare(session.look(path), parcel)
            self._notes.put(str(parcel.delivery), upload)
            return self._renamed(session, mailbox, parcel, upload)
        except Declined:
            self._notes.drop(str(parcel.delivery))  # it answered: nothing is in doubt
            with contextlib.suppress(Declined):  # half a file would take room from the next
                session.remove(path)
            raise

    def _renamed(self, session: Session, mailbox: Mailbox, parcel: Parcel, upload: Upload) -> Sent:
        session.rename(_path(mailbox, upload.temporary), _path(mailbox, upload.name))
        failpoint("mailbox.renamed")
        self._notes.put(str(parcel.delivery), msgspec.structs.replace(upload, done=True))
        return Sent(name=upload.name)

    def _found_out(
        self, session: Session, mailbox: Mailbox, parcel: Parcel, upload: Upload
    ) -> Sent | Refused | TryLater:
        """Find out how an upload ended that lies, or lay, there whole."""
        if upload.done or session.holds(_path(mailbox, upload.name), parcel.content):
            return Sent(name=upload.name)
        self._notes.drop(str(parcel.delivery))
        if session.holds(_path(mailbox, upload.temporary), parcel.content):
            session.remove(_path(mailbox, upload.temporary))
            return self._begun(session, mailbox, parcel)
        return Refused("mailbox.upload_unsure", name=upload.name, host=mailbox.address)


def _path(mailbox: Mailbox, name: str) -> bytes:
    return path_in(mailbox.put_into, os.fsencode(name))


def _compare(there: Entry | None, parcel: Parcel) -> None:
    """Raise Declined where what lies there is not as long as what was written."""
    if there is None or there.size != len(parcel.content):
        size = "none" if there is None else there.size
        raise Declined(f"{len(parcel.content)} bytes were written, and {size} are there")


def _later(mailbox: Mailbox, parcel: Parcel, reason: str) -> TryLater:
    return later("mailbox.put_failed", name=safe(parcel.name), host=mailbox.address, reason=reason.rstrip("."))
