"""`gateway run`: the daemon in a terminal, telling what becomes of each file as it happens."""

from __future__ import annotations

import gc
import logging
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import structlog

from gateway.model.outcomes import TryLater
from gateway.settings import Home
from gateway.terminal.narrate import Narrator, closing_words, opening_words
from gateway.terminal.samples import lay_out_samples
from gateway.wiring import Gateway, listening, open_gateway

_LOOK = 0.25  # seconds between looks at what was finished
_OBJECTS_BETWEEN_LOOKS = 50_000  # for the collector, which is otherwise a tenth of all work; a batch makes fewer


def run(home: Home, *, lab: bool, samples: bool, once: bool) -> int:
    """Run until told to stop, or, `once`, until nothing is due; 0 when it ended well."""
    _log_to(home.var / "gateway.log")
    with open_gateway(home, lab=lab) as gateway:
        laid_out = lay_out_samples(home) if samples else 0
        return _once(gateway) if once else _stay(gateway, laid_out if samples else None)


def _once(gateway: Gateway) -> int:
    narrator = Narrator(gateway.ledger, _say)
    daemon = gateway.daemon()
    _collect_seldom()
    daemon.one_pass()
    narrator.tell()
    print(narrator.sum_up())
    if waiting := narrator.cases_waiting():
        print(f"{waiting} cases wait for a person: `gateway queue` lists them.")
    return 0


def _stay(gateway: Gateway, laid_out: int | None) -> int:
    """Until a signal; `laid_out` samples make the first pass, None where there is none to sum up."""
    ended = threading.Event()
    _stop_on_signals(ended)
    for line in opening_words(gateway):
        _say(line)
    narrator = Narrator(gateway.ledger, _say)
    daemon = gateway.daemon()
    _collect_seldom()
    with listening(gateway):
        daemon.start()
        told, pause = False, _LOOK
        while not ended.wait(pause):
            began = time.monotonic()
            with suppress(TryLater):  # a busy ledger: told once it can be read again
                narrator.tell()
            # Under load people wait for the files, not for the telling: it takes a tenth of the time at most.
            pause = max(_LOOK, 9 * (time.monotonic() - began))
            if laid_out is not None and not told and narrator.told >= laid_out and narrator.waiting == 0:
                told = True
                for line in closing_words(gateway, narrator):
                    _say(line)
        _say("Stopping: what is in hand is finished first.")
        daemon.stop()
    return 0


def _collect_seldom() -> None:
    """What is there at the start stays, maps above all: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)


def _say(line: str) -> None:
    """One line, at once: who reads it through a pipe or a service's log waits for it too."""
    print(line, flush=True)


def _stop_on_signals(ended: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _log_to(path: Path) -> None:
    """Facts, one JSON object a line, beside the ledger: the terminal is for people."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.basicConfig(filename=path, level=logging.INFO, format="%(message)s", force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
