"""What came of a bad file, in few words, so that a table can say what should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from gateway.model.finding import Finding
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.x12 import Answer


class Bad(NamedTuple):
    """A bad file and what must come of it.

    `found` are the codes of what was found, in the order of the file; `case` those that wait for a person. `says` stands
    in what the person reads: where it is, and what to do. `answers`: "997 P (R A)", "TA1 R 023", "rejected.txt".
    """

    content: bytes
    state: str
    found: str = ""
    case: str = ""
    says: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    posted: int = 0
    channel: str = "northclinic"
    name: str = "orders.edi"


class Outcome(NamedTuple):
    """What came of it, in the same words."""

    state: str
    found: str
    case: str
    answers: tuple[str, ...]
    posted: int


@contextmanager
def new_passage() -> Iterator[Passage]:
    """A route of its own: North Clinic and Acme send X12, Bolt sends tables."""
    with TemporaryDirectory() as folder:
        passage = Passage(found_home(Path(folder)))
        try:
            yield passage
        finally:
            passage.close()


def come_of(passage: Passage, bad: Bad) -> Outcome:
    """Take the file and run; what came of it. Nothing may be lost on the way, whatever it holds."""
    (number,) = passage.take(bad.content, channel=bad.channel, name=bad.name)
    with passage.route.archive.open(sha256(bad.content).hexdigest()) as kept:
        assert kept.read() == bad.content
    assert passage.holds()
    assert all(case.fix and case.transmission_id == number for case in passage.cases())
    letters = tuple(name.removeprefix(f"{bad.name}.") for name in passage.letters(number))
    return Outcome(
        state=passage.file(number)[0],
        found=" ".join(found.code for found in findings_of(passage, number)),
        case=" ".join(case.reason for case in passage.cases()),
        answers=(*map(_told, passage.answers()), *letters),
        posted=len(passage.books.order),
    )


def findings_of(passage: Passage, number: int) -> list[Finding]:
    """All that was found in this file, in the order of the file."""
    query = f"SELECT body FROM finding WHERE transmission_id = {number} ORDER BY id"  # noqa: S608 - a test's number
    found = [msgspec.json.decode(body, type=Finding) for (body,) in passage.rows(query)]
    return sorted(found, key=lambda one: (one.offset or 0, one.row or 0))


def said(passage: Passage) -> str:
    """What people read of it: what we saw and where, and what to do; in the queue first, then beside the file."""
    queue = [f"{case.told}\n{case.fix}" for case in passage.cases()]
    (number,) = passage.rows("SELECT max(id) FROM transmission WHERE direction = 'in'")[0]
    return "\n".join([*queue, *(f"{found.message}\n{found.fix}" for found in findings_of(passage, number))])


def _told(answer: Answer) -> str:
    if answer.ta1:
        return f"TA1 {answer.ta1[3]} {answer.ta1[4]}"
    return f"997 {' '.join(answer.group_codes)} ({' '.join(answer.set_codes)})"
