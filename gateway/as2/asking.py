"""What a sender asks back: Disposition-Notification-To, its options, Receipt-Delivery-Option (RFC 4130, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.as2.algorithms import Digest, digest_named, micalg
from gateway.as2.headers import Headers
from gateway.as2.printable import printable
from gateway.model.outcomes import Refused

_OPTION: Final = re.compile(r"^\s*([^=\s]+)\s*=\s*(.*?)\s*$", re.DOTALL)
_LONGEST = 2_000
_UNSAID = Digest.SHA256


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An MDN that is asked for.

    `to` is what Disposition-Notification-To says; `url` where it is wanted later, by a POST of its own, None for at once
    (whether we may go there is for the edge to decide); `digests` those that the sender named and we know, in its order,
    `named` all of them as written; `required` whether no other will do.
    """

    to: str
    url: str | None = None
    signed: bool = False
    digests: tuple[Digest, ...] = ()
    named: tuple[str, ...] = ()
    required: bool = False

    def digest(self, of_signature: Digest | None) -> Digest:
        """The digest of the MIC: that of the message's signature (RFC 4130, 7.3.1), else the first named that we know.

        Raises Refused("as2.mic_algorithms_unsupported") where the sender requires digests of which we know none.
        """
        if self.required and self.named and not self.digests:
            raise Refused("as2.mic_algorithms_unsupported", named=printable(", ".join(self.named)))
        return of_signature or next(iter(self.digests), _UNSAID)


def asked(headers: Headers) -> Asked | None:
    """What the headers of a message ask for, None where no MDN is asked for."""
    to = headers.get("Disposition-Notification-To")
    if to is None:
        return None
    options = _options(headers.get("Disposition-Notification-Options") or "")
    protocol = options.get("signed-receipt-protocol", ())
    algorithms = options.get("signed-receipt-micalg", ())
    named = tuple(name for name in algorithms[1:] if name) if _is_importance(algorithms) else algorithms
    known = dict.fromkeys(digest for digest in map(digest_named, named) if digest)
    return Asked(
        to=to,
        url=headers.get("Receipt-Delivery-Option") or None,
        signed=any("pkcs7-signature" in word.lower() for word in protocol),
        digests=tuple(known),
        named=named,
        required=algorithms[:1] == ("required",),
    )


def _options(text: str) -> dict[str, tuple[str, ...]]:
    """Each option by its lower-case name: importance first, then its values; blanks and stray semicolons do not matter."""
    found = filter(None, map(_OPTION.match, text[:_LONGEST].split(";")))
    return {option[1].lower(): tuple(_plain(word) for word in option[2].split(",") if word.strip()) for option in found}


def _plain(word: str) -> str:
    word = word.strip().strip('"')
    return word.lower() if _is_importance((word,)) else word


def _is_importance(words: Sequence[str]) -> bool:
    return bool(words) and words[0].lower() in {"optional", "required"}


def headers_asking(request: Asked) -> tuple[tuple[str, str], ...]:
    """The same as we write it; `digests` may be empty, then SHA-256 is named."""
    lines = [("Disposition-Notification-To", request.to)]
    if request.signed:
        importance = "required" if request.required else "optional"
        names = ", ".join(map(micalg, request.digests or (_UNSAID,)))
        value = f"signed-receipt-protocol={importance}, pkcs7-signature; signed-receipt-micalg={importance}, {names}"
        lines.append(("Disposition-Notification-Options", value))
    if request.url:
        lines.append(("Receipt-Delivery-Option", request.url))
    return tuple(lines)
