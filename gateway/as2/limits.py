"""How much of a hostile message we are willing to hold; what goes beyond is refused with the limit's name."""

import msgspec


class As2Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the reader, all of them reached only by what no sound peer sends.

    `content`: bytes that a message may have after decompression (its size before that is the edge's matter).
    `chunks` of a streamed content, `elements` and bytes (`structure`) of a CMS structure beside its content, `depth`: how
    deep they nest. `layers`: signed, encrypted and compressed parts
    around each other. `signers`: signatures of one part, `recipients` of one encrypted part.
    `header`: bytes of the headers of one MIME part; `parts`: parts of one multipart. `mdn`: bytes of an MDN.
    """

    content: int = 256 << 20
    chunks: int = 500_000
    elements: int = 20_000
    structure: int = 1 << 20
    depth: int = 32
    layers: int = 5
    signers: int = 8
    recipients: int = 100
    header: int = 64 << 10
    parts: int = 20
    mdn: int = 4 << 20
