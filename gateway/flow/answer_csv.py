"""The answer to a table, as a table: one row per problem, for the person who has the file open in a spreadsheet.

UTF-8 with a byte order mark, CRLF, every cell in quotes: what spreadsheets open by a double click.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from gateway.flow.answer_file import DocumentOutcome, FileOutcome, cure, harmless, sentence
from gateway.model.catalogue import ENGLISH, finding, phrases, said
from gateway.model.finding import Finding, Severity

_COLUMNS: Final = ("row", "column", "value", "problem", "fix", "code")
_LONGEST_CELL: Final = 1000

# A cell that begins like this is a formula to a spreadsheet, also after blanks and in full-width characters.
_FORMULA: Final = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r]")


def answer_csv(
    outcome: FileOutcome, *, language: str = ENGLISH, delimiter: str = ",", place: Path | None = None
) -> bytes:
    """Every problem of the file, by row: row, column, value, problem, how to fix, code. The delimiter is the sender's own."""
    say = phrases("answer", language, place)
    written = io.StringIO()
    table = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(say[f"column_{column}"] for column in _COLUMNS)
    parts: tuple[FileOutcome | DocumentOutcome, ...] = (outcome, *outcome.documents)
    found = [(each, part.refused) for part in parts for each in part.findings]
    found.sort(key=lambda one: one[0].row or 0)
    if outcome.untold:
        found.append((finding("file.more_problems", count=outcome.untold), outcome.refused))
    for each, refused in found:
        words = said(each, language, place)
        fix = cure(each, words.fix, say, refused=refused)
        problem = sentence(words.message) if each.severity is Severity.ERROR else f"{say['remark']}: {words.message}"
        table.writerow(_cell(text) for text in (_row(each), each.column, each.value, problem, fix, each.code))
    return written.getvalue().encode("utf-8-sig")


def _row(found: Finding) -> str | None:
    return None if found.row is None else str(found.row)


def _cell(text: str | None) -> str:
    """A cell that a spreadsheet does not compute: what it would take for a formula stands behind an apostrophe.

    Nothing else does: people copy values back into their table, where an apostrophe would be part of them. A number or a
    date may be shown in another form; the problem, a text, says it as it was sent.
    """
    if not text:
        return ""
    shown = harmless(text, most=_LONGEST_CELL)
    return f"'{shown}" if _FORMULA.match(text) else shown
