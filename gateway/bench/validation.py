"""Reading X12: validation alone and the whole work, beside pyx12's full validation of the same orders with the same maps."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import logging
import time
from pathlib import Path
from typing import Final

from gateway.bench import orders
from gateway.bench.apart import apart, peak_memory
from gateway.bench.figure import Figure
from gateway.settings import init

ORDERS: Final = 6_000
PEER_ORDERS: Final = 400  # pyx12 takes the same time for each order, so a slice tells its rate
_ROUNDS: Final = 5  # the three take turns, so that a minute in which the machine is slow is slow for all of them
_PEER: Final = "MB/CPU-s of pyx12, full validation"


def validation(folder: Path) -> list[Figure]:
    """Rates in MB of X12 per second of process CPU, each run in a fresh process; imports are not counted, maps are."""
    file, slice_ = folder / "orders.edi", folder / "slice.edi"
    size, peer_size = orders.write(file, ORDERS), orders.write(slice_, PEER_ORDERS)
    home = init(folder / "home").root
    rounds = [
        (
            apart(seconds_to_validate, file, ORDERS),
            apart(explain_summary, file, home)[0],
            apart(seconds_of_pyx12, slice_),
        )
        for _ in range(_ROUNDS)
    ]
    read, whole, peer = (min(spent) for spent in zip(*rounds, strict=True))
    return figures(read=size / read, whole=size / whole, peer=peer_size / peer)


def figures(*, read: float, whole: float, peer: float) -> list[Figure]:
    """The two figures from three rates in bytes per second."""
    return [
        _figure("X12 validation", read, peer, 40),
        _figure("whole work: validation, documents, acknowledgments", whole, peer, 25),
    ]


def _figure(what: str, rate: float, peer: float, target: float) -> Figure:
    return Figure(what=what, value=rate / 1e6, unit="MB/CPU-s", beside=peer / 1e6, beside_what=_PEER, target=target)


def seconds_to_validate(file: Path, sets: int) -> float:
    """CPU seconds to read the file to its end, without documents; raises ValueError where it is not found sound.

    With the collector as every command that reads files sets it; pyx12 keeps Python's own, and is not faster without.
    """
    from gateway.terminal.explain import OBJECTS_BETWEEN_LOOKS  # noqa: PLC0415 - in the fresh process alone
    from gateway.x12.maps import Maps  # noqa: PLC0415
    from gateway.x12.read import read  # noqa: PLC0415
    from gateway.x12.reading import SetRead  # noqa: PLC0415

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    seen = faults = 0
    began = time.process_time()
    with file.open("rb") as stream:
        for part in read(stream, Maps()):
            seen += isinstance(part, SetRead)
            faults += len(part.findings)
    spent = time.process_time() - began
    if seen != sets or faults:
        raise ValueError(f"{file.name}: {seen} sets with {faults} findings, where {sets} sound ones were written")
    return spent


def explain_summary(file: Path, home: Path) -> tuple[float, int]:
    """What `gateway explain --summary` takes: CPU seconds, and peak memory in bytes; raises ValueError where not all is accepted."""
    import gateway.profiles.load  # noqa: PLC0415 - in the fresh process alone, and before the clock starts
    import gateway.terminal.dryrun  # noqa: PLC0415
    import gateway.terminal.summary  # noqa: F401, PLC0415 - loaded, so that it is not measured
    from gateway.terminal.explain import add_explain, run_explain  # noqa: PLC0415

    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path)
    add_explain(parser)
    parsed = parser.parse_args(["--summary", "--home", str(home), str(file)])
    began, said = time.process_time(), io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run_explain(parsed)
    spent = time.process_time() - began
    if code:
        raise ValueError(f"explain does not accept sound orders: {said.getvalue()}")
    return spent, peak_memory()


def seconds_of_pyx12(file: Path) -> float:
    """CPU seconds of pyx12 for the same, its 997 included; raises ValueError where it finds a fault."""
    from pyx12.params import ParamsBase  # noqa: PLC0415 - in the fresh process alone
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    from gateway.x12.maps import maps_folder  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    maps = str(maps_folder() / "004010")
    acknowledgment = io.StringIO()
    began = time.process_time()
    sound = x12n_document(ParamsBase(), str(file), acknowledgment, None, None, None, None, maps)
    spent = time.process_time() - began
    if not sound or "AK9*A*" not in acknowledgment.getvalue():
        raise ValueError("pyx12 does not accept these orders, so there is nothing to compare with")
    return spent
