"""HTTP/1.1 as the simulator speaks it: JSON in, JSON out, every answer in one write on a kept-alive connection.

`http.server` reads headers through the mail parser, which is half of all the work of a small post; these few lines
read the little that is needed.
"""

import json
import sys
from collections.abc import Iterable
from http import HTTPStatus
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from typing import Any, NamedTuple

_LARGEST_BODY = 32 * 1024 * 1024
_LONGEST_LINE = 8 * 1024
_MOST_HEADERS = 100
_LONGEST_LENGTH = 12  # digits of a Content-Length worth looking at


class Answer(NamedTuple):
    """A status with its JSON; `headers` are names and values."""

    status: int
    content: Any
    headers: tuple[tuple[str, str], ...] = ()


class Request(NamedTuple):
    """What stands before the body; the names of `headers` are in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    keep_alive: bool


class Unanswerable(Exception):  # noqa: N818 - it names what happened
    """This request cannot be read: `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def problem(status: int, code: str, detail: str, *, headers: tuple[tuple[str, str], ...] = (), **more: str) -> Answer:
    """A refusal as RFC 9457 has it, with a `code` for programs."""
    title = HTTPStatus(status).phrase
    return Answer(status, {"title": title, "status": status, "code": code, "detail": detail, **more}, headers)


class Connection(StreamRequestHandler):
    """One client's connection; a subclass answers in `respond`."""

    # Without this a small answer waits up to 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    _unread = False

    def respond(self, request: Request) -> Answer | Iterable[list[Any]] | None:
        """The answer; pages of rows, to be streamed as one JSON list; or None: close without a word.

        Raises ValueError, in words, where the request makes no sense.
        """
        raise NotImplementedError

    def handle(self) -> None:
        """Serve requests one after the other until either side has enough."""
        while self._serve():
            pass

    def body(self, request: Request) -> bytes:
        """The body of this request, whole."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Unanswerable(problem(415, "not_json", "Content-Type is application/json"))
        digits = request.headers.get("content-length", "")
        # int() would take signs, spaces and other scripts' digits too.
        if not (digits.isascii() and digits.isdigit()) or "transfer-encoding" in request.headers:
            raise Unanswerable(problem(411, "length_required", "a body comes whole, with its Content-Length"))
        if len(digits) > _LONGEST_LENGTH or int(digits) > _LARGEST_BODY:
            raise Unanswerable(problem(413, "too_large", f"a body has at most {_LARGEST_BODY} bytes"))
        if request.headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(digits))
        self._unread = False
        if len(body) < int(digits):
            raise ConnectionAbortedError("the caller hung up in the middle of its body")
        return body

    def hold(self, seconds: float) -> None:
        """Say nothing for so long, or until the caller hangs up."""
        self.connection.settimeout(max(seconds, 0.001))
        try:
            self.rfile.read(1)
        except OSError:
            return  # the time is over, or the connection is: either ends the wait

    def _serve(self) -> bool:
        """Answer one request; whether another may follow."""
        keep_alive = False
        try:
            request = self._request()
            if request is None:
                return False
            keep_alive = request.keep_alive
            answer = self.respond(request)
        except Unanswerable as refusal:
            answer = refusal.answer
        except ValueError as mistake:
            answer = problem(400, "bad_request", str(mistake)[:300])
        if answer is None:
            return False
        # What is left of a body would be taken for the next request.
        going_on = keep_alive and not self._unread
        if isinstance(answer, Answer):
            body = json.dumps(answer.content, separators=(",", ":")).encode()
            head = _head(answer.status, (*answer.headers, ("Content-Length", str(len(body)))), going_on=going_on)
            self.wfile.write(head + body)
        else:
            self._stream(answer, going_on=going_on)
        return going_on

    def _request(self) -> Request | None:
        """What comes next; None where the caller is done."""
        first = self._line()
        if not first:
            return None
        match first.split(" "):
            case [method, target, "HTTP/1.1" | "HTTP/1.0" as version]:
                headers = self._headers()
            case _:
                raise Unanswerable(problem(400, "not_http", "the first line is METHOD TARGET HTTP/1.1"))
        closing = headers.get("connection", "").lower() == "close" or version == "HTTP/1.0"
        self._unread = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        return Request(method, target, headers, not closing)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        raise Unanswerable(problem(431, "too_many_headers", f"a request has at most {_MOST_HEADERS} headers"))

    def _line(self) -> str:
        line = self.rfile.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise Unanswerable(problem(431, "line_too_long", f"a line has at most {_LONGEST_LINE} bytes"))
        return line.decode("latin-1").rstrip("\r\n")

    def _stream(self, pages: Iterable[list[Any]], *, going_on: bool) -> None:
        """A list of any length in bounded memory, a chunk for each page."""
        self.wfile.write(_head(200, (("Transfer-Encoding", "chunked"),), going_on=going_on))
        lead = "["
        for page in pages:
            self._chunk(lead + ",\n".join(json.dumps(row, separators=(",", ":")) for row in page))
            lead = ",\n"
        self._chunk("[]" if lead == "[" else "]")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, text: str) -> None:
        self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode("ascii"))


def _head(status: int, headers: tuple[tuple[str, str], ...], *, going_on: bool) -> bytes:
    kind = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Type: {kind}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "" if going_on else "Connection: close\r\n", ""]).encode("latin-1")


class Listener(ThreadingMixIn, TCPServer):
    """Listens on this machine alone, a thread per connection; no thread keeps the process alive."""

    daemon_threads = True
    # A restart takes its port again at once; two listeners at one port stay impossible.
    allow_reuse_address = True
    # A burst of new connections waits in the kernel instead of being refused.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """A caller that hangs up is everyday; anything else goes to standard error whole."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
