"""/api/v1/transmissions: post a file, ask what became of it, fetch the answers to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.api.edge import edge_of
from gateway.api.posted import Body, Key, Name
from gateway.api.problem import Problem
from gateway.api.sender import Known
from gateway.ledger import uploads, views
from gateway.model.catalogue import phrases
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.profiles.http_words import PATH

log = structlog.get_logger()
routes = APIRouter(prefix=PATH)

_LARGEST_NUMBER = 2**63 - 1
_TYPES = {"997": "application/edi-x12", "999": "application/edi-x12", "TA1": "application/edi-x12"}
_TYPES |= {"text": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8"}
_TOLD = (
    "code",
    "severity",
    "message",
    "expected",
    "fix",
    "segment",
    "position",
    "element",
    "component",
    "row",
    "column",
)


@routes.post("", status_code=202)
def post(request: Request, sender: Known, key: Key, name: Name, body: Body) -> JSONResponse:
    """Take a file: 202 is said after it and the fact are on stable storage, and not before."""
    try:
        number = edge_of(request).desk.take(sender.channel, key, name, body)
    except Refused as refused:
        known: dict[str, Any] = refused.facts
        raise Problem(refused.code, **known) from refused
    except OutcomeUnknown as unknown:
        raise Problem("http.not_known_yet") from unknown
    except TryLater as later:
        raise Problem("http.not_taken") from later
    log.info("http.taken", channel=sender.channel, key=sender.key_name, transmission=number)
    url = None if number is None else f"{PATH}/{number}"
    said = {"transmission": number, "name": name, "sha256": body.sha256, "size": body.size, "channel": sender.channel}
    return JSONResponse({**said, "status_url": url}, 202, {"Location": url} if url else None)


@routes.get("/{number}")
def outcome(request: Request, sender: Known, number: str) -> JSONResponse:
    """What became of a file, as far as it went: its state in words, what was found in it, and the answers to it."""
    with edge_of(request).read() as snapshot:
        file = uploads.file_from(snapshot, sender.channel, _number(number) or 0)
        if file is None:
            raise Problem("http.no_such_transmission", number=number[:20])
        found = views.findings_of(snapshot, file.id)
        answers = uploads.answers_to(snapshot, sender.channel, file.id)
    return JSONResponse(
        {
            "transmission": file.id,
            "name": file.name,
            "sha256": file.sha256,
            "size": file.size,
            "channel": file.channel,
            "received_at": file.received_at.isoformat(),
            "finished_at": file.finished_at and file.finished_at.isoformat(),
            "state": file.state,
            "reason": file.reason,
            "meaning": phrases("http")[file.state],
            "findings": [_finding(one) for one in found if one["who"] == "partner"],
            "answers": [_answer(file.id, one) for one in answers],
        }
    )


@routes.get("/{number}/answers/{answer}")
def answer(request: Request, sender: Known, number: str, answer: str) -> Response:
    """One answer, byte for byte as it stays in our archive."""
    edge = edge_of(request)
    file, wanted = _number(number) or 0, _number(answer) or 0
    with edge.read() as snapshot:
        row = next((one for one in uploads.answers_to(snapshot, sender.channel, file) if one.id == wanted), None)
        content = uploads.answer_content(snapshot, sender.channel, file, wanted) if row else None
    if row is None or content is None:
        raise Problem("http.no_such_answer", number=number[:20], answer=answer[:20])
    if row.reference:
        edge.fetched(sender.channel, row.reference)
    return Response(
        content,
        media_type=_TYPES.get(row.acknowledgment_kind or "", "application/octet-stream"),
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name or 'answer', safe='')}",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _number(text: str) -> int | None:
    """A number of the ledger."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_LARGEST_NUMBER)):
        return None
    return min(int(text), _LARGEST_NUMBER)


def _finding(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in _TOLD if found.get(name) is not None}


def _answer(number: int, row: uploads.AnswerRow) -> dict[str, Any]:
    return {
        "kind": row.acknowledgment_kind or row.kind,
        "name": row.name,
        "state": row.state,
        "url": f"{PATH}/{number}/answers/{row.id}",
    }
