"""The answer files of one file: whether any are due, and what they say. Pure; the daemon and `explain` share it.

What is told of a file is gathered document by document, and held no larger than an answer can use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gateway.flow.answer_csv import answer_csv
from gateway.flow.answer_file import DocumentOutcome, Ending, FileOutcome, csv_name, text_name
from gateway.flow.answer_text import MOST_DOCUMENTS, Quoted, answer_text
from gateway.ledger.states import Processing
from gateway.model.catalogue import ENGLISH
from gateway.model.finding import Finding, has_errors
from gateway.profiles.agreement import Agreement, AnswerText, Partner, Profiles

FOR_PEOPLE: Final = ("text", "csv")
"""The acknowledgment kinds of answer files."""

MOST_TOLD: Final = 10_000  # problems in one answer: more than anybody mends before sending again
_ORDER: Final = (AnswerText.NEVER, AnswerText.ON_ERROR, AnswerText.ALWAYS)


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How the sender of a file is told about it in words; `partner` and `us` are titles."""

    text: AnswerText
    csv: bool = False
    delimiter: str = ","
    language: str = ENGLISH
    timezone: str = "UTC"
    partner: str | None = None
    us: str | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is ever told in words."""
        return self.text is AnswerText.NEVER and not self.csv


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One answer file: `kind` is "text" or "csv"."""

    kind: str
    name: str
    content: bytes


def manner_of(agreed: Sequence[Agreement], profiles: Profiles, delimiter: str = "") -> Manner:
    """As these agreements have it, about all that is in one file: where they differ, the one that tells more.

    `delimiter` is that of the sender's own table, where it is known.
    """
    agreed = [each for each in agreed if each.answer_csv or each.answer_text is not AnswerText.NEVER]
    if not agreed:
        return Manner(text=AnswerText.NEVER)
    first = agreed[0]
    partner = profiles.partner(first.partner)
    table = next((each.columns for each in agreed if each.columns is not None), None)
    return Manner(
        text=max((each.answer_text for each in agreed), key=_ORDER.index),
        csv=any(each.answer_csv for each in agreed),
        delimiter=delimiter or (table.delimiter if table else None) or ",",
        language=first.language,
        timezone=first.timezone,
        partner=partner.title if partner else None,
        us=next((entity.title for entity in profiles.entities if entity.name == first.entity), None),
    )


def manner_of_unread(
    partner: Partner | None, tables: Sequence[Agreement], profiles: Profiles, delimiter: str = ""
) -> Manner:
    """How a file that could not be read at all is answered: always in words, whatever was agreed about what can be read."""
    alone = profiles.entities[0].title if len(profiles.entities) == 1 else None
    if tables:
        return msgspec.structs.replace(manner_of(tables, profiles, delimiter), text=AnswerText.ALWAYS)
    if partner is None:
        return Manner(text=AnswerText.ALWAYS, us=alone)
    return Manner(
        text=AnswerText.ALWAYS,
        language=partner.language,
        timezone=partner.timezone,
        partner=partner.title,
        us=alone,
    )


class Telling:
    """What there is to tell of one file, as far as any answer can use it."""

    def __init__(self) -> None:
        self._documents: list[DocumentOutcome] = []
        self._findings: list[Finding] = []
        self._room = MOST_TOLD
        self._more = 0
        self._named: Counter[Processing] = Counter()
        self._alike: dict[tuple[str, Processing], DocumentOutcome] = {}

    def add(self, document: DocumentOutcome) -> None:
        """One document. An acknowledgment that was taken is not told about: nothing answers it."""
        if document.state is Processing.TAKEN:
            return
        findings = self._within(document.findings)
        if not findings and self._named[document.state] > MOST_DOCUMENTS:
            # No answer names so many that have no problem to tell: they need no more than to be counted.
            nameless = DocumentOutcome(kind=document.kind, number=None, state=document.state)
            self._documents.append(self._alike.setdefault((document.kind, document.state), nameless))
            return
        self._named[document.state] += not findings
        cut = len(findings) < len(document.findings)
        self._documents.append(msgspec.structs.replace(document, findings=findings) if cut else document)

    def say(self, findings: Iterable[Finding]) -> None:
        """What is said of the file itself, its envelopes and groups."""
        self._findings += self._within(tuple(findings))

    def outcome(self, name: str, received_at: datetime, number: int, manner: Manner) -> FileOutcome:
        """All of it, as answers take it."""
        return FileOutcome(
            name=name,
            received_at=received_at.astimezone(ZoneInfo(manner.timezone)),
            documents=self._documents,
            findings=tuple(self._findings),
            partner=manner.partner,
            us=manner.us,
            number=number,
            untold=self._more,
        )

    def _within(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        kept = findings[: self._room]
        self._room -= len(kept)
        self._more += len(findings) - len(kept)
        return kept


def letters(outcome: FileOutcome, manner: Manner, quoted: Quoted | None = None) -> tuple[Letter, ...]:
    """The answer files that are due: the text, and beside it the table where there is anything to list.

    `quoted` gives the lines that the text shows under a problem.
    """
    if not outcome.documents and not has_errors(list(outcome.findings)):
        return ()  # acknowledgments of ours, and nothing else: they are taken, never answered
    listed = manner.csv and bool(outcome.findings or any(document.findings for document in outcome.documents))
    due = manner.text is AnswerText.ALWAYS or (manner.text is AnswerText.ON_ERROR and outcome.ending is Ending.REJECTED)
    written = []
    if due:
        listed_in = csv_name(outcome) if listed else None
        content = answer_text(outcome, language=manner.language, quoted=quoted, listed_in=listed_in)
        written.append(Letter(kind="text", name=text_name(outcome), content=content))
    if listed:
        content = answer_csv(outcome, language=manner.language, delimiter=manner.delimiter)
        written.append(Letter(kind="csv", name=csv_name(outcome), content=content))
    return tuple(written)
