"""Whether a signature over a MIME part holds: SignedData (RFC 5652, 5) in it or beside it (RFC 5751, 3.4.3).

Only certificates that a person pinned count: those embedded in a message are not read (pitfall 4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gateway.as2.algorithms import Digest
from gateway.as2.certificates import Credential
from gateway.as2.identifier import in_words
from gateway.as2.limits import As2Limits
from gateway.as2.signers import Signer, made_by, signers_of
from gateway.model.outcomes import Refused

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"


class Ending(StrEnum):
    """Where a signed part ends for its signer; peers disagree about the line break before the boundary (pitfall 9)."""

    EXACT = "exact"
    SHORTER = "without its last line break"
    LONGER = "with the line break before the boundary"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed: a part as received, and the line break between it and the boundary (empty where there is none)."""

    part: memoryview
    line_break: bytes = b""

    def last_break(self) -> int:
        """How long the line break is with which the part itself ends."""
        end = bytes(self.part[-2:])
        return 2 if end == b"\r\n" else int(end.endswith(b"\n"))

    def until(self, ending: Ending) -> int:
        """How many bytes of the part belong to it where it ends thus; those of the boundary's line break do not count."""
        return len(self.part) - (self.last_break() if ending is Ending.SHORTER else 0)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that holds: by whom, with which digests (of the content; of the signature), over which bytes.

    `value` is the content's digest, which is the MIC (RFC 4130, 7.3.1): over what was received, as it was received.
    """

    by: Credential
    digest: Digest
    signature_digest: Digest
    value: bytes
    ending: Ending


def verify(content: Signed, der: bytes, pinned: Sequence[Credential], limits: As2Limits) -> Verified:
    """The first signature that one of the pinned certificates made over this content.

    Raises Refused: "as2.content_changed" where a pinned signer signed other content, "as2.no_signer",
    "as2.signer_unknown", "as2.signature_wrong", "as2.signature_unsupported", "as2.cms_broken", "as2.cms_over_limit".
    """
    signers = signers_of(der, limits.signers)
    if signers is None:
        raise Refused("as2.cms_over_limit", limit="signers", most=limits.signers)
    if not signers:
        raise Refused("as2.no_signer")
    digests = {digest: _digests(content, digest) for digest in {each.digest for each in signers} if digest}
    changed = False
    for signer in signers:
        by, ending = _by(signer, pinned, digests.get(signer.digest, {}) if signer.digest else {})
        if by is not None and ending is not None and signer.digest and signer.scheme:
            held = digests[signer.digest][ending]
            return Verified(
                by=by, digest=signer.digest, signature_digest=signer.scheme.digest, value=held, ending=ending
            )
        changed = changed or by is not None
    raise _refusal(signers, pinned, changed=changed)


def _by(
    signer: Signer, pinned: Sequence[Credential], digests: Mapping[Ending, bytes]
) -> tuple[Credential | None, Ending | None]:
    """Who of the pinned made this signature, and over which form of the content; None where over none of them.

    One that the signer does not name is tried too: a renewed certificate may carry the same key.
    """
    ending = next((form for form, digest in digests.items() if digest == signer.content_digest), None)
    for each in sorted(pinned, key=lambda one: not signer.who.names(one.certificate)):
        key = each.certificate.public_key
        if signer.attributes is not None:
            if made_by(key, signer, b""):
                return each, ending
            continue
        for form, digest in digests.items():
            if made_by(key, signer, digest):
                return each, form
    return None, None


def _digests(content: Signed, digest: Digest) -> Mapping[Ending, bytes]:
    """The digest of each form of the content, in one pass, in the order in which they are tried."""
    cut = content.until(Ending.SHORTER)
    running = hashlib.new(digest, content.part[:cut], usedforsecurity=False)
    shorter = running.digest()
    running.update(content.part[cut:])
    exact = running.digest()
    running.update(content.line_break)
    return {Ending.EXACT: exact, Ending.SHORTER: shorter, Ending.LONGER: running.digest()}


def _refusal(signers: Sequence[Signer], pinned: Sequence[Credential], *, changed: bool) -> Refused:
    """Why no signature held: what a person can act on first."""
    if changed:
        return Refused("as2.content_changed")
    said = in_words([each.who for each in signers])
    named = [each for each in signers if any(each.who.names(one.certificate) for one in pinned)]
    if not named:
        return Refused("as2.signer_unknown", signers=said)
    if all(each.scheme is None or each.digest is None for each in named):
        return Refused("as2.signature_unsupported", signers=said)
    return Refused("as2.signature_wrong", signers=said)
