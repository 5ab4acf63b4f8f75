"""`archive verify`: every blob hashed again, the trail against its signatures, the rows against the trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.ledger import views
from gateway.ledger.audit import Audit
from gateway.ledger.witness import contradictions
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.settings import Home
from gateway.trail.keys import public_in
from gateway.trail.note import Checkpoint, PublicKey, read_checkpoint

_MOST = 50  # faults that a person is told one by one


def verify(home: Home, *, held: Path | None = None, as_json: bool) -> int:
    """0 where archive, trail and ledger agree on everything, 1 where something does not fit; each fault is named.

    `held` is a checkpoint that was kept elsewhere: the trail must have grown out of it.
    """
    from gateway.terminal.look import open_reader  # noqa: PLC0415 - beside its only other user

    public = _public(home)
    with open_reader(home).read() as snapshot:
        audit = Audit(snapshot, public, _held(held, public))
        archive = _Blobs(home, snapshot)
        faults = [*archive.faults(), *audit.faults(), *contradictions(snapshot)]
    if as_json:
        print(json.dumps(_report(archive, audit, faults), indent=2))
    else:
        print("\n".join([*_told(faults), archive.sentence(), _sentence(audit, public)]))
        print("Everything fits." if not faults else f"{len(faults)} do not fit; the first of them: {faults[0].message}")
    return 1 if faults else 0


def _public(home: Home) -> PublicKey | None:
    try:
        return public_in(home.keys)
    except Refused as refused:
        if refused.code == "trail.no_key":
            return None
        raise


def _held(path: Path | None, public: PublicKey | None) -> Checkpoint | None:
    if path is None:
        return None
    if public is None:
        raise Refused("trail.held_unread", path=path, why="there is no key to check it with")
    return held_note(path, public)[1]


def held_note(path: Path, public: PublicKey) -> tuple[str, Checkpoint]:
    """A checkpoint that somebody kept: its note, and what it says."""
    try:
        note = path.read_text("utf-8")
        return note, read_checkpoint(note, public)
    except (OSError, ValueError) as error:
        raise Refused("trail.held_unread", path=path, why=error) from error


class _Blobs:
    """The archive against the rows that refer to it."""

    def __init__(self, home: Home, snapshot: Connection) -> None:
        from gateway.wiring import open_archive  # noqa: PLC0415 - only commands that need an archive load one

        self._archive = open_archive(home)
        self._referred = views.blobs_referred_to(snapshot)
        self.known = views.blobs(snapshot)
        self._kept = {blob.sha256 for blob in self._archive.blobs()}
        # Kept but not written down: a crash between the two, harmless, and the sender still has the file.
        self.loose = sum(sha not in self.known for sha in self._kept)

    def faults(self) -> Iterator[Finding]:
        """What is missing, unknown or changed."""
        yield from (finding("archive.missing", sha256=sha) for sha in self.known if sha not in self._kept)
        yield from (finding("archive.unknown", sha256=sha) for sha in self._referred if sha not in self.known)
        changed = (sha for sha in self._kept if sha in self.known and not self._archive.verify(sha))
        yield from (finding("archive.changed", sha256=sha) for sha in changed)

    def sentence(self) -> str:
        """What was looked at."""
        return (
            f"{len(self.known)} blobs checked; {self.loose} kept without being taken (harmless leftovers of a crash)."
        )


def _told(faults: list[Finding]) -> Iterator[str]:
    for fault in islice(faults, _MOST):
        yield f"{fault.code}: {fault.message}"
        yield f"    {fault.fix}"
    if len(faults) > _MOST:
        yield f"... and {len(faults) - _MOST} more: --json lists them all."


def _sentence(audit: Audit, public: PublicKey | None) -> str:
    newest = audit.newest
    plural = "" if audit.checkpoints == 1 else "s"
    if audit.broken is not None:
        return (
            f"{audit.events} events up to the checkpoint over {audit.broken}, which does not fit; "
            f"{audit.checkpoints} checkpoint{plural} before it fit, and what comes after it cannot be judged."
        )
    if newest is None or public is None:
        return f"{audit.events} events, none of them signed yet: the first checkpoint follows within seconds of a run."
    return (
        f"{audit.events} events, {newest.size} of them under {audit.checkpoints} checkpoint{plural} signed by {public.name}, "
        f"the newest at {newest.at:%Y-%m-%d %H:%M:%S} UTC; {audit.unsigned} after it are not signed yet."
    )


def _report(archive: _Blobs, audit: Audit, faults: list[Finding]) -> dict[str, Any]:
    newest = audit.newest
    return {
        "schema": "gateway.verify/1",
        "blobs": len(archive.known),
        "loose": archive.loose,
        "events": audit.events,
        "checkpoints": audit.checkpoints,
        "unsigned": audit.unsigned,
        "checkpoint": newest and {**msgspec.to_builtins(newest), "root": newest.root.hex()},
        "faults": [{"code": one.code, "message": one.message, "fix": one.fix} for one in faults],
    }
