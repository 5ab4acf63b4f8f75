"""Evidence: what a pack about some files holds, gathered from one snapshot of the ledger and from the archive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection

from gateway.flow.evidence_index import index_of
from gateway.ledger.dossier import Dossier, canonical_lines, content_of, dossier, events_about, file_of, prove
from gateway.ledger.seal import newest_note
from gateway.ledger.views import EventRow
from gateway.model.outcomes import Refused
from gateway.trail.leaf import moment
from gateway.trail.note import Checkpoint, PublicKey, read_checkpoint
from gateway.trail.pack import KEY, PROGRAM, Pack, program

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_LONGEST_NUMBER = 18  # digits of the largest id


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack shall be about ("document 5"), who asked and when; `earlier` is a checkpoint's note that it shall grow out of."""

    subjects: Sequence[str]
    who: str
    at: datetime
    earlier: str | None = None


def gather(
    snapshot: Connection, opened: Callable[[str], BinaryIO], public: PublicKey, asked: Asked, pack: Pack
) -> dict[str, Any]:
    """Fill the pack with everything about the files of these subjects; its manifest. `opened` reads a blob of the archive.

    Raises Refused where a subject is unknown, and where nothing is signed yet.
    """
    note = newest_note(snapshot)
    if note is None:
        raise Refused("trail.nothing_signed")
    newest = _checkpoint(note, public)
    found = [_dossier(snapshot, number) for number in _files(snapshot, asked.subjects)]
    events = events_about(snapshot, sorted({subject for one in found for subject in one.subjects}))
    pack.add(KEY, f"{public.text}\n".encode())
    pack.add("trail/checkpoint.txt", note.encode())
    earlier = None if asked.earlier is None else _checkpoint(asked.earlier, public)
    _add_events(snapshot, pack, events, newest, earlier)
    if asked.earlier is not None:
        pack.add("trail/earlier.txt", asked.earlier.encode())
    for one in found:
        _add_file(snapshot, opened, pack, one)
    pack.add(PROGRAM, program())
    pack.add("index.txt", index_of(asked.subjects, found, events, newest, public).encode())
    return {
        "schema": "gateway.pack/1",
        "trail": public.name,
        "about": list(asked.subjects),
        "files": [one.file["id"] for one in found],
        "made_by": asked.who,
        "made_at": moment(asked.at),
    }


def _checkpoint(note: str, public: PublicKey) -> Checkpoint:
    try:
        return read_checkpoint(note, public)
    except ValueError as error:
        raise Refused("trail.checkpoint_foreign", why=error) from error


def _files(snapshot: Connection, subjects: Sequence[str]) -> list[int]:
    """The received files that these are, are in, or came of."""
    files: set[int] = set()
    for subject in subjects:
        kind, _, number = subject.partition(" ")
        known = number.isdigit() and len(number) <= _LONGEST_NUMBER
        file = file_of(snapshot, kind, int(number)) if known else None
        if file is None:
            raise Refused("trail.no_file", subject=subject)
        files.add(file)
    return sorted(files)


def _dossier(snapshot: Connection, number: int) -> Dossier:
    found = dossier(snapshot, number)
    if found is None:
        raise Refused("trail.no_file", subject=f"file {number}")
    return found


def _add_events(
    snapshot: Connection, pack: Pack, events: Sequence[EventRow], newest: Checkpoint, earlier: Checkpoint | None
) -> None:
    """The events with what proves them, a JSON object a line; those after the checkpoint have no proof."""
    if earlier and earlier.size > newest.size:
        raise Refused("trail.cut", size=earlier.size, events=newest.size)
    sealed = {event.id for event in events if event.id <= newest.last_event}
    proofs = prove(snapshot, sealed, newest.size, since=earlier.size if earlier else 0)

    def line(event: EventRow) -> bytes:
        index, proof = proofs.included.get(event.id, (None, ()))
        told = msgspec.structs.asdict(event) | {"at": moment(event.at)}
        proved = {"index": index, "proof": None if index is None else [node.hex() for node in proof]}
        return msgspec.json.encode(told | proved) + b"\n"

    pack.add_pieces("trail/events.jsonl", (line(event) for event in events))
    if earlier:
        pack.add("trail/consistency.json", msgspec.json.encode([node.hex() for node in proofs.consistent]))


def _add_file(snapshot: Connection, opened: Callable[[str], BinaryIO], pack: Pack, one: Dossier) -> None:
    """A file with its documents, its findings, what it owed and what was sent for it."""
    file, folder = one.file, f"files/{one.file['id']}"
    suffix = PurePath(file["name"]).suffix
    received = f"{folder}/received{suffix if _SUFFIX.fullmatch(suffix) else ''}"
    pack.add_blob(received, file["size"], file["sha256"], opened)
    pack.add_pieces(f"{folder}/documents.jsonl", canonical_lines(snapshot, file["id"]))
    deliveries = list(_deliveries(snapshot, pack, folder, one))
    told = msgspec.structs.asdict(one) | {"received": received, "deliveries": deliveries}
    pack.add(f"{folder}/file.json", msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")


def _deliveries(snapshot: Connection, pack: Pack, folder: str, one: Dossier) -> Iterator[dict[str, Any]]:
    """Each delivery, with the entry that holds its bytes; None where it is a document for an ERP, a line of documents.jsonl."""
    for row in one.deliveries:
        content = content_of(snapshot, row["id"])
        name = None if content is None else f"{folder}/owed/{row['id']}"
        if name is not None:
            pack.add(name, content or b"")
        yield row | {"bytes": name}
