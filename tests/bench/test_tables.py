"""The invoices we measure with are sound for the sample partner, so that the whole work is done on them."""

from pathlib import Path

import pytest

from gateway.bench.figure import Figure
from gateway.bench.invoices import table, write
from gateway.bench.latency import figures as latency_figures
from gateway.bench.tables import figures, seconds_of_csv, seconds_to_interpret
from gateway.settings import init


def test_every_invoice_is_sound_for_the_sample_partner(tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    write(file, 3)

    assert seconds_to_interpret(file, init(tmp_path / "home").root, 3) > 0
    assert seconds_of_csv(file) > 0
    assert seconds_of_csv(file, named=True) > 0


def test_a_table_that_is_not_sound_is_not_measured(tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_bytes(b"".join(table(2)).replace(b",BX,", b",a box,", 1))

    with pytest.raises(ValueError, match="2 invoices with 1 findings"):
        seconds_to_interpret(file, init(tmp_path / "home").root, 2)


def test_the_same_invoices_are_the_same_bytes() -> None:
    assert list(table(3)) == list(table(3))
    assert len(b"".join(table(3, lines=4)).splitlines()) == 1 + 3 * 4


def test_the_rate_is_held_against_named_cells_and_shown_beside_bare_ones() -> None:
    named, plain = figures(whole=30.0, named=100.0, plain=300.0)

    assert (named.ratio, named.target, named.met, named.broken) == (0.3, 0.15, True, False)
    assert (plain.ratio, plain.target) == (0.1, None)


def test_the_slowest_hundredth_is_held_against_a_time_and_the_middle_beside_the_floor() -> None:
    quick = [0.05] * 97

    middle, slowest, floor = latency_figures([*quick, 0.2, 0.2, 0.2], [0.01] * 10)

    assert (round(middle.value), round(middle.beside or 0), middle.met) == (50, 10, None)
    assert (round(slowest.value), slowest.met) == (200, False)
    assert isinstance(floor, Figure)
    assert round(floor.value) == 10
    assert latency_figures(quick, quick)[1].met
