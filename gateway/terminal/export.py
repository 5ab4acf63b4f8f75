"""`archive export` and `archive checkpoint`: what is handed to others, so that they need not believe us."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.flow.evidence import Asked, gather
from gateway.ledger.seal import newest_note
from gateway.model.outcomes import Refused
from gateway.settings import Home
from gateway.terminal.verify import held_note
from gateway.trail.keys import public_in, signer_in
from gateway.trail.note import Signer
from gateway.trail.pack import PROGRAM, Pack


def export(home: Home, what: Sequence[str], *, out: Path | None, since: Path | None) -> int:
    """Write the pack, check it with the program that it carries, say where it is; 0 when that is done."""
    from gateway.terminal.look import open_reader  # noqa: PLC0415 - beside its only other user
    from gateway.wiring import open_archive  # noqa: PLC0415 - only commands that need an archive load one

    subjects = list(_named(what))
    target = out or Path(f"pack-{subjects[0].replace(' ', '-')}.zip")
    if target.exists():
        raise Refused("trail.pack_exists", path=target)
    public_in(home.keys)  # where nothing is signed yet, that is said first
    signer = signer_in(home.keys, signed=True)
    earlier = None if since is None else held_note(since, signer.public)[0]
    asked = Asked(subjects=subjects, who=_who(), at=datetime.now(UTC), earlier=earlier)
    with open_reader(home).read() as snapshot, Pack() as pack:
        manifest = gather(snapshot, open_archive(home).open, signer.public, asked, pack)
        _write(pack, target, manifest, signer)
    print(f"{target} holds {', '.join(subjects)}: the files, what came of them, and the proof.")
    print(f"Whoever gets it checks it with: python {PROGRAM} {target.name} --key {signer.public.text}")
    return 0


def checkpoint(home: Home) -> int:
    """Print the newest signed state of the trail; 0 where there is one."""
    from gateway.terminal.look import open_reader  # noqa: PLC0415

    with open_reader(home).read() as snapshot:
        note = newest_note(snapshot)
    if note is None:
        raise Refused("trail.nothing_signed")
    print(note, end="")
    return 0


def _named(what: Sequence[str]) -> Iterator[str]:
    """`file 3 document 5 17`: a kind with its number, and a number alone is a case."""
    words = iter(what)
    for word in words:
        kind, number = ("case", word) if word.isdigit() else (word, next(words, ""))
        yield f"{kind} {number.lstrip('0')}"


def _write(pack: Pack, target: Path, manifest: dict[str, Any], signer: Signer) -> None:
    """The pack at its place, checked: a pack that does not fit itself says that archive or ledger were changed."""
    from gateway.trail import verify_pack  # noqa: PLC0415 - 50 ms that only exports should wait

    fresh = target.with_name(f".{target.name}.part")
    try:
        with open(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:  # noqa: PTH123 - the mode is given at its creation
            pack.write(file, manifest, signer)
            fault = next(verify_pack.Pack(file, signer.public.text).faults(), None)
        if fault is not None:
            raise Refused("trail.pack_unfit", fault=fault)
        fresh.rename(target)
    finally:
        fresh.unlink(missing_ok=True)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
