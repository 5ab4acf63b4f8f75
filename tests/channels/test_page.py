"""docs/folders.md says what the code does: its numbers, its suffixes, every case an operator may meet."""

import re
from pathlib import Path

from gateway import wiring
from gateway.channels import folder
from gateway.channels.completeness import EMPTY
from gateway.channels.names import LONGEST, TEMPORARY
from gateway.channels.oddities import LASTING, PATIENCE
from gateway.channels.tries import LONGEST_WAIT
from gateway.model.catalogue import reasons
from gateway.profiles.agreement import Channel
from gateway.profiles.load import Loaded

PAGE = (Path(__file__).parents[2] / "docs" / "folders.md").read_text("utf-8")
WORDS = " ".join(PAGE.split())

# Said of a file as it is taken, or with the delivery that is tried again: no case about a folder is of these.
_NO_CASE = {"empty", "from_the_future", "grew", "changing", "outbox_full", "outbox_unwritable", "outbox_crowded"}


def test_every_case_about_a_folder_is_told_and_every_case_told_is_one() -> None:
    told = set(re.findall(r"\[channel\.([a-z_]+)\]", PAGE))
    known = {code.removeprefix("channel.") for code in reasons() if code.startswith("channel.")}
    assert told == known - _NO_CASE


def test_every_temporary_suffix_is_told() -> None:
    assert f"in one of {' '.join(f'`{suffix}`' for suffix in TEMPORARY)}." in WORDS


def test_every_number_is_the_one_that_holds() -> None:
    channel = Channel(name="acme", carries=())
    said = (
        f"the agreed seconds ({channel.stable_seconds:g} where none are agreed)",
        f'the second file; "{channel.sentinel}" where none is named',
        f"**An empty file** waits {EMPTY / 60:g} minutes",
        f"names beyond {LONGEST} bytes are cut",
        f"at last every {LONGEST_WAIT:g} seconds",
        f"an unfinished file for {PATIENCE['channel.not_complete'] / 60:g} minutes or more",
        f"a sentinel without its file for {PATIENCE['channel.sentinel_alone']:g} seconds or more",
        f"closes {LASTING['channel.clock_ahead'] / 60:g} minutes after the last",
        f"closes after {LASTING['channel.folder_replaced'] / 60:g} minutes",
        f"{Loaded().disk_reserve_mb} MB stay free",
        f"At most {wiring._FILES_AHEAD} files are taken in ahead",  # noqa: SLF001 - the page tells it
        f"a look at every folder every {folder._IDLE:g} seconds",  # noqa: SLF001
    )
    assert [words for words in said if words not in WORDS] == []
