"""What the gateway answers to a file: the very pass that `gateway explain` makes, as the files that would come back."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import msgspec

from gateway.profiles.agreement import Agreement, Partner, Profiles
from gateway.profiles.load import Loaded
from gateway.terminal.answer import PLACEHOLDER
from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.report import Outcome
from gateway.terminal.tell import report
from gateway.x12.maps import Maps


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a file, and the answers to it by their names."""

    outcome: Outcome
    reason: str | None
    answers: dict[str, bytes]


class Reader:
    """Reads files as if this partner had sent them, in these settings; writes nothing and knows of no earlier file."""

    def __init__(self, loaded: Loaded, partner: Partner, maps: Maps) -> None:
        self._profiles: Profiles = loaded.profiles
        self._limits = loaded.limits
        self._partner = partner
        self._maps = maps

    def reply(self, file: Path, agreed: Agreement, now: datetime) -> Reply:
        """What the gateway would answer to this file of that agreement, now or on the first day it holds."""
        at = now
        if agreed.effective_from and agreed.effective_from > now.date():
            at = datetime.combine(agreed.effective_from, time(12), UTC)
        asked = Asked(file=file, at=at, profiles=self._profiles, limits=self._limits, partner=self._partner)
        run = DryRun(asked, self._maps)
        told = report(run)
        answers = {
            answer_name(agreed, each.kind): each.content.encode("latin-1")
            for each in told.acknowledgments
            if each.kind not in _IN_WORDS
        }
        _, letters = run.letters()
        answers |= {letter.name: letter.content for letter in letters}
        return Reply(outcome=told.outcome, reason=told.reason, answers=answers)


def answer_name(agreed: Agreement, kind: str) -> str:
    """How an acknowledgment of this kind is named, with the first number there is."""
    return agreed.acknowledgment_name.format(
        partner=agreed.partner, kind=kind, control=f"{PLACEHOLDER:09}", number=PLACEHOLDER
    )


_IN_WORDS = ("text", "csv")
