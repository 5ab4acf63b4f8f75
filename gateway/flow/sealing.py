"""The clock's part of the trail: seal what is due, and tell a person where the key does not allow it."""

from __future__ import annotations

from pathlib import Path

import structlog

from gateway.flow.cases import close_cases, open_case_once
from gateway.ledger.seal import Tip, is_signed, seal, tip_of
from gateway.ledger.views import last_event
from gateway.ledger.write import Ledger
from gateway.model.outcomes import Refused, TryLater
from gateway.trail.keys import signer_in
from gateway.trail.note import Signer

log = structlog.get_logger()
_SUBJECT = "trail"


class Sealing:
    """Seals one home's trail with the key in `keys`, from one thread at a time."""

    def __init__(self, ledger: Ledger, keys: Path) -> None:
        self._ledger = ledger
        self._keys = keys
        self._known: tuple[Signer, Tip] | None = None
        self._seen = -1  # the ledger's changes when nothing was left to seal
        self._trouble: str | None = ""  # what a person was told; "" before the first look

    def look(self) -> None:
        """Seal what is due; at rest this costs nothing."""
        changes = self._ledger.changes
        if changes != self._seen and self._settled(everything=False):
            self._seen = changes

    def finish(self) -> None:
        """Seal everything, at the end of a run."""
        self._settled(everything=True)

    def _settled(self, *, everything: bool) -> bool:
        """Seal; whether nothing is left that time alone would make due."""
        try:
            left = self._seal(everything=everything)
        except Refused as refused:
            self._known = None
            self._tell(refused)
            return False
        except TryLater as later:
            self._known = None  # whether its commit got through is read from the ledger again
            log.warning("trail.later", why=str(later))
            return False
        self._tell(None)
        return not left

    def _seal(self, *, everything: bool) -> bool:
        """Seal until nothing more is due; whether something waits."""
        signer, tip = self._known or self._first()
        while (sealed := seal(self._ledger, signer, tip, everything=everything)) is not tip:
            tip = sealed
            log.info("trail.sealed", size=tip.frontier.size, root=tip.frontier.root().hex())
        self._known = (signer, tip)
        with self._ledger.read() as snapshot:
            return last_event(snapshot) > tip.last_event

    def _first(self) -> tuple[Signer, Tip]:
        with self._ledger.read() as snapshot:
            signer = signer_in(self._keys, signed=is_signed(snapshot))
            return signer, tip_of(snapshot, signer)

    def _tell(self, refused: Refused | None) -> None:
        """A case while it cannot go on, told once; closed when it can."""
        trouble = None if refused is None else refused.code
        if trouble == self._trouble:
            return
        with self._ledger.write() as tx:
            if refused is not None:
                open_case_once(tx, refused.code, _SUBJECT, refused.facts)
            else:
                close_cases(tx, _SUBJECT, "the trail is sealed again")
        self._trouble = trouble
