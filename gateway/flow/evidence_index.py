"""The page of a pack that people read first: what is in it, what came of each file, how to check it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ledger.dossier import Dossier
from gateway.ledger.views import EventRow
from gateway.trail.leaf import moment
from gateway.trail.note import Checkpoint, PublicKey
from gateway.trail.pack import PROGRAM


def index_of(
    about: Sequence[str], dossiers: Sequence[Dossier], events: Sequence[EventRow], newest: Checkpoint, public: PublicKey
) -> str:
    """The whole page."""
    lines = [
        f"A pack of evidence about {', '.join(about)}",
        "",
        *(line for one in dossiers for line in _file(one)),
        *_trail(events, newest),
        *_how(public),
    ]
    return "\n".join(lines) + "\n"


def _file(one: Dossier) -> Iterator[str]:
    file = one.file
    yield f"FILE {file['id']}  {_plain(file['name'])}"
    yield f"  came through {file['channel']} at {moment(file['received_at'])}, {file['size']} bytes, SHA-256 {file['sha256']}"
    yield f"  outcome: {file['state']}" + (f" ({file['reason']})" if file["reason"] else "")
    for row in one.interchanges:
        what = "table" if file["format"] == "csv" else f"interchange {_plain(row['control'])}"
        yield f"  {what} from {_plain(row['sender'])} to {_plain(row['receiver'])}: {row['state']}"
    for row in one.documents:
        verdict = f", answered {row['verdict']}" if row["verdict"] else ""
        yield f"  document {row['id']}: {row['kind']} {_plain(row['number'] or '')}{verdict}, {row['state']}"
    for row in one.findings:
        yield f"  problem {row['code']} ({row['severity']})"
    for row in one.deliveries:
        yield f"  delivery {row['id']}: {_delivery(row)}"
    for row in one.cases:
        yield f"  case {row['id']}: {row['state']}, {_plain(row['sentence'])}"
    yield ""


def _delivery(row: dict[str, Any]) -> str:
    what = row["document_kind"] or row["acknowledgment_kind"] or "bytes"
    as_what = f" as {_plain(row['reference'])}" if row["reference"] else ""
    key = f", key {row['idempotency_key']}" if row["idempotency_key"] else ""
    return f"{what} to {row['target']}, {row['state']}{as_what}{key}"


def _trail(events: Sequence[EventRow], newest: Checkpoint) -> Iterator[str]:
    yield "WHAT HAPPENED"
    for event in events:
        younger = "" if event.id <= newest.last_event else "   (younger than the checkpoint)"
        yield f"  {moment(event.at)}  {_plain(event.who)}: {event.what} ({event.about}){younger}"
    yield ""


def _how(public: PublicKey) -> Iterator[str]:
    yield "WHAT IS WHERE"
    yield "  files/N/received...      the bytes as they came, unaltered"
    yield "  files/N/documents.jsonl  what was read out of them: a line for each document of file.json, as JSON"
    yield "  files/N/owed/M           the bytes of delivery M (an acknowledgment, an answer)"
    yield "  files/N/file.json        all rows about the file: verdicts, problems, deliveries, cases"
    yield "  trail/events.jsonl       the events about them, each with its proof"
    yield "  trail/checkpoint.txt     the signed state of the whole trail that the proofs lead to"
    yield ""
    yield "HOW TO CHECK IT"
    yield f"  python {PROGRAM} PACK.zip --key KEY"
    yield "  It needs Python 3.10 and the package `cryptography`, and no network. KEY is the one you were given by"
    yield "  another way than this pack. The key in this pack is:"
    yield f"  {public.text}"


def _plain(text: str) -> str:
    """A partner's text on one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)
