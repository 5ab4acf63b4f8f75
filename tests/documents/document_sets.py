"""Small sets for these tests: segments in, an interchange around them, the real reader's set out."""

import io
from pathlib import Path

from gateway.documents import Document, ReadContext, read
from gateway.model.finding import Finding
from gateway.x12 import read as x12
from gateway.x12.maps import Maps
from gateway.x12.reading import SetRead

GOLDEN = Path(__file__).parents[1] / "golden" / "x12"
CONTEXT = ReadContext(timezone="America/Chicago", partner="acme")
FUNCTIONAL_IDS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}
MAPS = Maps()


def sets_in(content: bytes) -> list[SetRead]:
    """Every set in these bytes."""
    return [part for part in x12.read(io.BytesIO(content), MAPS) if isinstance(part, SetRead)]


def enclosed(set_id: str, *segments: str, release: str = "004010", control: int = 1) -> bytes:
    """One interchange with one set of these segments."""
    version, mark = ("00401", "U") if release == "004010" else ("00501", "^")
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'ACMEMED':15}*ZZ*{'HEALTHSYS':15}*261122*0930*{mark}*{version}*{control:09}*0*P*>"
    gs = f"GS*{FUNCTIONAL_IDS[set_id]}*ACMEMED*HEALTHSYS*20261122*0930*{control}*X*{release}"
    st, se = f"ST*{set_id}*{control:04}", f"SE*{len(segments) + 2}*{control:04}"
    sent = (isa, gs, st, *segments, se, f"GE*1*{control}", f"IEA*1*{control:09}")
    return "".join(f"{segment}~" for segment in sent).encode("latin-1")


def set_of(set_id: str, *segments: str, release: str = "004010", control: int = 1) -> SetRead:
    """The one set of these segments, as the reader yields it."""
    (found,) = sets_in(enclosed(set_id, *segments, release=release, control=control))
    return found


def read_set(set_id: str, *segments: str, **envelope: str | int) -> tuple[Document | None, tuple[Finding, ...]]:
    """What these segments say, and the warnings about it."""
    return read(set_of(set_id, *segments, **envelope), CONTEXT)  # type: ignore[arg-type]


def document_of(set_id: str, *segments: str, **envelope: str | int) -> Document:
    """The document these segments make."""
    document, _ = read_set(set_id, *segments, **envelope)
    assert document is not None
    return document
