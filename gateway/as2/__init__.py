"""AS2 without its HTTP: what is built to be sent, what arrived, and the MDNs of both (RFC 4130); no I/O, no clock.

Send: `build(Outgoing)`, then for its answer `read_mdn` and `judge`. Receive: `read_head`, `read`, `answer_to`, `build_mdn`.
Certificates with their dates: `read_certificate`, `Credential`, `usable`. What a sender can send never raises: it is a
Fault with the modifier of the MDN and a finding of the catalogue.
"""

from gateway.as2.algorithms import STRONG_CIPHERS, STRONG_DIGESTS, Cipher, Digest
from gateway.as2.asking import Asked
from gateway.as2.certificates import (
    Certificate,
    Credential,
    Use,
    read_certificate,
    read_pkcs12,
    read_private_key,
    usable,
)
from gateway.as2.disposition import Disposition
from gateway.as2.faults import Fault, Level, Modifier, fault_of
from gateway.as2.incoming import Received, from_nobody, read
from gateway.as2.limits import As2Limits
from gateway.as2.mdn import Answer, answer_to, build_mdn
from gateway.as2.mdn_read import Judged, Mdn, Sent, Standing, is_mdn, judge, read_mdn
from gateway.as2.message import Built, Head, Signing, read_head
from gateway.as2.mic import Mic
from gateway.as2.opening import Kind, Layer, Requirements
from gateway.as2.outgoing import Compress, Encrypting, Outgoing, TransferEncoding, build

__all__ = [
    "STRONG_CIPHERS",
    "STRONG_DIGESTS",
    "Answer",
    "As2Limits",
    "Asked",
    "Built",
    "Certificate",
    "Cipher",
    "Compress",
    "Credential",
    "Digest",
    "Disposition",
    "Encrypting",
    "Fault",
    "Head",
    "Judged",
    "Kind",
    "Layer",
    "Level",
    "Mdn",
    "Mic",
    "Modifier",
    "Outgoing",
    "Received",
    "Requirements",
    "Sent",
    "Signing",
    "Standing",
    "TransferEncoding",
    "Use",
    "answer_to",
    "build",
    "build_mdn",
    "fault_of",
    "from_nobody",
    "is_mdn",
    "judge",
    "read",
    "read_certificate",
    "read_head",
    "read_mdn",
    "read_pkcs12",
    "read_private_key",
    "usable",
]
