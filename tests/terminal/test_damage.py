"""Real-looking files, damaged: a result in every form, every byte accounted for, never an error."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.render import Page
from gateway.terminal.summary import count
from gateway.terminal.tell import report
from gateway.x12.maps import Maps
from tests.terminal.conftest import NOW
from tests.terminal.files import Marks, order, written, x12

MAPS = Maps()
GOOD = [
    x12(order(), order("PO-2"), ack_requested="1"),
    x12(order(), marks=Marks(element="|", component="^", segment="'", suffix=""), usage="T") * 2,
    x12([("AK1", "PO", "7"), ("AK9", "A", "1", "1", "1")], kind="997", functional_id="FA"),
    x12(
        [("BSN", "00", "S-1", "20261118", "1000"), ("HL", "1", "", "S"), ("HL", "2", "1", "O")],
        kind="856",
        functional_id="SH",
    ),
]
TELLING = [
    b"~",
    b"*",
    b">",
    b"\n",
    b"ISA*",
    b"IEA*1*000000101~",
    b"GS*",
    b"ST*850*0009~",
    b"SE*3*0009~",
    b"\xff",
    b"\x00",
    b"~~",
    b"",
]

damage = st.tuples(st.integers(0, 2000), st.integers(0, 40), st.sampled_from(TELLING) | st.binary(max_size=6))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.sampled_from(GOOD), damages=st.lists(damage, min_size=1, max_size=4))
def test_a_damaged_file_gives_a_result_and_loses_no_byte(
    tmp_path: Path, content: bytes, damages: list[tuple[int, int, bytes]]
) -> None:
    for where, size, instead in damages:
        place = where % (len(content) + 1)
        content = content[:place] + instead + content[place + size :]
    run = DryRun(Asked(file=written(tmp_path, content), at=NOW), MAPS)
    told = report(run)
    assert (told.bytes, told.consumed) == (len(content), len(content))
    assert (told.outcome == "accepted") == (told.reason is None)
    lines: list[str] = []
    assert Page(lines.append, show=True, colour=False).tell(run).outcome == told.outcome
    assert count(run)[1].outcome == told.outcome
    assert [line for line in lines if not line.isprintable()] == []
