"""Files that were taken while their documents wait for an ERP: said once, few by name and many by number, and again when they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from gateway.ledger import following
from gateway.terminal.story import SHOWN, Story, document_lines, lines_of, stories_of

_AT_ONCE: Final = 500  # files asked about in one look
_MANY: Final = 1000  # that went through: said though others still do


class Late:
    """Follows the files that were told before all of their documents were with their ERP; `owing` are those from before."""

    def __init__(self, say: Callable[[str], None], owing: set[int]) -> None:
        self._say = say
        self._owing = owing
        self._named = 0  # files of this outage that got lines of their own
        self._unnamed = 0  # since the last look
        self._through: list[Story] = []

    def takes(self, story: Story) -> bool:
        """Follow it where it owes; whether it is told here, as one of many."""
        if not story.owes:
            return False
        self._owing.add(story.file.id)
        if story.outcome != "accepted" or story.cases or self._named < SHOWN:
            self._named += 1
            return False
        self._unnamed += 1
        return True

    def tell_waiting(self) -> None:
        """Those of this look that got no lines of their own."""
        if self._unnamed:
            self._say(f"+ accepted  {self._unnamed:,} more files; their documents wait too")
            self._unnamed = 0

    def through(self, snapshot: Connection) -> list[Story]:
        """Those of which nothing is owed any more."""
        asked = sorted(self._owing)[:_AT_ONCE]
        if not asked:
            return []
        paid = sorted(set(asked) - following.owing_files(snapshot, asked))
        return stories_of(snapshot, following.file_rows(snapshot, paid))

    def tell_through(self, stories: list[Story]) -> None:
        """Say it at the end of the rush, or once it is much: a line for each of thousands helps nobody."""
        self._owing.difference_update(story.file.id for story in stories)
        self._through += stories
        if len(stories) > SHOWN and self._owing and len(self._through) < _MANY:
            return
        told, self._through = self._through, []
        by_name = told if len(told) <= SHOWN else [story for story in told if story.cases]
        for story in by_name:
            self._say(f"> {story.file.name}, which waited:")
            for line in lines_of(story) if story.cases else document_lines(story):
                self._say(line)
        if rest := len(told) - len(by_name):
            still = f", {len(self._owing):,} files still wait" if self._owing else ""
            self._say(f"> {rest:,} files that waited are with their ERP now{still}")
        if not self._owing:
            self._named = 0
