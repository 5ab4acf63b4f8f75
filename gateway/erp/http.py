"""One HTTP call to one ERP, and what its failure means: nothing was sent, or nobody knows.

No call is ever repeated or sent on to another address here: whether to ask again is the route's decision.
Proxies of the environment are not used. TLS certificates are verified against the system's authorities.
"""

import math
import ssl
import time
from collections.abc import Mapping
from typing import NoReturn, Self

import msgspec
import urllib3
from urllib3.exceptions import ConnectTimeoutError, EmptyPoolError, HTTPError, LocationValueError, ReadTimeoutError
from urllib3.util import Timeout, Url, parse_url

from gateway.erp.words import safe_text, say
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater

LARGEST_ANSWER = 1024 * 1024
_LONGEST_CONNECT = 10.0
_PIECE = 64 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `body` is cut after LARGEST_ANSWER bytes, names of `headers` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Kept-alive connections to one address, at most `concurrency` at a time; safe to use from several threads.

    `timeout` (seconds) bounds the wait for the answer's start, and the whole of its body. Raises Refused("erp.url_invalid").
    """

    def __init__(self, target: str, url: str, *, timeout: float, concurrency: int) -> None:
        parsed = _checked(target, url)
        self._where = f"{parsed.host}:{parsed.port}" if parsed.port else str(parsed.host)
        self._path = (parsed.path or "").rstrip("/")
        self._seconds = timeout
        self._concurrency = concurrency
        self._pool = urllib3.connection_from_url(
            Url(scheme=parsed.scheme, host=parsed.host, port=parsed.port).url,
            maxsize=concurrency,
            block=True,
            timeout=Timeout(connect=min(timeout, _LONGEST_CONNECT), read=timeout),
        )

    def ask(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request below the address and wait for its answer, whatever its status.

        Raises TryLater where nothing was sent, OutcomeUnknown where the request may have arrived.
        """
        until = time.monotonic() + self._seconds
        try:
            response = self._pool.urlopen(
                method,
                self._path + path,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                pool_timeout=math.ceil(self._seconds),
                preload_content=False,
                decode_content=False,  # we ask for no compression, so a bomb stays a small unreadable answer
            )
            try:
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(status=response.status, headers=names, body=self._read(response, until))
            finally:
                # Read to its end it went back to the pool and nothing happens; else nobody may use it again.
                response.close()
        except HTTPError as error:
            self._failed(error)

    def close(self) -> None:
        """Let go of all connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        body = bytearray()
        while piece := response.read1(_PIECE):
            body += piece
            if len(body) > LARGEST_ANSWER:
                return bytes(body[:LARGEST_ANSWER])
            if time.monotonic() > until:
                raise OutcomeUnknown(say("erp.no_answer", where=self._where, seconds=self._seconds))
        return bytes(body)

    def _failed(self, error: HTTPError) -> NoReturn:
        """Say what this failure means; what is not known to have failed before the request went out may have arrived."""
        where = self._where
        if isinstance(error, EmptyPoolError):
            words = say("erp.connections_in_use", where=where, seconds=self._seconds, concurrency=self._concurrency)
            raise TryLater(words) from error
        if isinstance(error, ConnectTimeoutError | LocationValueError) or _is_certificate(error):
            raise TryLater(say("erp.unreachable", where=where, reason=_reason(error)), down=True) from error
        if isinstance(error, ReadTimeoutError):
            # One slow document is no sign that the whole ERP is down; a look-up that gets no answer is.
            raise OutcomeUnknown(say("erp.no_answer", where=where, seconds=self._seconds)) from error
        raise OutcomeUnknown(say("erp.broke_off", where=where, reason=_reason(error)), down=True) from error


def _checked(target: str, url: str) -> Url:
    try:
        parsed = parse_url(url)
    except LocationValueError as error:
        raise Refused("erp.url_invalid", target=target, reason="it is not an address") from error
    for wrong, reason in (
        (parsed.scheme not in ("http", "https"), "it does not start with http:// or https://"),
        (not parsed.host, "it names no host"),
        (parsed.auth is not None, "it holds a user or a password"),
        (parsed.query is not None or parsed.fragment is not None, "it holds a question mark or a #"),
    ):
        if wrong:
            raise Refused("erp.url_invalid", target=target, reason=reason)
    return parsed


def _is_certificate(error: HTTPError) -> bool:
    """The handshake comes before the request: a certificate we do not trust means that nothing was sent."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)


def _reason(error: HTTPError) -> str:
    """The innermost cause in the system's own words: "Connection refused"."""
    cause: BaseException = error
    while inner := cause.__cause__ or next((part for part in cause.args if isinstance(part, BaseException)), None):
        cause = inner
    if isinstance(cause, TimeoutError | ConnectTimeoutError):
        return "timed out"
    return safe_text(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)
