"""Which column of a table is which field: proposed by name and values, with the reason for each, for a person to confirm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.model.fields import FIELDS, Field, field_of
from gateway.profiles.words import LABELS
from gateway.terminal.onboarding import cells
from gateway.terminal.onboarding.asking import SAID
from gateway.terminal.onboarding.header_words import LEAST, Words, nearness, said_of, words

_FITTING: Final = 0.03  # what values that fit add to a name: they decide between names that are equally near
_ALL: Final = 0.9
_MISSED: Final = 2.0  # what a needed field without a column takes from a kind


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a table: its header, and the cells below it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","

    def values(self, name: str) -> tuple[str, ...]:
        """What stands in this column."""
        at = self.header.index(name)
        return tuple(row[at] for row in self.rows if at < len(row))


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A column taken for a field, and why; `told` where a person said so."""

    column: str
    field: str
    why: str
    told: bool = False
    near: float = 1.0


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A column map for one kind: `left` are columns that are taken for nothing, `missing` needed fields without a column.

    `dates` are the forms that all days of the sample fit: one is what it says, several cannot be told apart.
    """

    kind: str
    guesses: tuple[Guess, ...]
    left: tuple[str, ...]
    missing: tuple[str, ...]
    dates: tuple[str, ...]
    decimal: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def score(self) -> float:
        """How well the table fits the kind."""
        return sum(guess.near for guess in self.guesses) - _MISSED * len(self.missing)


def propose(
    table: Table, kind: str, told: Mapping[str, str] | None = None, values: Mapping[str, str] | None = None
) -> Proposal:
    """The map of a table of this kind; `told` (column -> field) and `values` (field -> what is in every row) hold."""
    told, values = told or {}, values or {}
    decimal = cells.decimal_of(table.values(name) for name in table.header)
    days = [name for name in table.header if cells.look_like_days(table.values(name))]
    dates = cells.date_forms(cell for name in days for cell in table.values(name))
    taken = {field: Guess(column=name, field=field, why=SAID, told=True) for name, field in told.items()}
    for guess in _ranked(table, kind, dates, decimal):
        free = guess.column not in {each.column for each in taken.values()}
        if free and guess.field not in taken and guess.field not in values:
            taken[guess.field] = guess
    read = {guess.column for guess in taken.values()}
    fields = FIELDS[kind]
    uses_days = any((field := field_of(kind, name)) and field.form == "date" for name in taken)
    return Proposal(
        kind=kind,
        guesses=tuple(sorted(taken.values(), key=lambda guess: table.header.index(guess.column))),
        left=tuple(name for name in table.header if name not in read),
        missing=tuple(
            each.name for each in fields if each.needed and each.name not in taken and each.name not in values
        ),
        dates=dates if uses_days else (),
        decimal=decimal,
        values=tuple(values.items()),
    )


def kinds_by_fit(table: Table, kinds: Sequence[str] = tuple(FIELDS)) -> list[Proposal]:
    """A proposal for each of these kinds, the best first."""
    return sorted((propose(table, kind) for kind in kinds), key=lambda proposal: -proposal.score)


def why_kind(best: Proposal, others: Sequence[Proposal]) -> str:
    """Why a table is taken for this kind and no other."""
    count = f"{len(best.guesses)} of its columns are fields of {LABELS[best.kind]}"
    lacking = f", but {' and '.join(best.missing)} is missing" if best.missing else ", all that are needed among them"
    other = f"; for {LABELS[others[0].kind]} it would be {len(others[0].guesses)}" if others else ""
    return f"{count}{lacking}{other}"


def _ranked(table: Table, kind: str, dates: Sequence[str], decimal: str) -> list[Guess]:
    """Every pair of a column and a field that goes together, the best first."""
    order = {field.name: place for place, field in enumerate(_by_preference(kind))}
    phrases = {field.name: list(said_of(kind, field.name)) for field in FIELDS[kind]}
    found = [
        guess
        for name in table.header
        if (header := words(name))
        for field in FIELDS[kind]
        if (guess := _guess(table, name, header, field, phrases[field.name], dates, decimal)) is not None
    ]
    return sorted(found, key=lambda guess: (-guess.near, order[guess.field]))


def _by_preference(kind: str) -> list[Field]:
    """Answers to a line before the line: in a table of answers, "Qty" is how many are confirmed. Else as they stand."""
    return sorted(FIELDS[kind], key=lambda field: (field.level != "status", not field.needed))


def _guess(  # noqa: PLR0913 - all that speaks for or against a pair
    table: Table, name: str, header: Words, field: Field, phrases: Sequence[Words], dates: Sequence[str], decimal: str
) -> Guess | None:
    near = max(nearness(header, phrase) for phrase in phrases)
    if near < LEAST:
        return None
    values = table.values(name)
    fit = cells.fits(values, field, dates, decimal)
    if fit is not None and fit.speaks_against:
        return None
    good = fit is not None and fit.part >= _ALL
    why = "the name says it" if near >= 1.0 else "the name is near"
    if good:
        why += f", and the values are {_FORMS[field.form]}"
    elif fit is not None:
        why += f"; {fit.cells - fit.fitting} of {fit.cells} values cannot be {_FORMS[field.form]}"
    return Guess(column=name, field=field.name, why=why, near=near + _FITTING * good)


_FORMS: Final = {"date": "days", "number": "numbers", "count": "whole numbers", "money": "amounts", "time": "times"}
