"""Findings as they come, up to a bound; what goes beyond is counted."""

from __future__ import annotations

from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity


class Gathered:
    """The findings of one set, group or interchange; `area` names the page of the catalogue that says "more of the same".

    Errors and warnings have a bound each: a flood of warnings never hides the error that decides a verdict.
    """

    def __init__(self, most: int, area: str) -> None:
        self._room = {Severity.ERROR: most, Severity.WARNING: most}
        self._area = area
        self._kept: list[Finding] = []
        self._more = 0

    def add(self, found: Finding) -> None:
        """Keep it, or count it."""
        if self._room[found.severity] > 0:
            self._room[found.severity] -= 1
            self._kept.append(found)
        else:
            self._more += 1

    def withdraw(self, found: Finding) -> None:
        """Take back what a later segment explained."""
        self._kept = [kept for kept in self._kept if kept is not found]

    def all(self) -> tuple[Finding, ...]:
        """What was found, in order, then how much more there was."""
        if not self._more:
            return tuple(self._kept)
        return (*self._kept, finding(f"{self._area}.more_findings", count=self._more))
