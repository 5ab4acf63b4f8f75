"""Refusals over HTTP: RFC 9457 problem+json with the catalogue's words, and the status that each code has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from gateway.model.catalogue import finding, reasons

STATUS: Mapping[str, int] = {
    "http.key_unfit": 400,
    "http.name_unfit": 400,
    "http.length_unfit": 400,
    "http.two_lengths": 400,
    "http.request_unfit": 400,
    "http.cut": 400,
    "http.no_key": 401,
    "http.key_unknown": 401,
    "http.no_such_transmission": 404,
    "http.no_such_answer": 404,
    "http.no_such_place": 404,
    "http.no_such_method": 405,
    "http.too_slow": 408,
    "http.no_length": 411,
    "http.too_large": 413,
    "http.content_type": 415,
    "http.encoded": 415,
    "http.empty": 422,
    "http.key_reused": 422,
    "http.too_many": 429,
    "http.fault": 500,
    "http.busy": 503,
    "http.no_room": 503,
    "http.not_known_yet": 503,
    "http.not_ready": 503,
    "http.not_taken": 503,
    "http.settings_unread": 503,
}
"""The HTTP status of each code (RFC 9110 section 15, RFC 6585)."""

_RETRY_AFTER: Mapping[str, int] = {
    "http.too_many": 5,
    "http.busy": 5,
    "http.not_ready": 5,
    "http.not_known_yet": 30,
    "http.not_taken": 60,
    "http.settings_unread": 60,
    "http.no_room": 300,
}
"""Seconds after which it is worth another try."""

_MORE: Mapping[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 415: {"Accept-Encoding": "identity"}}


class Problem(Exception):  # noqa: N818 - what RFC 9457 calls it
    """A request is refused: `code` is in the catalogue, `facts` fill its words. Raised within one request alone."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.headers = dict(headers or {})


def problem_response(problem: Problem) -> JSONResponse:
    """What its sender reads."""
    facts: dict[str, Any] = problem.facts
    said, status = finding(problem.code, **facts), STATUS[problem.code]
    content = {
        "type": f"urn:edi-gateway:{problem.code}",
        "title": reasons()[problem.code].title,
        "status": status,
        "detail": said.message,
        "code": problem.code,
        "expected": said.expected,
        "fix": said.fix,
        "who_acts": said.who.value,
    }
    headers = {**_MORE.get(status, {}), **problem.headers}
    if problem.code in _RETRY_AFTER:
        headers["Retry-After"] = str(_RETRY_AFTER[problem.code])
    return JSONResponse(
        {name: value for name, value in content.items() if value is not None},
        status,
        headers,
        "application/problem+json",
    )
