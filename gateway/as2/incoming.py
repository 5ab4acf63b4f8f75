"""A message as it arrived becomes its payload, its MIC, and why it was refused where it was."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.as2.algorithms import Digest
from gateway.as2.certificates import Credential
from gateway.as2.faults import Fault, fault_of
from gateway.as2.filenames import file_name
from gateway.as2.limits import As2Limits
from gateway.as2.message import Head
from gateway.as2.mic import Mic, mic_of
from gateway.as2.mime import Entity, Payload, payload
from gateway.as2.opening import Layer, Opening, Requirements
from gateway.as2.pieces import Buffer, view_of
from gateway.as2.printable import printable
from gateway.as2.signature import Verified
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived. Where `fault` is set there is no payload; the rest tells how far we came.

    `layers` from the outermost in; `content_type` as the payload's part says it; `mic` to be confirmed; `signed` by whom;
    `findings` what was odd and did not matter. `payload` is a view of what was received or decrypted, never rewritten.
    """

    head: Head
    layers: tuple[Layer, ...] = ()
    payload: memoryview | None = None
    content_type: str | None = None
    file_name: str | None = None
    mic: Mic | None = None
    signed: Verified | None = None
    findings: tuple[Finding, ...] = ()
    fault: Fault | None = None


def read(  # noqa: PLR0913 - a message, our keys, the partner's certificates and what was agreed
    head: Head,
    body: Buffer,
    *,
    keys: Sequence[Credential],
    pinned: Sequence[Credential],
    requirements: Requirements,
    limits: As2Limits,
) -> Received:
    """Take a message apart: `keys` are ours to decrypt, `pinned` the partner's to verify (certificates.usable).

    Never raises for what a sender can send: every such thing is a fault with its MDN modifier and its finding.
    """
    opening = Opening(keys=keys, pinned=pinned, requirements=requirements, limits=limits)
    mic = None
    try:
        if head.fault:
            return Received(head=head, fault=head.fault)
        inner = opening.payload_of(_outer(head, body))
        found = _one(inner)
        mic = _mic(head, opening, inner, found)
    except Refused as refused:
        return _received(head, opening, fault=fault_of(refused))
    return _taken(_received(head, opening, mic=mic), inner, found)


def from_nobody(head: Head) -> Received:
    """The same of a message between names of which none was agreed: for its MDN, unknown-trading-relationship."""
    refused = Refused("as2.relationship_unknown", sender=head.as2_from or "nobody", receiver=head.as2_to or "nobody")
    return Received(head=head, fault=head.fault or fault_of(refused))


def _outer(head: Head, body: Buffer) -> Entity:
    """The HTTP message as the outermost part: its headers are the HTTP headers (RFC 4130, 5.2.1)."""
    view = view_of(body)
    return Entity(headers=head.headers, body=view, raw=view)


def _one(inner: Entity) -> Payload:
    """The one document of this part; several in one (RFC 6362) are not agreed with anybody yet."""
    kind = inner.content_type.value
    if kind.startswith("multipart/"):
        raise Refused("as2.several_documents", value=printable(kind))
    return payload(inner)


def _received(head: Head, opening: Opening, *, mic: Mic | None = None, fault: Fault | None = None) -> Received:
    signed = opening.signed
    return Received(
        head=head,
        layers=tuple(opening.layers),
        mic=Mic(value=signed.value, digest=signed.digest) if signed else mic,
        signed=signed,
        findings=tuple(opening.findings),
        fault=fault,
    )


def _taken(received: Received, inner: Entity, found: Payload) -> Received:
    name = file_name(inner.headers)
    odd = list(received.findings)
    if not found.as_declared:
        odd.append(finding("as2.transfer_encoding_wrong"))
    if name and name.name != name.given:
        odd.append(finding("as2.file_name_changed", given=printable(name.given), name=name.name))
    return msgspec.structs.replace(
        received,
        payload=found.content,
        content_type=inner.headers.get("Content-Type"),
        file_name=name and name.name,
        findings=tuple(odd),
    )


def _mic(head: Head, opening: Opening, inner: Entity, found: Payload) -> Mic | None:
    """The MIC of a message without a signature; one with a signature has that of the signature.

    Encrypted or compressed: over the inner part with its headers, decrypted and decompressed (RFC 4130, 7.3.1; RFC 5402, 4).
    Plain: over the content alone, since HTTP headers change on their way (RFC 4130, 7.3.1).
    """
    of_signature = opening.signed.digest if opening.signed else None
    wanted = head.asked.digest(of_signature) if head.asked else Digest.SHA256
    if opening.signed:
        return None
    return mic_of((inner.raw if opening.layers else found.content,), wanted)
