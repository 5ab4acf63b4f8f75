"""A dry run decides as the route does: the same files through both, against the same ledger."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select

from gateway.flow.receive import receive
from gateway.flow.translate import translate
from gateway.ledger import following, tables
from gateway.model.finding import Finding
from gateway.settings import init
from gateway.terminal.explain import explain
from gateway.terminal.report import Report
from gateway.terminal.story import stories_of
from gateway.wiring import Gateway, open_gateway
from tests.terminal.files import order, written, x12

INVOICE = [
    ("BIG", "20261118", "INV-1", "20261116", "PO-1"),
    ("IT1", "1", "2", "EA", "4.25", "", "VP", "A-1"),
    ("TDS", "850"),
    ("CTT", "1"),
]
OTHER_INVOICE = [*INVOICE[:1], ("IT1", "1", "3", "EA", "4.25", "", "VP", "A-1"), ("TDS", "1275"), ("CTT", "1")]
OF_ACME: dict[str, Any] = {"sender": "ACMEMED", "kind": "810", "functional_id": "IN"}
ANSWER: dict[str, Any] = {"kind": "997", "functional_id": "FA"}

BILLS = b"""\
Invoice No,Invoice Date,PO Number,Line,Item,UPC,Description,Qty,Unit,Unit Price,Invoice Total
B-1,11/18/2026,PO-1,1,IT-1,012345678905,Screw,50,EA,1.00,70.00
B-2,11/18/2026,PO-2,1,IT-1,012345678905,Screw,7,EA,1.00,7.00
B-1,11/18/2026,PO-1,2,IT-2,012345678912,Plate,2,EA,10.00,70.00
"""

# In this order into one ledger: the channel, what is dropped there.
FILES: list[tuple[str, bytes]] = [
    ("northclinic", x12(order(), ack_requested="1", control=1)),
    ("northclinic", x12(order(), ack_requested="1", control=1)),
    ("northclinic", x12(order("PO-9"), control=1)),
    ("northclinic", x12(order(), control=2)),
    ("northclinic", x12(order(quantity="13"), control=3)),
    ("northclinic", x12(order(), usage="T", control=4)),
    ("northclinic", x12(order("PO-2", quantity="X"), order("PO-3"), control=5)),
    ("northclinic", x12(order("PO-4", quantity="X"), control=6)),
    ("northclinic", x12(order("PO-5"), order("PO-5"), order("PO-5", quantity="1"), control=7)),
    ("northclinic", x12(order("PO-6"), control=8).replace(b"GE*1*8~\n", b"")),
    ("northclinic", x12(order("PO-6"), control=9).replace(b"IEA*1*000000009~\n", b"")),
    ("northclinic", x12(order("PO-6"), control=10).replace(b"IEA*1*000000010", b"IEA*1*000000011")),
    ("northclinic", x12(order("PO-7"), sender="SOMEBODY", control=11)),
    ("northclinic", x12(order("PO-7"), receiver="SOMEBODY", control=12)),
    ("northclinic", x12(INVOICE, kind="810", functional_id="IN", control=13)),
    ("northclinic", x12([("AK1", "PO", "7"), ("AK9", "A", "1", "1", "1")], **ANSWER, control=14)),
    ("northclinic", x12([("AK1", "PO", "7")], **ANSWER, control=18)),
    ("northclinic", x12(order("PO-8"), control=15) * 2 + x12(order("PO-8"), control=16)),
    ("northclinic", x12(order("PO-10"), control=17) + b"RUBBISH"),
    ("northclinic", x12(order("PO-12"), control=31) + b"RUBBISH" + x12(order("PO-13"), control=32)),
    ("northclinic", x12(order("PO-12"), order("PO-14"), control=33)),
    ("acme", x12(INVOICE, **OF_ACME, control=20)),
    ("acme", x12(OTHER_INVOICE, **OF_ACME, control=21)),
    ("acme", x12(order("PO-11"), control=22)),
    ("acme", x12(**OF_ACME, control=23)),
    ("acme", x12(**OF_ACME, control=24).replace(b"GE*0*24~\n", b"")),
    ("acme", x12(control=25)),
    ("acme", x12(*[INVOICE[:1]] * 2, **OF_ACME, control=26)),
    ("acme", b"Dear customer, we moved."),
    ("acme", b""),
    ("acme", b" \r\n"),
    ("acme", b"Invoice No,Line\nB-1,1\n"),
    ("acme", b"ISA*00*too short~"),
    ("acme", x12(INVOICE, **OF_ACME, control=27).replace(b"GE*1*27", b"GE*0*27").replace(b"ST*", b"XX*")),
    ("acme", x12(**OF_ACME, control=28).replace(b"GE*0*28", b"GE*2*28")),
    ("acme", x12(INVOICE, **OF_ACME, control=29).replace(b"GS*IN*ACMEMED*HEALTHSYS", b"GS*IN*OTHER*ELSE")),
    ("bolt", b"Invoice No,Line\nB-1,1\n"),
    ("bolt", BILLS),
    ("bolt", BILLS),
    ("bolt", BILLS.replace(b"B-2,", b"B-3,").replace(b",50,", b",5x,")),
    ("bolt", BILLS.replace(b",50,", b",60,").replace(b"B-2,", b"B-4,")),
    ("bolt", BILLS.replace(b"B-1,", b",")),
    ("bolt", BILLS.replace(b"\n", b"\r\n").replace(b",", b";")),
    ("bolt", BILLS + b'B-9,11/18/2026,PO-1,1,IT-9,"never closed'),
    ("bolt", b"%PDF-1.7\n"),
    ("bolt", b""),
    ("bolt", b" \r\n"),
    ("bolt", b"Order No,Line,Item,Qty,Unit,Answer,Ship Date\nPO-1,1,IT-1,5,EA,IA,11/20/2026\n"),
    ("bolt", x12(order(), control=30)),
]


class _Drop:
    """A file at a channel's door."""

    findings: tuple[Finding, ...] = ()

    def __init__(self, channel: str, number: int, content: bytes) -> None:
        self.channel = channel
        self.source_key = self.name = f"{number}.edi"
        self._content = content

    def open(self) -> BinaryIO:
        return io.BytesIO(self._content)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with open_gateway(init(tmp_path / "home")) as opened:
        yield opened


def test_what_a_dry_run_tells_is_what_the_daemon_then_does(gateway: Gateway, tmp_path: Path) -> None:
    for number, (channel, content) in enumerate(FILES, 1):
        file = written(tmp_path, content, f"{number}.edi")
        report = explain(file, home=gateway.home.root, partner=channel, at=gateway.ledger.now())
        receive(gateway.route, [_Drop(channel, number, content)])
        translate(gateway.route)
        assert _told(report) == _done(gateway, number), f"file {number}"
        assert report.outcome == _in_the_window(gateway, number), f"file {number}"
        if report.outcome in ("rejected", "held"):
            assert (report.reason or "").split(": ")[0] in _cases(gateway, number), f"file {number}"


def test_a_dry_run_leaves_no_trace(gateway: Gateway, tmp_path: Path) -> None:
    receive(gateway.route, [_Drop(*FILES[0][:1], 1, FILES[0][1])])
    translate(gateway.route)
    gateway.ledger.close()
    before = _everything(gateway.home.root)
    explain(written(tmp_path, FILES[1][1]), home=gateway.home.root, at=gateway.ledger.now())
    assert _everything(gateway.home.root) == before


def test_what_config_says_of_limits_holds_for_the_next_file(gateway: Gateway) -> None:
    page = gateway.home.config
    page.write_text(f"{page.read_text()}\n[limits]\nrows = 10\n")
    os.utime(page, (1, 1))
    assert gateway.current.refresh().taken
    receive(gateway.route, [_Drop("bolt", 1, BILLS + BILLS.split(b"\n", 1)[1] * 4)])
    translate(gateway.route)
    assert _done(gateway, 1)["findings"] == ["table.too_many_rows"]


def _told(report: Report) -> dict[str, Any]:
    """What the report says, as far as a ledger can say it too."""
    return {
        "state": {"accepted": "translated", "partial": "translated"}.get(report.outcome, report.outcome),
        "findings": sorted(
            {found.code for interchange in report.interchanges for found in _all(interchange)}
            | {found.code for found in report.findings}
            | {found.code for document in report.documents for found in document.findings}
        ),
        "posts": [(owed.kind, owed.key) for owed in report.deliveries if owed.key is not None],
        "answers": [(answer.kind, _without_numbers(answer.content)) for answer in report.acknowledgments],
    }


def _all(interchange: Any) -> list[Finding]:  # noqa: ANN401 - a part of a report
    groups = interchange.groups
    inner = [found for group in groups for each in group.transactions for found in each.findings]
    return [*interchange.findings, *(found for group in groups for found in group.findings), *inner]


def _done(gateway: Gateway, number: int) -> dict[str, Any]:
    """What the ledger says the daemon did."""
    t, i, d, f = tables.transmission, tables.interchange, tables.delivery, tables.finding
    with gateway.ledger.read() as snapshot:
        file = snapshot.execute(select(t).where(t.c.source_key == f"{number}.edi")).one()
        owed = snapshot.execute(select(d).where(d.c.transmission_id == file.id).order_by(d.c.id)).all()
        said = set(snapshot.execute(select(f.c.code).where(f.c.transmission_id == file.id)).scalars())
        came_before = i.c.reason.in_(["duplicate.interchange", "file.duplicate"])
        again = select(i.c.id).where(i.c.transmission_id == file.id, came_before)
        repeated = set(snapshot.execute(again).scalars())
    return {
        "state": file.state,
        "findings": sorted(said),
        "posts": [(row.document_kind, row.business_key) for row in owed if row.kind == "erp"],
        # What a duplicate was answered the first time goes out again; a dry run shows no answer of its own to it.
        "answers": [
            (row.acknowledgment_kind, _without_numbers(row.content.decode("utf-8-sig")))
            for row in owed
            if row.kind == "acknowledgment" and row.interchange_id not in repeated
        ],
    }


def _in_the_window(gateway: Gateway, number: int) -> str:
    """What the window of `gateway run` calls it."""
    t = tables.transmission
    with gateway.ledger.read() as snapshot:
        file = snapshot.execute(select(t.c.id).where(t.c.source_key == f"{number}.edi")).scalar_one()
        (story,) = stories_of(snapshot, following.file_rows(snapshot, [file]))
    return story.outcome


def _cases(gateway: Gateway, number: int) -> set[str]:
    """Why the daemon put something of this file before a person."""
    t, c = tables.transmission, tables.case
    query = select(c.c.reason).join(t, t.c.id == c.c.transmission_id).where(t.c.source_key == f"{number}.edi")
    with gateway.ledger.read() as snapshot:
        return set(snapshot.execute(query).scalars())


def _without_numbers(answer: str) -> str:
    """An acknowledgment, or an answer in words, without its own numbers, date and time."""
    answer = re.sub(r"Received:.*?\r\n", "", answer)
    answer = re.sub(r"(ur number: file) \d+", r"\1 N", answer)
    answer = re.sub(r"\*\d{6}\*\d{4}\*U\*00401\*\d{9}\*0", "*D*T*U*00401*N*0", answer, count=1)
    answer = re.sub(r"\nGS\*FA\*(\w+)\*(\w+)\*\d{8}\*\d{4}\*\d+\*", r"\nGS*FA*\1*\2*D*T*N*", answer)
    answer = re.sub(r"\nGE\*(\d+)\*\d+~", r"\nGE*\1*N~", answer)
    return re.sub(r"\nIEA\*(\d+)\*\d{9}~", r"\nIEA*\1*N~", answer)


def _everything(home: Path) -> dict[str, tuple[int, int]]:
    """Every file there is, with its size and when it was written."""
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in home.rglob("*")}
