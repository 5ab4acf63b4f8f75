"""What we owe lies where its partner looks for it, whole, under its name, once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import pytest

from gateway.channels.sftp.outlet import SftpOutlet
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Parcel, RefusedFile, Sent

REFUSED = RefusedFile(name="orders.edi", sha256="1" * 64)


def read(sha256: str) -> BinaryIO:
    if sha256 != REFUSED.sha256:
        raise Refused("archive.missing", sha256=sha256)
    return io.BytesIO(b"what was sent")


def lying(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def outlet(tmp_path: Path) -> SftpOutlet:
    return SftpOutlet(tmp_path, read)


def test_documents_answers_and_refusals_have_their_folders(outlet: SftpOutlet, tmp_path: Path) -> None:
    parcels = [
        Parcel(delivery=1, name="orders.edi.rejected.txt", content=b"why", acknowledgment="text", refused=REFUSED),
        Parcel(delivery=2, name="850.edi", content=b"ISA"),
        Parcel(delivery=3, name="997.edi", content=b"ISA", acknowledgment="997"),
        Parcel(delivery=4, name="a.accepted.txt", content=b"ok", acknowledgment="text"),
    ]
    sent = [
        Sent(name="error/orders.edi.rejected.txt"),
        Sent(name="out/850.edi"),
        Sent(name="ack/997.edi"),
        Sent(name="ack/a.accepted.txt"),
    ]
    for _ in range(2):  # a repeat after a crash changes nothing
        assert list(outlet.send(parcels)) == sent
    assert lying(tmp_path) == {
        "ack/997.edi": b"ISA",
        "ack/a.accepted.txt": b"ok",
        "error/orders.edi": b"what was sent",
        "error/orders.edi.rejected.txt": b"why",
        "out/850.edi": b"ISA",
    }


def test_a_copy_that_cannot_be_laid_beside_is_tried_again(outlet: SftpOutlet) -> None:
    lost = RefusedFile(name="orders.edi", sha256="2" * 64)
    [outcome] = outlet.send([Parcel(delivery=1, name="x.txt", content=b"why", acknowledgment="text", refused=lost)])
    assert isinstance(outcome, TryLater)
    assert "cannot be put into error/" in str(outcome)


def test_a_hostile_name_stays_in_its_folder(outlet: SftpOutlet, tmp_path: Path) -> None:
    evil = RefusedFile(name="../../etc/passwd", sha256=REFUSED.sha256)
    outlet.send([Parcel(delivery=1, name="../../x.txt", content=b"why", acknowledgment="text", refused=evil)])
    assert all(name.startswith("error/") for name in lying(tmp_path))
    assert len(lying(tmp_path)) == 2
