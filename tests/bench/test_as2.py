"""The AS2 figures, and that what is measured is a message that arrives; no time is asserted here."""

from __future__ import annotations

from pathlib import Path

from gateway.bench.as2 import _make_keys, memory_figure, peak_to_build, peak_to_read, rate_figures, rates


def test_rates_stand_beside_the_peer_and_without_it_aim_at_nothing() -> None:
    build, read = rate_figures(1_000_000, (120.0, 50.0), (10.0, 10.0), 6.0)
    assert (build.what, build.ratio, build.met) == ("AS2, 1 MB: signed and encrypted", 12.0, True)
    assert (read.what, read.met) == ("AS2, 1 MB: read, MDN signed", False)
    alone = rate_figures(10_000, (120.0, 50.0), None, 3.0)
    assert [figure.met for figure in alone] == [None, None]
    assert alone[0].what.startswith("AS2, 10 KB")


def test_too_much_memory_fails_the_run() -> None:
    assert memory_figure("to read", 301_000_000).broken
    assert not memory_figure("to read", 299_000_000).broken


def test_what_is_measured_are_messages_that_arrive(tmp_path: Path) -> None:
    _make_keys(tmp_path)
    (tmp_path / "payload").write_bytes(b"ST*850" * 100)
    assert all(rate > 0 for rate in rates(tmp_path, 2))
    assert peak_to_build(tmp_path) > 0
    assert peak_to_read(tmp_path) > 0
