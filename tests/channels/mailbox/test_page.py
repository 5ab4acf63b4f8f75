"""docs/mailboxes.md says what the code does: its settings, its numbers, every case an operator may meet."""

import re
from pathlib import Path

from gateway.channels.mailbox import box, claims, rounds, session
from gateway.channels.oddities import PATIENCE
from gateway.model.catalogue import reasons
from gateway.profiles.mailbox import Mailbox
from gateway.profiles.shape_mailbox import MailboxShape

PAGE = (Path(__file__).parents[3] / "docs" / "mailboxes.md").read_text("utf-8")
WORDS = " ".join(PAGE.split())

# Said with the delivery that is tried again: no case is of these.
_NO_CASE = {"put_failed", "held"}


def test_every_case_about_a_mailbox_is_told_and_every_case_told_is_one() -> None:
    told = set(re.findall(r"\[(mailbox|channel)\.([a-z_]+)\]\(", PAGE))
    known = {code.partition(".")[2] for code in reasons() if code.startswith("mailbox.")}
    assert {matter for area, matter in told if area == "mailbox"} == known - _NO_CASE
    assert {f"{area}.{matter}" for area, matter in told} <= set(reasons())


def test_every_setting_is_told() -> None:
    assert [name for name in MailboxShape.model_fields if not re.search(rf"\b{name}\b", PAGE)] == []


def test_every_number_is_the_one_that_holds() -> None:
    usual = Mailbox(host="h", user="u", host_keys=())
    said = (
        f"| {usual.port} |",
        f"seconds between looks, 5 to 86400 | {usual.every_seconds:g} |",
        f"| {usual.largest >> 20} |",
        f"then the next visit follows in {rounds._MORE:g} seconds | {usual.files_per_visit} |",  # noqa: SLF001 - the page tells it
        f"{usual.connect_seconds:g}, {usual.reply_seconds:g}, {usual.visit_seconds:g} |",
        f"A look waits up to {box.SETTLE_AT_MOST:g} seconds",
        f"tried after {rounds.SOONEST:g} seconds, 1, 2, 4 ... at last every {rounds.LATEST / 60:g} minutes or so",
        f"after {claims.AT_MOST:,} nothing more is taken",
        f"more than {session.LISTED_AT_MOST:,} entries",
    )
    assert [words for words in said if words not in WORDS] == []
    assert (PATIENCE["mailbox.unreachable"], PATIENCE["mailbox.not_whole"]) == (120, 600)
    assert "| for two minutes |" in WORDS
    assert "| for ten minutes:" in WORDS
