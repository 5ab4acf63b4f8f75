"""The orders we measure with are what they say: sound, so that every engine does its whole work on them."""

import io
from pathlib import Path

from gateway.bench.orders import interchange, write, write_of_size
from gateway.x12.maps import Maps
from gateway.x12.read import Reader
from gateway.x12.reading import InterchangeRead, SetRead


def test_every_order_is_sound_x12_of_its_own_number() -> None:
    content = b"".join(interchange(12, lines=3, control=7))
    reader = Reader(io.BytesIO(content), Maps())

    parts = list(reader)

    sets = [part for part in parts if isinstance(part, SetRead)]
    assert [part.findings for part in parts] == [()] * len(parts)
    assert [part.control for part in sets] == [f"{n:04d}" for n in range(1, 13)]
    assert isinstance(parts[-1], InterchangeRead)
    assert reader.consumed == len(content)


def test_the_same_orders_are_the_same_bytes_and_another_control_number_is_another_order() -> None:
    assert list(interchange(2)) == list(interchange(2))
    assert list(interchange(2))[1] != list(interchange(2, control=2))[1]


def test_a_file_tells_its_size_and_comes_near_the_size_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "orders.edi"

    assert write(file, 3) == file.stat().st_size
    write_of_size(file, 100_000)
    assert 95_000 < file.stat().st_size < 105_000
