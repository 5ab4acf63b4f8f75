"""An MDN as a partner sent it, in the answer to our POST or in one of its own, and whether it confirms what we sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gateway.as2.algorithms import Digest
from gateway.as2.certificates import Credential
from gateway.as2.disposition import Disposition, read_disposition
from gateway.as2.faults import Level, fault_of
from gateway.as2.headers import Headers
from gateway.as2.limits import As2Limits
from gateway.as2.message import Head
from gateway.as2.mic import Mic, read_mic, same
from gateway.as2.mime import Entity, entity, parts, payload
from gateway.as2.names import read_message_id
from gateway.as2.opening import Opening, Requirements
from gateway.as2.pieces import Buffer, view_of
from gateway.as2.printable import printable
from gateway.as2.signature import Verified
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused

_FIELD: Final = re.compile(r"^([!-9;-~]+)[ \t]*:(.*)$", re.MULTILINE)
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_MORE: Final = ("Error", "Failure", "Warning")
_REPORTS: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})


class Standing(StrEnum):
    """How we stand with what we sent, after its MDN."""

    CONFIRMED = "confirmed"  # taken, and the same bytes
    WARNED = "warned"  # the same, with a warning
    UNCONFIRMED = "unconfirmed"  # said to be taken, but not shown to be the same bytes, or not signed as asked
    REFUSED = "refused"  # not taken, says the partner
    UNREADABLE = "unreadable"  # no MDN, or not of this message


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What we remember of a message for its MDN; `signed`: whether a signed MDN was asked for."""

    message_id: str
    as2_from: str
    as2_to: str
    mic: Mic
    signed: bool = True


class Mdn(msgspec.Struct, frozen=True, kw_only=True):
    """An MDN, read. `of` is the Original-Message-ID without brackets; `text` what it says to people.

    `problem` is set where it could not be read or its signature does not hold: then nothing in it may be relied on.
    """

    head: Head
    of: str | None = None
    disposition: Disposition | None = None
    mic: Mic | None = None
    text: str = ""
    signed: Verified | None = None
    problem: Finding | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What an MDN means for what we sent, and why."""

    standing: Standing
    findings: tuple[Finding, ...] = ()


def is_mdn(headers: Headers, body: Buffer, limits: As2Limits) -> bool:
    """Whether a POST is an MDN rather than a message, as far as its outside tells: signatures are not looked at."""
    outer = Entity(headers=headers, body=view_of(body), raw=view_of(body))
    said = outer.content_type
    if said.value == "multipart/signed":
        try:
            said = entity(parts(outer.body, said.parameters.get("boundary"), limits)[0].content, limits).content_type
        except Refused:
            return False
    return said.value == "multipart/report" or said.value in _REPORTS


def read_mdn(
    head: Head, body: Buffer, *, pinned: Sequence[Credential], digests: frozenset[Digest], limits: As2Limits
) -> Mdn:
    """Read an MDN; `pinned` are the partner's certificates for MDNs, `digests` those taken in a signature.

    Never raises for what a partner can send; a page of HTML, an empty answer and a broken MDN are a `problem`.
    """
    view = view_of(body)
    wanted = Requirements(signed=False, encrypted=False, digests=digests)
    opening = Opening(keys=(), pinned=pinned, requirements=wanted, limits=limits)
    try:
        _measure(view, limits)
        report = opening.payload_of(Entity(headers=head.headers, body=view, raw=view))
        return _read(head, report, opening.signed, limits)
    except Refused as refused:
        return Mdn(head=head, signed=opening.signed, problem=fault_of(refused).finding)


def _measure(view: memoryview, limits: As2Limits) -> None:
    if len(view) > limits.mdn:
        raise Refused("as2.mime_over_limit", limit="mdn", most=limits.mdn)


def _read(head: Head, report: Entity, signed: Verified | None, limits: As2Limits) -> Mdn:
    said = report.content_type
    if said.value == "multipart/report":
        found = [entity(part.content, limits) for part in parts(report.body, said.parameters.get("boundary"), limits)]
    else:
        found = [report]
    machine = next((part for part in found if part.content_type.value in _REPORTS), None)
    if machine is None:
        raise Refused("as2.mdn_missing", value=printable(report.headers.get("Content-Type") or "no Content-Type"))
    fields = _fields(machine)
    disposition = read_disposition(fields.get("Disposition") or "")
    if disposition is None:
        raise Refused("as2.mdn_broken", field="Disposition")
    more = filter(None, (fields.get(name) for name in _MORE))
    if not disposition.text:
        disposition = msgspec.structs.replace(disposition, text="; ".join(more))
    return Mdn(
        head=head,
        of=_original(fields),
        disposition=disposition,
        mic=read_mic(fields.get("Received-Content-MIC")),
        text=_text(found),
        signed=signed,
    )


def _fields(machine: Entity) -> Headers:
    """The fields of the part for software; lines that are none are left out, blank lines do not end it."""
    text = _FOLD.sub(" ", bytes(payload(machine).content).decode("latin-1"))
    return Headers(tuple((name, value) for name, value in _FIELD.findall(text)))


def _original(fields: Headers) -> str:
    try:
        return read_message_id(fields.get("Original-Message-ID"))
    except Refused as refused:
        raise Refused("as2.mdn_broken", field="Original-Message-ID") from refused


def _text(found: Sequence[Entity]) -> str:
    plain = next((part for part in found if part.content_type.value == "text/plain"), None)
    return bytes(payload(plain).content).decode("utf-8", "replace").strip() if plain else ""


def judge(mdn: Mdn, sent: Sent) -> Judged:
    """Whether this MDN confirms that message: RFC 4130, 7.4.3 and 7.5."""
    if mdn.problem or mdn.disposition is None:
        return Judged(standing=Standing.UNREADABLE, findings=(mdn.problem,) if mdn.problem else ())
    if mdn.of != sent.message_id:
        found = finding("as2.mdn_of_another", found=mdn.of, expected=sent.message_id)
        return Judged(standing=Standing.UNREADABLE, findings=(found,))
    standing, findings = _told(mdn.disposition, mdn, sent)
    if sent.signed and mdn.signed is None:
        # Whoever can reach us could have written it: neither its yes nor its no counts where a signature was asked for.
        return Judged(standing=Standing.UNCONFIRMED, findings=(finding("as2.mdn_unsigned"), *findings))
    parties = (mdn.head.as2_from, mdn.head.as2_to)
    if parties != (sent.as2_to, sent.as2_from):
        findings = (*findings, finding("as2.mdn_parties", found=" to ".join(each or "nobody" for each in parties)))
    return Judged(standing=standing, findings=findings)


def _told(said: Disposition, mdn: Mdn, sent: Sent) -> tuple[Standing, tuple[Finding, ...]]:
    """What it says of our message; without a MIC it confirms nothing (pitfall 13)."""
    if not said.is_taken:
        refused = finding("as2.mdn_refused", disposition=_words(said), text=printable(mdn.text, 500) or "nothing more")
        return Standing.REFUSED, (refused,)
    if mdn.mic is None:
        return Standing.UNCONFIRMED, (finding("as2.mdn_without_mic"),)
    if not same(sent.mic, mdn.mic):
        return Standing.UNCONFIRMED, (finding("as2.mdn_mic_differs", found=str(mdn.mic), expected=str(sent.mic)),)
    if said.level is Level.WARNING:
        return Standing.WARNED, (finding("as2.mdn_warned", disposition=_words(said)),)
    return Standing.CONFIRMED, ()


def _words(said: Disposition) -> str:
    level = f"/{said.level}" if said.level else ""
    return f"{said.action}{level}" + (f": {printable(said.text)}" if said.text else "")
