"""The agreements about tables: for each sample its kind, its columns and how it writes days, each confirmed or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.model.fields import FIELDS, field_of
from gateway.model.outcomes import Refused
from gateway.profiles.words import LABELS
from gateway.terminal.onboarding.asking import SAID, Asker, Known, Question
from gateway.terminal.onboarding.columns import Proposal, Table, kinds_by_fit, propose, why_kind
from gateway.terminal.onboarding.draft import TableDraft
from gateway.terminal.onboarding.sample import TableSample
from gateway.terminal.onboarding.wanted import KINDS, Wanted
from gateway.x12.charset import printable

_SHOWN: Final = 3  # values of a column that a person is shown


def table_drafts(wanted: Wanted, samples: Sequence[TableSample], asker: Asker) -> tuple[TableDraft, ...]:
    """A draft for each sample; a kind that two samples claim is refused."""
    drafts: list[TableDraft] = []
    for sample in samples:
        draft = _draft(wanted, sample, asker)
        if draft is None:
            continue
        other = next((one for one in drafts if one.proposal.kind == draft.proposal.kind), None)
        if other:
            raise Refused("onboarding.kind_twice", kind=draft.proposal.kind, one=other.source, other=draft.source)
        drafts.append(draft)
    return tuple(drafts)


def _draft(wanted: Wanted, sample: TableSample, asker: Asker) -> TableDraft | None:
    source = printable(sample.name)
    kind = _kind(wanted, sample, asker)
    if kind is None:
        return None
    told = {column: field for column, field in wanted.columns if column in sample.table.header}
    _check_told(wanted, sample.table, kind.value, told)
    values = {field: value for field, value in wanted.values if field_of(kind.value, field)}
    proposal = propose(sample.table, kind.value, told, values)
    asker.say(f"{source}, {len(sample.table.rows)} rows looked at:")
    for line in _told(proposal, sample.table):
        asker.say(f"  {line}")
    proposal = _completed(proposal, sample.table, told, values, asker)
    for guess in proposal.guesses:
        if not guess.told:
            asker.unconfirmed(f'--column "{printable(guess.column)}={guess.field}" ({guess.why})')
    return TableDraft(proposal=proposal, kind=kind, dates=_dates(wanted, proposal, source, asker), source=source)


def _kind(wanted: Wanted, sample: TableSample, asker: Asker) -> Known | None:
    ranked = kinds_by_fit(sample.table, wanted.kinds or KINDS)
    best, others = ranked[0], ranked[1:]
    if len(wanted.kinds) == 1:
        return Known(wanted.kinds[0], SAID)
    clear = best.guesses and (not others or best.score > others[0].score)
    found = Known(best.kind, why_kind(best, others), guessed=True) if clear else None

    def check(text: str) -> str:
        if text not in KINDS:
            raise Refused("onboarding.no_kind", value=printable(text)[:60], known=", ".join(KINDS))
        return text

    return asker.settle(
        Question(f"What does {printable(sample.name)} hold ({', '.join(KINDS)})?", "--kind 810"), None, found, check
    )


def _check_told(wanted: Wanted, table: Table, kind: str, told: Mapping[str, str]) -> None:
    """Every --column names a column there is and a field of the kind, each once."""
    for column, field in wanted.columns:
        if column not in told:
            known = ", ".join(printable(name) for name in table.header)
            raise Refused("onboarding.no_column", column=column, known=known[:400])
        if field_of(kind, field) is None:
            raise Refused(
                "onboarding.no_field", field=field, kind=kind, known=", ".join(each.name for each in FIELDS[kind])
            )
    fields = list(told.values())
    twice = next((field for field in fields if fields.count(field) > 1), None)
    if twice:
        raise Refused("onboarding.field_twice", field=twice)


def _told(proposal: Proposal, table: Table) -> list[str]:
    """The proposal, a line for each column of the table."""
    wide = min(max((len(name) for name in table.header), default=0), 40)
    by_column = {guess.column: guess for guess in proposal.guesses}
    lines = []
    for name in table.header:
        guess = by_column.get(name)
        values = list(dict.fromkeys(value for value in table.values(name) if value))[:_SHOWN]
        like = f", like {', '.join(printable(value)[:30] for value in values)}" if values else ""
        said = f"{guess.field} ({'' if guess.told else 'a guess: '}{guess.why}{like})" if guess else f"not read{like}"
        lines.append(f"{printable(name)[:40]:<{wide}}  {said}")
    return lines


def _completed(
    proposal: Proposal, table: Table, told: Mapping[str, str], values: Mapping[str, str], asker: Asker
) -> Proposal:
    """The same with a column, or a value for every row, for each needed field; asked one by one."""
    told, values = dict(told), dict(values)
    for name in proposal.missing:
        field = field_of(proposal.kind, name)
        what = field.what if field else name

        def check(text: str, name: str = name) -> str:
            if text.startswith("=") and text[1:].strip():
                values[name] = text[1:].strip()
            elif text in table.header:
                told[text] = name
            else:
                known = ", ".join(printable(each) for each in table.header)
                raise Refused("onboarding.no_column", column=printable(text)[:60], known=known[:400])
            return text

        asker.settle(
            Question(
                f"No column seems to hold {name} ({what}), which {LABELS[proposal.kind]} need. Which does? "
                "(Or = and the value that is the same in every row.)",
                f'--column "COLUMN={name}" or --value {name}=TEXT',
            ),
            None,
            None,
            check,
        )
    return propose(table, proposal.kind, told, values) if proposal.missing else proposal


def _dates(wanted: Wanted, proposal: Proposal, source: str, asker: Asker) -> Known | None:
    """How days are written; nothing is guessed where a day and a month cannot be told apart."""
    days = [
        guess for guess in proposal.guesses if (field := field_of(proposal.kind, guess.field)) and field.form == "date"
    ]
    if not days:
        return None
    forms = proposal.dates
    found = (
        Known(forms[0], f"all days in {source} are written so, and in no other way", guessed=True)
        if len(forms) == 1
        else None
    )
    several = f" All days fit {' and '.join(forms)}." if len(forms) > 1 else ""
    question = Question(
        f"How does it write 22 November 2026?{several} (MM/DD/YYYY, DD.MM.YYYY ...)", "--dates MM/DD/YYYY"
    )
    return asker.settle(question, wanted.dates, found, _date_form)


def _date_form(text: str) -> str:
    # What a form may be is said by the check of the whole file; here only that something is there.
    if not {"MM", "DD"} <= {text[at : at + 2] for at in range(len(text))} or "YY" not in text:
        raise Refused("onboarding.no_date_form", value=printable(text)[:40])
    return text
