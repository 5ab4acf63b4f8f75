"""What lies around a payload is taken off, layer by layer: signed, encrypted, compressed, in any order that was sent.

What a layer is, its CMS content type says; `smime-type` and file names are not asked (pitfall 15).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from gateway.as2.algorithms import STRONG_CIPHERS, STRONG_DIGESTS, Cipher, Digest
from gateway.as2.ber import Container, open_cms
from gateway.as2.certificates import Credential
from gateway.as2.compression import COMPRESSED_DATA, decompress
from gateway.as2.envelope import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, decrypt
from gateway.as2.limits import As2Limits
from gateway.as2.mime import Entity, entity, parts, structure
from gateway.as2.pieces import view_of
from gateway.as2.signature import SIGNED_DATA, Ending, Signed, Verified, verify
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused

_CMS_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED_PARTS = 2  # RFC 1847, 2.1: the content and its signature


class Kind(StrEnum):
    """What was done to a content."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    COMPRESSED = "compressed"


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done, and with what: a digest, a cipher, zlib."""

    kind: Kind
    how: str


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's messages must have; what is weaker is refused with insufficient-message-security.

    `digests` and `ciphers` are those that are taken: SHA-1 and triple DES only where an agreement names them.
    """

    signed: bool = True
    encrypted: bool = True
    digests: frozenset[Digest] = STRONG_DIGESTS
    ciphers: frozenset[Cipher] = STRONG_CIPHERS


class Opening:
    """One message as it is opened: after a refusal it still tells how far we came.

    `layers` are those taken off, the outermost first; `signed` the outermost signature; `findings` what was odd.
    """

    def __init__(
        self,
        *,
        keys: Sequence[Credential],
        pinned: Sequence[Credential],
        requirements: Requirements,
        limits: As2Limits,
    ) -> None:
        self.layers: list[Layer] = []
        self.findings: list[Finding] = []
        self.signed: Verified | None = None
        self._keys = keys
        self._pinned = pinned
        self._requirements = requirements
        self._limits = limits
        self._openers: Mapping[str, Callable[[Container], Entity]] = {
            SIGNED_DATA: self._around,
            ENVELOPED_DATA: self._decrypted,
            AUTH_ENVELOPED_DATA: self._decrypted,
            COMPRESSED_DATA: self._decompressed,
        }

    def payload_of(self, outer: Entity) -> Entity:
        """The part within all layers; raises Refused with any code of faults.MODIFIERS."""
        inner = outer
        while True:
            within = self._within(inner)
            if within is None:
                self._check()
                return inner
            if len(self.layers) > self._limits.layers:
                raise Refused("as2.too_many_layers", most=self._limits.layers)
            inner = within

    def _within(self, outer: Entity) -> Entity | None:
        """What this part holds; None where it is the payload itself."""
        said = outer.content_type
        if said.value == "multipart/signed":
            return self._beside(outer, said.parameters.get("boundary"))
        if said.value not in _CMS_TYPES:
            return None
        container = self._open(outer.body)
        opened = self._openers.get(container.content_type)
        if opened is None:
            raise Refused("as2.content_type_unsupported", value=container.content_type)
        return opened(container)

    def _beside(self, outer: Entity, boundary: str | None) -> Entity:
        """The content of a multipart/signed: RFC 5751, 3.4.3."""
        found = parts(outer.body, boundary, self._limits)
        if len(found) != _SIGNED_PARTS:
            raise Refused("as2.mime_broken", why=f"it is signed and has {len(found)} parts instead of two")
        container = self._open(entity(found[1].content, self._limits).body)
        if container.content_type != SIGNED_DATA:
            raise Refused("as2.content_type_unsupported", value=container.content_type)
        return self._verified(found[0].as_signed(), container)

    def _around(self, container: Container) -> Entity:
        """The content within its signature: RFC 5751, 3.4.2."""
        return self._verified(Signed(part=view_of(container.content or ())), container)

    def _verified(self, content: Signed, container: Container) -> Entity:
        held = verify(content, container.der, self._pinned, self._limits)
        self.layers.append(Layer(kind=Kind.SIGNED, how=held.digest))
        self.signed = self.signed or held
        if held.ending is not Ending.EXACT:
            self.findings.append(finding("as2.signed_part_shifted", how=held.ending))
        # What was not signed is not handed on.
        return entity(content.part[: content.until(held.ending)], self._limits)

    def _decrypted(self, container: Container) -> Entity:
        opened = decrypt(container, self._keys, self._requirements.ciphers, self._limits)
        self.layers.append(Layer(kind=Kind.ENCRYPTED, how=opened.cipher))
        try:
            return entity(opened.content, self._limits)
        except Refused as refused:
            # Whether a damaged message fails here or at its padding is nobody's business but ours.
            raise Refused("as2.not_decrypted") from refused

    def _decompressed(self, container: Container) -> Entity:
        content = decompress(container, self._limits)
        self.layers.append(Layer(kind=Kind.COMPRESSED, how="zlib"))
        return entity(content, self._limits)

    def _open(self, body: memoryview) -> Container:
        container = open_cms(structure(body), self._limits)
        if container.trailing:
            self.findings.append(finding("as2.trailing_bytes", count=container.trailing))
        return container

    def _check(self) -> None:
        """Whether the layers were what the agreement asks for."""
        wanted, kinds = self._requirements, {layer.kind for layer in self.layers}
        if wanted.signed and self.signed is None:
            raise Refused("as2.not_signed")
        if wanted.encrypted and Kind.ENCRYPTED not in kinds:
            raise Refused("as2.not_encrypted")
        used = {self.signed.digest, self.signed.signature_digest} if self.signed else set()
        if weak := sorted(used - wanted.digests):
            raise Refused("as2.weak_digest", digest=weak[0])
