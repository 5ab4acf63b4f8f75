"""The answer in plain words: what became of a file, what to do now, every problem where a person sees it, what was taken.

76 columns, CRLF, ASCII where the words allow it and else UTF-8 with a byte order mark: what any editor opens.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gateway.flow.answer_file import TAKEN, DocumentOutcome, Ending, FileOutcome, cure, harmless, sentence
from gateway.ledger.states import Processing
from gateway.model.catalogue import ENGLISH, phrases, said
from gateway.model.finding import Finding, Severity, Who, has_errors

MOST_PROBLEMS: Final = 200
MOST_DOCUMENTS: Final = 200
_WIDTH: Final = 76
_LABELS: Final = 12  # columns of the words before a colon
_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 600

# The lines to show under a problem (a segment and its carets, a row); none where there is nothing to show.
Quoted = Callable[[Finding], Sequence[str]]

# Documents by what became of them, in the order in which a person has to act.
_SECTIONS: Final[tuple[tuple[str, frozenset[Processing]], ...]] = (
    ("rejected", frozenset({Processing.REJECTED})),
    ("held", frozenset({Processing.HELD, Processing.RECEIVED})),
    ("duplicate", frozenset({Processing.DUPLICATE})),
    ("taken", TAKEN),
)

# What became of all of them, by the sections that there are; where there are others, each is counted.
_WHOLE: Final[Mapping[frozenset[str], str]] = {
    frozenset({"taken"}): "all_taken",
    frozenset({"rejected"}): "none_taken",
    frozenset({"taken", "rejected"}): "some_taken",
    frozenset({"held"}): "all_waiting",
    frozenset({"duplicate"}): "all_before",
}


def answer_text(
    outcome: FileOutcome,
    *,
    language: str = ENGLISH,
    quoted: Quoted | None = None,
    listed_in: str | None = None,
    place: Path | None = None,
) -> bytes:
    """The whole answer. `listed_in` names the file that has every problem where this one lists the first 200 only."""
    letter = _Letter(outcome, phrases("answer", language, place), language, place, quoted or (lambda _: ()))
    text = "".join(line + "\r\n" for line in letter.lines(listed_in))
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


class _Letter:
    """One answer while it is written; `_room` is how many problems may still be listed."""

    def __init__(
        self, outcome: FileOutcome, say: Mapping[str, str], language: str, place: Path | None, quoted: Quoted
    ) -> None:
        self._outcome = outcome
        self._say = say
        self._language = language
        self._place = place
        self._quoted = quoted
        self._room = MOST_PROBLEMS
        self._by_state = {
            name: [document for document in outcome.documents if document.state in states] for name, states in _SECTIONS
        }

    def lines(self, listed_in: str | None) -> Iterator[str]:
        yield from self._head()
        yield from ("", *_wrapped(self._result()))
        yield from ("", self._say["to_do"])
        for advice in self._to_do():
            yield from ("", *_wrapped(self._say[advice]))
        if self._outcome.findings:
            yield from ("", self._say["in_file"])
            yield from self._problems(self._outcome.findings, None)
        for name, documents in self._by_state.items():
            if documents:
                yield from ("", self._say[name], *self._section(documents))
        yield from self._left_out(listed_in)
        yield from self._foot()

    # Head and foot

    def _head(self) -> Iterator[str]:
        outcome, say = self._outcome, self._say
        yield from _wrapped(say["title"].format(name=harmless(outcome.name, most=_LONGEST_NAME)))
        yield ""
        yield from _labelled(say["received"], outcome.received_at.strftime("%Y-%m-%d %H:%M %Z").strip())
        for label, title in (("from", outcome.partner), ("to", outcome.us)):
            if title:
                yield from _labelled(say[label], title)
        if outcome.number is not None:
            yield from _labelled(say["number"], say["file_number"].format(number=outcome.number))

    def _foot(self) -> Iterator[str]:
        contact, number = self._outcome.contact, self._outcome.number
        if contact or number is not None:
            form = "questions" if not contact else "contact_alone" if number is None else "questions_to"
            yield from ("", *_wrapped(self._say[form].format(contact=contact, number=number)))

    # What became of it

    def _result(self) -> str:
        say, documents = self._say, self._outcome.documents
        taken, total = len(self._by_state["taken"]), len(documents)
        if not total:
            form = {Ending.ACCEPTED: "file_before", Ending.WAITING: "file_waiting", Ending.REJECTED: "file_rejected"}
            return say[form[self._outcome.ending]]
        counted = {name: len(documents) for name, documents in self._by_state.items() if documents}
        forms = _WHOLE.get(frozenset(counted))
        if forms is None:
            parts = [
                say[f"part_{name}_one" if n == 1 else f"part_{name}"].format(count=n) for name, n in counted.items()
            ]
            return say["parts"].format(total=total, kinds=self._kinds(documents), parts=", ".join(reversed(parts)))
        return say[f"{forms}_one" if total == 1 else forms].format(
            document=self._named(documents[0]),
            kinds=self._kinds(documents),
            total=total,
            taken=taken,
            rest=total - taken,
            taken_were=say["were_one" if taken == 1 else "were"],
            rest_were=say["were_one" if total - taken == 1 else "were"],
        )

    def _to_do(self) -> Iterator[str]:
        """The names of the phrases that say what the sender does now."""
        by_state, lost = self._by_state, self._sender_acts_on(self._outcome.findings)
        waits = by_state["held"] or self._outcome.ending is Ending.WAITING
        if self._outcome.ending is Ending.REJECTED and not (by_state["taken"] or waits):
            yield "do_all"
        elif by_state["rejected"]:
            yield "do_rest"
        elif lost:
            yield "do_lost"
        elif not waits:
            yield "do_nothing"
        if waits:
            yield "do_wait"
        if by_state["duplicate"] and by_state["rejected"]:
            yield "do_before"
        if any(document.findings for document in by_state["taken"]):
            yield "do_remarks"

    @staticmethod
    def _sender_acts_on(findings: Iterable[Finding]) -> bool:
        return has_errors([found for found in findings if found.who is Who.PARTNER])

    # Documents and their problems

    def _section(self, documents: Sequence[DocumentOutcome]) -> Iterator[str]:
        """Those with something to say one by one, then the others by name alone."""
        others = []
        for document in documents:
            if document.findings and self._room > 0:
                yield from ("", *_wrapped(self._named(document), 2))
            else:
                others.append(document)
            yield from self._problems(document.findings, document)
        names = [self._named(document) for document in others[:MOST_DOCUMENTS]]
        if names:
            yield from ("", *(line for name in names for line in _wrapped(name, 2)))
        if len(others) > len(names):
            yield from _wrapped(self._say["more_documents"].format(count=len(others) - len(names)), 2)

    def _problems(self, findings: Sequence[Finding], document: DocumentOutcome | None) -> Iterator[str]:
        for found in findings[: max(self._room, 0)]:
            yield from ("", *self._problem(found, document))
        self._room -= len(findings)

    def _problem(self, found: Finding, document: DocumentOutcome | None) -> Iterator[str]:
        say, words = self._say, said(found, self._language, self._place)
        yield from _labelled(say["where"], sentence(self._where(found, document)), 4)
        yield from (f"    {harmless(line, most=_LONGEST_TEXT)}" for line in self._quoted(found))
        label = say["problem" if found.severity is Severity.ERROR else "remark"]
        yield from _labelled(label, sentence(words.message), 4)
        if found.row is not None and found.value and found.value not in words.message:
            yield from _labelled(say["value"], found.value, 4)
        if found.who is Who.PARTNER and words.expected:
            yield from _labelled(say["expected"], sentence(words.expected), 4)
        refused = (document or self._outcome).refused
        yield from _labelled(say["fix"], cure(found, words.fix, say, refused=refused), 4)
        yield from _labelled(say["code"], found.code, 4)

    def _where(self, found: Finding, document: DocumentOutcome | None) -> str:
        place = "" if found.segment is None else found.segment + (f"{found.element:02}" if found.element else "")
        facts = {
            "row": found.row,
            "column": found.column,
            "position": found.position,
            "offset": found.offset,
            "place": place,
            "kind": self._kind(document.kind) if document else "",
        }
        if found.row is not None:
            return self._say["row_column" if found.column else "row"].format_map(facts)
        if found.column is not None:
            return self._say["column"].format_map(facts)
        if found.segment is not None and found.offset is not None:
            return self._say["segment" if found.position and document else "segment_alone"].format_map(facts)
        return place if found.offset is None else self._say["byte"].format_map(facts)

    def _left_out(self, listed_in: str | None) -> Iterator[str]:
        """How many problems this answer does not list, and where those are that the table beside it does."""
        beyond, untold = max(-self._room, 0), self._outcome.untold
        if beyond + untold:
            form = "more_problems" if listed_in is None else "more_problems_some_in" if untold else "more_problems_in"
            told = self._say[form].format(count=beyond + untold, name=listed_in, listed=MOST_PROBLEMS - self._room)
            yield from ("", *_wrapped(told))

    # Names

    def _named(self, document: DocumentOutcome) -> str:
        """As "Invoice 4711"; by its set where it has no number of its own."""
        kind = self._kind(document.kind)
        if document.number:
            return sentence(f"{kind} {harmless(document.number, most=_LONGEST_NAME)}")
        unnumbered = self._say["unnumbered"].format(kind=kind)
        control = document.control and self._say["set_control"].format(control=document.control)
        return unnumbered if not control else f"{unnumbered} ({control})"

    def _kind(self, kind: str) -> str:
        return self._say.get(f"kind_{kind}", self._say["kind_other"])

    def _kinds(self, documents: Sequence[DocumentOutcome]) -> str:
        kinds = {document.kind for document in documents}
        return self._say.get(f"kinds_{kinds.pop()}" if len(kinds) == 1 else "", self._say["kinds_other"])


def _labelled(label: str, text: str, indent: int = 0) -> Iterator[str]:
    """The text beside its label; nothing where there is none."""
    if text:
        yield from _wrapped(text, indent, f"{label}:".ljust(_LABELS))


def _wrapped(text: str, indent: int = 0, label: str = "") -> list[str]:
    margin = " " * indent
    shown = harmless(text, most=_LONGEST_TEXT)
    return textwrap.wrap(shown, _WIDTH, initial_indent=margin + label, subsequent_indent=margin + " " * len(label))
