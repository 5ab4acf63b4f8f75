"""HTTP as a way in: what was spooled is admitted here, once for each key, and only then its sender hears 202.

Nothing lies here: a body whose sender was not told yes is the sender's, who sends it again under the same key.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import BinaryIO

import msgspec
import structlog

from gateway.channels.later import later
from gateway.channels.names import shown
from gateway.failpoints import failpoint
from gateway.model.finding import Finding
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Admission, Admit, Spooled

log = structlog.get_logger()

BATCH = 64
"""Files admitted at once, so that one commit pays for many senders."""

PATIENCE = 60.0
"""Seconds that a sender waits for the commit; then it hears that it is not known yet."""

Known = Callable[[str, str], tuple[int, str] | None]
"""The number and the SHA-256 of what came through this channel under this source_key."""


class HttpDrop(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `gateway.ports.Drop` for a body that was spooled."""

    channel: str
    source_key: str
    name: str
    body: Spooled
    findings: tuple[Finding, ...] = ()

    def open(self) -> BinaryIO:
        """Its bytes, from the start."""
        try:
            return self.body.path.open("rb")
        except OSError as error:
            raise later("http.not_readable", name=self.name, reason=error.strerror) from error


class _Offer(msgspec.Struct, frozen=True):
    """A drop, and the sender who waits for its number."""

    drop: HttpDrop
    number: Future[int | None]


class HttpIntake:
    """Implements `gateway.ports.Intake`; `take` is called by whoever serves HTTP, from any thread."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._offers: queue.SimpleQueue[_Offer | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._open = False
        self._thread: threading.Thread | None = None

    def take(self, channel: str, key: str, name: str, body: Spooled) -> int | None:
        """Make this body ours; returns after the commit, with the number of the transmission (None: it was given none).

        The same key with the same bytes has the same number. Raises Refused("http.key_reused") for other bytes, and
        TryLater where it was not taken, OutcomeUnknown where that is not known.
        """
        failpoint("http.spooled")
        # Neither another channel's key nor that of a file that came another way is ever the same.
        drop = HttpDrop(channel=channel, source_key=f"http {channel} {key}", name=shown(name), body=body)
        offer = _Offer(drop, Future())
        with self._door:
            if not self._open:
                raise TryLater("the gateway stops")
            self._offers.put(offer)
        try:
            number = offer.number.result(PATIENCE)
        except TimeoutError as slow:
            raise OutcomeUnknown(f"not committed within {PATIENCE:g} seconds") from slow
        failpoint("http.admitted")
        return number

    def start(self, admit: Admit) -> None:
        """Begin to offer, from a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(admit,), name="http intake", daemon=True)
        with self._door:
            self._open = True
        self._thread.start()

    def look(self, _admit: Admit) -> int:
        """Nothing lies anywhere that could be offered."""
        return 0

    def waiting(self) -> int:
        """Nothing settles here: what is not complete is not seen."""
        return 0

    def stop(self) -> None:
        """End the thread after all that was offered."""
        with self._door:
            self._open = False
        if self._thread is not None:
            self._offers.put(None)
            self._thread.join()
            self._thread = None

    def _run(self, admit: Admit) -> None:
        while batch := self._batch():
            while batch:
                now: dict[str, _Offer] = {}
                for offer in batch:
                    now.setdefault(offer.drop.source_key, offer)
                self._admit(admit, list(now.values()))
                # The same key twice at once: the second meets what became of the first.
                batch = [offer for offer in batch if not offer.number.done()]

    def _batch(self) -> list[_Offer]:
        """The next offer, and those that are there already; none where it ends."""
        batch: list[_Offer] = []
        offer = self._offers.get()
        while offer is not None:
            batch.append(offer)
            if len(batch) == BATCH or self._offers.empty():
                return batch
            offer = self._offers.get()  # nobody else takes from it
        if batch:
            self._offers.put(None)
        return batch

    def _admit(self, admit: Admit, offers: Sequence[_Offer]) -> None:
        """Answer what is known, admit what is new; every one of them has its answer then."""
        try:
            new = [offer for offer in offers if not self._is_known(offer)]
            admissions = {each.source_key: each for each in admit([offer.drop for offer in new])} if new else {}
            for offer in new:
                _answer(offer, admissions.get(offer.drop.source_key))
        except Exception:  # nobody else could restart the intake
            log.exception("intake.failed")
            for offer in offers:
                if not offer.number.done():
                    offer.number.set_exception(OutcomeUnknown("it broke off while it was taken"))

    def _is_known(self, offer: _Offer) -> bool:
        """Whether its key came before; its sender hears the number again, or that the bytes are others."""
        found = self._known(offer.drop.channel, offer.drop.source_key)
        if found is None:
            return False
        number, sha256 = found
        if sha256 == offer.drop.body.sha256:
            offer.number.set_result(number)
        else:
            offer.number.set_exception(Refused("http.key_reused", number=number))
        return True


def _answer(offer: _Offer, admission: Admission | None) -> None:
    if admission is None or not admission.taken:
        offer.number.set_exception(TryLater("it was not admitted"))
    else:
        offer.number.set_result(admission.transmission)
