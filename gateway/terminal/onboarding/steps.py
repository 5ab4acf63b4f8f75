"""One step of a check and how it is told: in order, not in order with what to do, or left out with the reason."""

from __future__ import annotations

import textwrap
from enum import StrEnum
from typing import Final

import msgspec

_WIDTH: Final = 108


class Verdict(StrEnum):
    """What came of a step, as it stands before its sentence."""

    WELL = "ok"
    WRONG = "WRONG"
    LEFT_OUT = "--"


class Step(msgspec.Struct, frozen=True):
    """What was looked at, in a sentence, and what to do where it is wrong."""

    verdict: Verdict
    sentence: str

    @property
    def lines(self) -> list[str]:
        """As a person reads it."""
        return textwrap.wrap(
            self.sentence,
            _WIDTH,
            initial_indent=f"{self.verdict:<6} ",
            subsequent_indent=" " * 7,
            break_on_hyphens=False,
        )


def well(sentence: str) -> Step:
    """It is in order."""
    return Step(Verdict.WELL, sentence)


def wrong(sentence: str) -> Step:
    """It is not, and the sentence says what to do."""
    return Step(Verdict.WRONG, sentence)


def left_out(sentence: str) -> Step:
    """It was not looked at, and the sentence says why."""
    return Step(Verdict.LEFT_OUT, sentence)
