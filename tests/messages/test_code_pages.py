"""docs/codes: every code has its page, no page is of no code, and each says what the catalogue says today."""

from __future__ import annotations

import os

from gateway.model.catalogue import reasons
from tests.messages.pages import PAGES, causes, pages
from tests.messages.spoken import UPDATE

# What a supplier or an operator meets: a page there tells the cause of its own code, not of its area.
_MET = {
    "acknowledgment",
    "archive",
    "as2",
    "channel",
    "document",
    "duplicate",
    "envelope",
    "erp",
    "file",
    "mailbox",
    "partner",
    "syntax",
    "table",
}


def test_every_code_has_its_page_and_every_page_is_true() -> None:
    wanted = pages()
    if os.environ.get("UPDATE_GOLDEN"):
        for path in set(PAGES.glob("*.md")) - set(wanted):
            path.unlink()
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
    assert {path.name for path in PAGES.glob("*.md")} == {path.name for path in wanted}, UPDATE
    assert [path.name for path, text in wanted.items() if path.read_text("utf-8") != text] == [], UPDATE


def test_what_people_meet_has_a_cause_of_its_own() -> None:
    met = [code.split(".") for code in reasons() if code.split(".")[0] in _MET]
    assert [f"{area}.{matter}" for area, matter in met if matter not in causes().get(area, {})] == []


def test_every_cause_is_of_a_code() -> None:
    known = {f"{area}.{matter}" for area, of_area in causes().items() for matter in of_area if matter != "area"}
    assert known <= set(reasons())
