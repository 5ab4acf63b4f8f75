"""The column guide: what stands in each column and how to write it, for somebody with a spreadsheet before them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import msgspec

from gateway.model.catalogue import phrases
from gateway.model.fields import Field, field_of
from gateway.profiles.agreement import Column, ColumnMap
from gateway.profiles.table_words import day_like, example

_WIDTH = 100
_SAVED = {None: "save_utf8", ",": "save_utf8", "\t": "save_tab"}
# What Excel changes on its own: numbers that are names, and dates.
_DAMAGED = ("identifier", "date", "code")


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who fills in the table, for whom, how they are answered (`text` never, on_error or always; `rows`), in which language."""

    partner: str
    entity: str
    text: str
    rows: bool
    language: str


def guide(table: ColumnMap, kind: str, file: str, sender: Sender) -> bytes:
    """The guide to this table as a text file that opens anywhere: UTF-8 with a byte order mark, lines ended by CRLF."""
    say, kinds = phrases("template", sender.language), phrases("answer", sender.language)
    words = {"kind": kinds[f"kind_{kind}"], "kinds": kinds[f"kinds_{kind}"].capitalize()}
    title = say["title"].format(file=file)
    about = say["about"].format(partner=sender.partner, entity=sender.entity, **words)
    lines = [title, "=" * len(title), "", f"{about}"]
    lines += _part(say["short"], _short(table, kind, say, words["kind"]))
    if not table.fixed:
        lines += _part(say["excel"], _excel(table, kind, say))
    lines += ["", say["columns"], ""]
    for column in table.columns:
        lines += [*_column(table, column, kind, say), ""]
    lines += _part(say["answer"], _answer(sender, say))[1:]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def _part(title: str, sentences: Iterator[str]) -> list[str]:
    told = [
        line for each in sentences for line in textwrap.wrap(each, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    ]
    return ["", title, "", *told]


def _short(table: ColumnMap, kind: str, say: Mapping[str, str], one: str) -> Iterator[str]:
    named = {column.field: column.name for column in table.columns}
    keys = f" {say['and']} ".join(f'"{named.get(field, field)}"' for field in table.group_by)
    yield say["row"].format(kind=one, a_kind=f"{'an' if one[0] in 'aio' else 'a'} {one}", keys=keys)
    if table.fixed:
        yield say["fixed"]
        if table.header:
            yield say["fixed_header"]
    else:
        yield say["header"] if table.header else say["no_header"]
    yield say["examples"]
    yield say["needed"]
    yield say["dates"].format(like=day_like(table.dates))
    yield say["numbers"].format(decimal=table.decimal)
    for name, value in table.values:
        field = field_of(kind, name)
        yield say["same"].format(what=field.what if field else name, value=value)


def _excel(table: ColumnMap, kind: str, say: Mapping[str, str]) -> Iterator[str]:
    damaged = [
        column.name
        for column in table.columns
        if (field := field_of(kind, column.field)) is not None and field.form in _DAMAGED
    ]
    yield say["as_text"].format(columns=", ".join(damaged))
    saved = say[_SAVED.get(table.delimiter, "save_csv")].format(sign=table.delimiter)
    yield say["save"].format(format=saved)
    yield say["reopen"]


def _column(table: ColumnMap, column: Column, kind: str, say: Mapping[str, str]) -> list[str]:
    field = field_of(kind, column.field)
    facts = {
        say["what"]: field.what if field else column.field,
        say["is_needed"]: say["yes"] if column.required else say["no"],
        say["how"]: _how(table, column, field, say) if field else "",
        say["example"]: example(table, column, kind),
    }
    if column.start and column.length:
        place = say["place_fixed"].format(first=column.start, last=column.start + column.length - 1)
        facts = {say["place"]: place, **facts}
    wide = max(len(name) for name in facts) + 1
    return [column.name, *(f"    {f'{name}:':<{wide}} {told}" for name, told in facts.items())]


def _how(table: ColumnMap, column: Column, field: Field, say: Mapping[str, str]) -> str:
    lengths = (column.digits,) if column.digits else field.lengths
    if lengths:
        return say["how_digits"].format(digits=f" {say['or']} ".join(str(length) for length in lengths))
    return say[f"how_{field.form}"].format(like=day_like(table.dates), decimal=table.decimal)


def _answer(sender: Sender, say: Mapping[str, str]) -> Iterator[str]:
    if sender.text == "always":
        yield say["accepted"]
    if sender.text != "never":
        yield say["rejected"]
    if sender.rows:
        yield say["answer_csv"]
    if sender.text == "never" and not sender.rows:
        yield say["no_answer"]
    yield say["correct"]
