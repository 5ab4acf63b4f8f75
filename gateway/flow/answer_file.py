"""What an answer for people tells: what became of a file and of each document in it, and the names of the answer files.

Pure. The daemon fills it from the ledger, a dry run from what it found; `answer_text` and `answer_csv` write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.ledger.states import Processing
from gateway.model.finding import Finding, Severity, Who

TAKEN: Final = frozenset({Processing.TRANSLATED, Processing.TAKEN})

# Below the 200 bytes that an outbox writes, so that no name is cut a second time and loses its ending.
_LONGEST_NAME: Final = 180
_UNFIT: Final = re.compile(r'[/\\<>:"|?*]')
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,8}$")


class Ending(StrEnum):
    """What became of the file as a whole, as its answer's name says it."""

    ACCEPTED = "accepted"  # all of it was taken, or came before
    REJECTED = "rejected"  # some of it was not, and its sender acts
    WAITING = "waiting"  # some of it was not, and we act


class DocumentOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one document: `kind` is "810", `number` its own, `control` its set's (None: it came in no set).

    `findings` are all that was found in it, the reason for its state among them.
    """

    kind: str
    number: str | None
    state: Processing
    findings: tuple[Finding, ...] = ()
    control: str | None = None

    @property
    def refused(self) -> bool:
        """Whether it is decided that it does not go on."""
        return self.state is Processing.REJECTED


class FileOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file: `findings` are those of no document (the file, its envelopes, its header).

    `received_at` is aware and in the reader's time zone; `partner` and `us` are titles for people; `number` is the
    file's in our ledger; `contact` is whom to ask, in words.
    """

    name: str
    received_at: datetime
    documents: Sequence[DocumentOutcome]
    findings: tuple[Finding, ...] = ()
    partner: str | None = None
    us: str | None = None
    number: int | None = None
    contact: str | None = None
    untold: int = 0

    @property
    def ending(self) -> Ending:
        """What its name says: nothing is called accepted of which a part was not."""
        states = {document.state for document in self.documents}
        actors = {found.who for found in self.findings if found.severity is Severity.ERROR}
        if Processing.REJECTED in states or Who.PARTNER in actors or not (states or self.findings):
            return Ending.REJECTED
        return Ending.WAITING if actors or states - TAKEN - {Processing.DUPLICATE} else Ending.ACCEPTED

    @property
    def refused(self) -> bool:
        """Whether it is decided that it, or something in it, does not go on, and nothing waits."""
        waits = any(document.state in (Processing.HELD, Processing.RECEIVED) for document in self.documents)
        return self.ending is Ending.REJECTED and not waits


def cure(found: Finding, fix: str | None, say: Mapping[str, str], *, refused: bool) -> str:
    """What its reader does about it; where that is not for the reader, what we do while it waits, or no longer do."""
    if found.who is Who.PARTNER:
        return fix or ""
    return say["we_acted" if refused else "we_act"]


def text_name(outcome: FileOutcome) -> str:
    """The name of its text answer: "orders.csv.rejected.txt"."""
    return answer_name(outcome.name, f".{outcome.ending}.txt")


def csv_name(outcome: FileOutcome) -> str:
    """The name of its table of problems: "orders.csv.answer.csv"."""
    return answer_name(outcome.name, ".answer.csv")


def named_again(name: str, dropped: str) -> str:
    """The name of an answer (`name`) for another file, which is answered by the same bytes."""
    ending = "." + ".".join(name.rsplit(".", 2)[1:])  # ".rejected.txt"
    return answer_name(dropped, ending)


def answer_name(dropped: str, ending: str) -> str:
    """The dropped file's name with this ending, fit for any folder: one visible entry of at most 180 bytes.

    A long name loses the end of its stem and keeps its extension.
    """
    name = _UNFIT.sub("_", harmless(dropped, most=1000, mark="_")).strip(". ") or "unnamed"
    found = _EXTENSION.search(name)
    extension = found.group() if found else ""
    room = _LONGEST_NAME - len((extension + ending).encode())
    return name.removesuffix(extension).encode()[:room].decode("utf-8", "ignore") + extension + ending


def harmless(text: str, *, most: int, mark: str = "·") -> str:
    """At most so many characters in one line, without anything that could steer a screen or turn its reading around."""
    cut = text if len(text) <= most else text[: most - 3] + "..."
    return cut if cut.isprintable() else "".join(c if c.isprintable() else " " if c.isspace() else mark for c in cut)


def sentence(text: str) -> str:
    """With a capital, also where a message begins with the name of an element."""
    return text[:1].upper() + text[1:]
