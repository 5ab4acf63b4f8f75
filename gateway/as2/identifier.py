"""How CMS names a certificate: by issuer and serial number, or by its key identifier (RFC 5652, 5.3 and 6.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from asn1crypto import cms

from gateway.as2.certificates import Certificate
from gateway.as2.printable import printable

_MOST_SAID = 3


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two; `issuer` is a name as RFC 5280, 7.1 compares it, `said` the whole for people."""

    said: str
    issuer: str = ""
    serial: int = 0
    key_id: bytes = b""

    def names(self, certificate: Certificate) -> bool:
        """Whether this is that certificate."""
        if self.key_id:
            return self.key_id == certificate.key_id
        return self.serial == certificate.serial and self.issuer == certificate.issuer


def identifier_of(choice: Any) -> Identifier:  # noqa: ANN401 - asn1crypto has no types
    """What a SignerIdentifier or RecipientIdentifier says; its caller stands within `reading`."""
    chosen = choice.chosen
    if not isinstance(chosen, cms.IssuerAndSerialNumber):
        key_id = bytes(chosen.native)
        return Identifier(said=f"key identifier {key_id.hex()}", key_id=key_id)
    issuer, serial = chosen["issuer"], int(chosen["serial_number"].native)
    said = f'issuer "{printable(issuer.human_friendly)}", serial number {serial:x}'
    return Identifier(said=said, issuer=issuer.hashable, serial=serial)


def in_words(identifiers: Sequence[Identifier]) -> str:
    """The first of these for people; "nobody" where there are none."""
    more = len(identifiers) - _MOST_SAID
    said = "; ".join(each.said for each in identifiers[:_MOST_SAID]) or "nobody"
    return f"{said} and {more} more" if more > 0 else said
