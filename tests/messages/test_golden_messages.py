"""One golden file per code: a message that reads otherwise is a change that somebody reviews."""

from __future__ import annotations

import os

import pytest

from gateway.model.catalogue import reasons
from tests.messages.occurrences import CHANGES
from tests.messages.spoken import GOLDEN, UPDATE, acknowledged, sentences, weight

# What a file can make the gateway say of its syntax is shown by a file that does, but for what needs settings of a partner,
# or the ledger (a case for the rest of many).
_NEEDS_MORE_THAN_A_FILE = {
    "document.many_odd",
    "document.many_stopped",
    "document.none",
    "document.total_unreadable",
    "document.unknown_line_status",
    "envelope.group_receiver",
    "envelope.group_sender",
    "envelope.utf_16",
    "syntax.element_not_used",
}


def _told(code: str) -> str:
    report = acknowledged(code)
    head = [f"{code}: {reasons()[code].title}", weight(code) + (f", {report}" if report else "")]
    return "\n".join([*head, "", *sentences(code)]) + "\n"


@pytest.mark.parametrize("code", sorted(reasons()))
def test_a_code_is_said_in_the_words_that_were_reviewed(code: str) -> None:
    golden, told = GOLDEN / f"{code}.txt", _told(code)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(told, "utf-8")
    assert golden.exists(), UPDATE
    assert told == golden.read_text("utf-8"), UPDATE


def test_no_golden_file_is_of_a_code_that_went() -> None:
    gone = [path for path in GOLDEN.glob("*.txt") if path.stem not in reasons()]
    if os.environ.get("UPDATE_GOLDEN"):
        gone = [path for path in gone if path.unlink()]  # type: ignore[func-returns-value] # removed, so none is left
    assert gone == [], UPDATE


def test_every_code_about_syntax_is_provoked_by_a_real_file() -> None:
    of_syntax = {code for code in reasons() if code.split(".")[0] in ("document", "envelope", "syntax")}
    assert of_syntax - set(CHANGES) == _NEEDS_MORE_THAN_A_FILE
