"""An MDN as we send it: RFC 4130, 7.4; RFC 8098 (formerly 3798), 3; RFC 6522 (formerly 3462), 3."""

from __future__ import annotations

import textwrap
from typing import Final

import msgspec

from gateway.as2.disposition import Disposition, disposition_of
from gateway.as2.faults import Fault, Modifier
from gateway.as2.headers import checked, written
from gateway.as2.incoming import Received
from gateway.as2.message import Built, Signing
from gateway.as2.mic import Mic
from gateway.as2.names import write_message_id, write_name
from gateway.as2.outgoing import Fields, TransferEncoding, addressed, between, new_boundary, signed_part
from gateway.as2.pieces import Pieces
from gateway.as2.printable import printable
from gateway.model.outcomes import Refused

PRODUCT: Final = "edi-gateway"
_WIDTH = 76


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An MDN to build: `message_id` is its own, `of` that of the message it answers; `text` is for people."""

    message_id: str
    of: str
    as2_from: str
    as2_to: str
    disposition: Disposition
    text: str
    mic: Mic | None = None


def answer_to(received: Received, *, message_id: str, warning: Modifier | None = None) -> Answer:
    """What we answer to this message: its fault in words, or that it was taken; raises Refused where nobody can be answered.

    `warning` is for a message that was taken though: duplicate-document.
    """
    head = received.head
    if head.message_id is None:
        raise Refused("as2.message_id_invalid", value=printable(head.headers.get("Message-ID") or ""))
    if head.as2_from is None or head.as2_to is None:
        missing = "AS2-From" if head.as2_from is None else "AS2-To"
        raise Refused("as2.name_invalid", header=missing, value=printable(head.headers.get(missing) or ""))
    return Answer(
        message_id=message_id,
        of=head.message_id,
        as2_from=head.as2_to,
        as2_to=head.as2_from,
        disposition=disposition_of(received.fault, warning=warning),
        text=_text(received.fault, warning),
        # RFC 4130, 7.4.3: set when the integrity of the message was verified.
        mic=None if received.fault else received.mic,
    )


def _text(fault: Fault | None, warning: Modifier | None) -> str:
    if fault:
        return "\n".join(filter(None, (fault.finding.message, fault.finding.expected, fault.finding.fix)))
    if warning:
        return f"The message was received before ({warning}); nothing was processed twice."
    return "The message was received, and its content is in our custody. This does not say that the content is right."


def build_mdn(answer: Answer, signing: Signing | None) -> Built:
    """The MDN as the body of an HTTP answer, or of a POST of its own; signed where `signing` says with what."""
    boundary = new_boundary()
    kind = f'multipart/report; report-type=disposition-notification; boundary="{boundary}"'
    fields: Fields = (("Content-Type", kind),)
    body = between(boundary, (_for_people(answer), _for_software(answer)))
    if signing:
        part, _ = signed_part((written(fields), *body), signing, TransferEncoding.BASE64)
        fields, body = part.fields, part.body
    head = addressed(answer.message_id, answer.as2_from, answer.as2_to)
    return Built(headers=(*head, *checked(fields)), body=body)


def _for_people(answer: Answer) -> Pieces:
    lines = [line for each in answer.text.splitlines() for line in textwrap.wrap(each, _WIDTH) or [""]]
    head = written((("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")))
    return (head, "".join(f"{line}\r\n" for line in lines).encode())


def _for_software(answer: Answer) -> Pieces:
    """RFC 8098, 3.1, as RFC 4130, 7.4.3 extends it; the MIC without which nothing is confirmed."""
    name = write_name("AS2-From", answer.as2_from)
    mic = (("Received-Content-MIC", str(answer.mic)),) if answer.mic else ()
    fields = (
        ("Reporting-UA", PRODUCT),
        ("Original-Recipient", f"rfc822; {name}"),
        ("Final-Recipient", f"rfc822; {name}"),
        ("Original-Message-ID", write_message_id(answer.of)),
        ("Disposition", str(answer.disposition)),
        *mic,
    )
    head = written((("Content-Type", "message/disposition-notification"), ("Content-Transfer-Encoding", "7bit")))
    return (head, written(fields))
