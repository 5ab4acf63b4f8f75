"""What is said to a partner whose message was not taken: for each fault the words of its MDN."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused


class Modifier(StrEnum):
    """What may follow the colon of a Disposition: RFC 4130, 7.5; RFC 5402, 6; RFC 6362, 7; draft rfc4130bis."""

    AUTHENTICATION_FAILED = "authentication-failed"
    DECOMPRESSION_FAILED = "decompression-failed"
    DECRYPTION_FAILED = "decryption-failed"
    DUPLICATE_DOCUMENT = "duplicate-document"
    DUPLICATE_FILENAME = "duplicate-filename"
    ILLEGAL_FILENAME = "illegal-filename"
    INSUFFICIENT_SECURITY = "insufficient-message-security"
    INTEGRITY_CHECK_FAILED = "integrity-check-failed"
    INVALID_MESSAGE_ID = "invalid-message-id"
    UNEXPECTED = "unexpected-processing-error"
    UNKNOWN_RELATIONSHIP = "unknown-trading-relationship"
    UNSUPPORTED_FORMAT = "unsupported format"
    UNSUPPORTED_MIC = "unsupported MIC-algorithms"


class Level(StrEnum):
    """How much a modifier weighs; a warning says that the message was taken."""

    ERROR = "error"
    FAILURE = "failure"
    WARNING = "warning"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message was not taken: for the partner's software the modifier, for people the finding."""

    modifier: Modifier
    finding: Finding


# Whatever is not named here is an error.
_LEVELS: Final[Mapping[Modifier, Level]] = {
    Modifier.DUPLICATE_DOCUMENT: Level.WARNING,
    Modifier.UNSUPPORTED_FORMAT: Level.FAILURE,
    Modifier.UNSUPPORTED_MIC: Level.FAILURE,
}

MODIFIERS: Final[Mapping[str, Modifier]] = {
    "as2.cms_broken": Modifier.UNEXPECTED,
    "as2.cms_over_limit": Modifier.UNEXPECTED,
    "as2.mime_broken": Modifier.UNEXPECTED,
    "as2.mime_over_limit": Modifier.UNEXPECTED,
    "as2.too_many_layers": Modifier.UNEXPECTED,
    "as2.content_type_unsupported": Modifier.UNSUPPORTED_FORMAT,
    "as2.several_documents": Modifier.UNSUPPORTED_FORMAT,
    "as2.mic_algorithms_unsupported": Modifier.UNSUPPORTED_MIC,
    "as2.not_for_us": Modifier.DECRYPTION_FAILED,
    "as2.not_decrypted": Modifier.DECRYPTION_FAILED,
    "as2.cipher_unsupported": Modifier.DECRYPTION_FAILED,
    "as2.not_decompressed": Modifier.DECOMPRESSION_FAILED,
    "as2.content_over_limit": Modifier.DECOMPRESSION_FAILED,
    "as2.no_signer": Modifier.AUTHENTICATION_FAILED,
    "as2.signer_unknown": Modifier.AUTHENTICATION_FAILED,
    "as2.signature_wrong": Modifier.AUTHENTICATION_FAILED,
    "as2.signature_unsupported": Modifier.AUTHENTICATION_FAILED,
    "as2.content_changed": Modifier.INTEGRITY_CHECK_FAILED,
    "as2.not_signed": Modifier.INSUFFICIENT_SECURITY,
    "as2.not_encrypted": Modifier.INSUFFICIENT_SECURITY,
    "as2.weak_digest": Modifier.INSUFFICIENT_SECURITY,
    "as2.weak_cipher": Modifier.INSUFFICIENT_SECURITY,
    "as2.message_id_invalid": Modifier.INVALID_MESSAGE_ID,
    "as2.name_invalid": Modifier.UNKNOWN_RELATIONSHIP,
    "as2.relationship_unknown": Modifier.UNKNOWN_RELATIONSHIP,
}
"""What the MDN says for each code by which a message is refused."""


def level_of(modifier: Modifier) -> Level:
    """With which level an MDN says it."""
    return _LEVELS.get(modifier, Level.ERROR)


def fault_of(refused: Refused) -> Fault:
    """The same refusal as a value."""
    facts: dict[str, Any] = refused.facts
    return Fault(modifier=MODIFIERS.get(refused.code, Modifier.UNEXPECTED), finding=finding(refused.code, **facts))
