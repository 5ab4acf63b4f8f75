"""Findings as they come, up to a bound; what goes beyond is counted."""

from __future__ import annotations

from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity


class Gathered:
    """The findings of one set, group or interchange; `beyond` is the code that says "more of the same".

    Errors and warnings have a bound each: a flood of warnings never hides the error that decides a verdict.
    """

    def __init__(self, most: int, beyond: str) -> None:
        self._room = {Severity.ERROR: most, Severity.WARNING: most}
        self._most = most
        self._beyond = beyond
        self._kept: list[Finding] = []
        self._more = 0

    def add(self, found: Finding) -> bool:
        """Keep it, or count it; whether it was kept."""
        kept = self._room[found.severity] > 0
        if kept:
            self._room[found.severity] -= 1
            self._kept.append(found)
        else:
            self._more += 1
        return kept

    def withdraw(self, found: Finding) -> None:
        """Take back what a later segment explained."""
        self._kept = [kept for kept in self._kept if kept is not found]

    def all(self) -> tuple[Finding, ...]:
        """What was found, in the order of the file, then how much more there was."""
        kept = sorted(self._kept, key=lambda found: found.position or 0) if len(self._kept) > 1 else self._kept
        if not self._more:
            return tuple(kept)
        return (*kept, finding(self._beyond, count=self._more, limit=self._most))
