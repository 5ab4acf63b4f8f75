"""BIN and BDS carry bytes by their length. No map of ours has them, so they are cut like any segment: nothing else is lost."""

import pytest

from gateway.x12.reading import GroupRead, InterchangeRead, SetRead
from gateway.x12.verdict import judge_set
from tests.x12.interchanges import ORDER, codes, interchange, read_all, sets, transaction


@pytest.mark.parametrize(
    "binary",
    [
        pytest.param("", id="none at all"),
        pytest.param("no separator in it", id="plain"),
        pytest.param("~~*~>~\n~", id="separators"),
        pytest.param("\x00\x01\xff\xfe\x1a\r\n", id="bytes that are no text"),
        pytest.param("~N1*ST*X~PO1*9*9*EA~", id="segments of this set"),
        pytest.param("~SE*3*0001~N1*ST*X~", id="what ends this set"),
        pytest.param("~ST*850*0099~BEG*00*SA*PO9**20261116~", id="what begins another set"),
        pytest.param("~GE*1*7~GS*PO*A*B*20261116*0812*8*X*004010~", id="what ends this group"),
        pytest.param("~IEA*1*000000007~", id="what ends this interchange"),
        pytest.param("~ISA*00*", id="what begins another"),
    ],
)
@pytest.mark.parametrize("segment", ["BIN*{size}*{binary}", "BDS*ASC*{size}*{binary}"])
def test_a_set_with_binary_bytes_is_refused_and_no_byte_or_set_is_lost(segment: str, binary: str) -> None:
    carrying = segment.format(size=len(binary), binary=binary)
    content = interchange(
        transaction(*ORDER, carrying, control="0001"), transaction(*ORDER, control="0002"), suffix="~"
    )
    parts = read_all(content)  # which holds that every byte is accounted for
    found = [part for part in parts if isinstance(part, SetRead)]
    carrier = next(one for one in found if one.control == "0001")
    assert judge_set(carrier).code == "R"
    assert sum(part.counted for part in parts if isinstance(part, GroupRead)) == len(found)
    assert any(isinstance(part, InterchangeRead) for part in parts)


def test_the_sets_beside_it_are_taken_and_it_is_named() -> None:
    carrying = transaction(*ORDER, "BIN*5*a~b*c", control="0001")
    found = sets(interchange(carrying, transaction(*ORDER, control="0002")))
    assert [(one.control, judge_set(one).code) for one in found] == [("0001", "R"), ("0002", "A")]
    assert any("is BIN" in one.message for one in found[0].findings)
    assert codes(found[1].findings) == []
