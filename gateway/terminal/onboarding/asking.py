"""Finding out what a new partner's file needs: told by a flag, known from a sample, guessed and confirmed, or asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TextIO

import msgspec

from gateway.model.outcomes import Refused
from gateway.x12.charset import printable

SAID: Final = "said when it was added"
"""Why a value stands in the file where a person named it."""

_TRIES: Final = 5
_LONGEST: Final = 1000  # characters of an answer
Check = Callable[[str], str]
"""Makes an answer the value that is written; raises Refused where it is none."""


class Known(msgspec.Struct, frozen=True):
    """A value and where it comes from; `guessed` where a person should look at it."""

    value: str
    why: str
    guessed: bool = False


class Question(msgspec.Struct, frozen=True):
    """What is asked, and the flag that answers it: `text` is a whole question, `flag` as one writes it ("--name NAME").

    `offered`: on a terminal it is asked even where the usual answer is no guess.
    """

    text: str
    flag: str
    offered: bool = False


class Asker:
    """Asks on a terminal. Without one, what is missing and what is only guessed is gathered, and refused together."""

    def __init__(self, answers: TextIO, out: TextIO, *, terminal: bool, yes: bool) -> None:
        self._answers = answers
        self._out = out
        self._terminal = terminal
        self._yes = yes
        self._missing: list[str] = []
        self._unconfirmed: list[str] = []

    def say(self, line: str = "") -> None:
        """Tell something."""
        print(line, file=self._out)

    def settle(self, question: Question, told: str | None, found: Known | None, check: Check) -> Known | None:
        """The value: as told, else as found (a guess is confirmed first), else as asked; None where it will be refused."""
        if told is not None:
            return Known(check(told), SAID)
        sure = found is not None and (self._yes or not (found.guessed or (question.offered and self._terminal)))
        if found is not None and sure:
            return msgspec.structs.replace(found, value=check(found.value))
        if self._terminal:
            return self._asked(question, found, check)
        if found is not None:
            self._unconfirmed.append(f"{question.flag} would be {found.value} ({found.why})")
            return found
        self._missing.append(question.flag)
        return None

    def confirm(self, text: str) -> bool:
        """Whether a person says yes; without a terminal there was nobody to ask, and nothing is left to doubt."""
        return True if self._yes or not self._terminal else self._line(f"{text} [Y/n] ").lower() in ("", "y", "yes")

    def unconfirmed(self, what: str) -> None:
        """Something is only guessed, and has no question of its own."""
        if not self._yes and not self._terminal:
            self._unconfirmed.append(what)

    def finish(self) -> None:
        """Refuse together what is missing, then what nobody confirmed."""
        if self._missing:
            raise Refused("onboarding.missing", flags=", ".join(self._missing))
        if self._unconfirmed:
            for guess in self._unconfirmed:
                self.say(f"Only guessed: {guess}")
            raise Refused("onboarding.unconfirmed", count=len(self._unconfirmed))

    def _asked(self, question: Question, found: Known | None, check: Check) -> Known:
        if found is not None and found.guessed:
            self.say(f"A guess: {printable(found.value)} ({found.why}).")
        default = f" [{found.value}]" if found is not None else ""
        for _ in range(_TRIES):
            answer = self._line(f"{question.text}{default} ")
            taken = found is not None and not answer
            try:
                value = check(found.value if taken and found is not None else answer)
            except Refused as refused:
                self.say(" ".join(filter(None, (str(refused), refused.fix))))
                continue
            if taken and found is not None:
                return msgspec.structs.replace(found, value=value)
            return Known(value, SAID)
        raise Refused("onboarding.stopped", question=question.text)

    def _line(self, prompt: str) -> str:
        """One answer; raises Refused where there is nobody any more."""
        self._out.write(prompt)
        self._out.flush()
        line = self._answers.readline(_LONGEST)
        if not line:
            raise Refused("onboarding.stopped", question=prompt.strip())
        return line.strip()
