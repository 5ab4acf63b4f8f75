"""What an AS2 message says of itself in its HTTP headers, and what was built to be sent: the values both ways share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from gateway.as2.algorithms import Digest
from gateway.as2.asking import Asked, asked
from gateway.as2.certificates import Credential
from gateway.as2.faults import Fault, fault_of
from gateway.as2.headers import Headers, headers_of
from gateway.as2.mic import Mic
from gateway.as2.names import read_message_id, read_name
from gateway.as2.pieces import Pieces, size
from gateway.model.outcomes import Refused

VERSION: Final = "1.2"
"""AS2-Version: compression is understood in any order (RFC 4130, 6.1; RFC 5402)."""


_IDENTITIES: Final[Mapping[str, Callable[[str | None], str]]] = {
    "AS2-From": partial(read_name, "AS2-From"),
    "AS2-To": partial(read_name, "AS2-To"),
    "Message-ID": read_message_id,
}


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends what to whom; a field is None where it could not be read, and `fault` says why."""

    headers: Headers
    message_id: str | None = None
    as2_from: str | None = None
    as2_to: str | None = None
    subject: str | None = None
    asked: Asked | None = None
    fault: Fault | None = None


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """With what to sign: our certificate with its key, a digest, and the moment that the signature states."""

    credential: Credential
    digest: Digest = Digest.SHA256
    at: datetime


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """Ready to be sent: HTTP headers without those of the connection, the body in pieces, and the MIC to be confirmed."""

    headers: tuple[tuple[str, str], ...]
    body: Pieces
    mic: Mic | None = None

    @property
    def length(self) -> int:
        """For Content-Length."""
        return size(self.body)


def read_head(fields: Iterable[tuple[str, str]]) -> Head:
    """Read the headers of a POST, before anything of its body: who it is decides with which certificates to go on."""
    headers = headers_of(fields)
    known: dict[str, str] = {}
    fault = None
    for name, read in _IDENTITIES.items():
        try:
            known[name] = read(headers.get(name))
        except Refused as refused:
            fault = fault or fault_of(refused)
    return Head(
        headers=headers,
        message_id=known.get("Message-ID"),
        as2_from=known.get("AS2-From"),
        as2_to=known.get("AS2-To"),
        subject=headers.get("Subject"),
        asked=asked(headers),
        fault=fault,
    )
