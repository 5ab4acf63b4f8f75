"""`queue`, `show` and `balance`: reading the ledger aloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.flow.decide import LONGEST_NUMBER
from gateway.ledger import views
from gateway.ledger.balance import Line, balance
from gateway.ledger.views import CaseRow, SetLine
from gateway.ledger.write import Ledger
from gateway.model.outcomes import Refused
from gateway.settings import Home
from gateway.x12.charset import opening


def queue(home: Home, *, as_json: bool) -> int:
    """The open cases, oldest first."""
    with open_reader(home).read() as snapshot:
        cases = views.every_open_case(snapshot)
        if as_json:
            _print_json({"schema": "gateway.queue/1", "cases": list(cases)})
            return 0
        lines = (line for case in cases for line in _case_lines(case))
        print(next(lines, "Nothing waits for a person. Rejected and held files would appear here."))
        for line in lines:
            print(line)
    return 0


def show(home: Home, what: list[str], *, as_json: bool) -> int:
    """One thing with everything about it: a case by its number, or `file 3`, `document 5`, `delivery 7`."""
    kind, number = _named(what)
    with open_reader(home).read() as snapshot:
        found = _SHOWN[kind](snapshot, number)
        if found is None:
            raise Refused("review.no_such", subject=f"{kind} {number}")
        # Every set of its file is named, however many: this is where a person finds what became of each.
        every_set = views.every_set_of(snapshot, found["file"].id) if "file" in found else iter(())
        if as_json:
            _print_json(
                {"schema": "gateway.show/1", **found, **({"documents": list(every_set)} if "file" in found else {})}
            )
        else:
            for line in _story(found, every_set):
                print(line)
    return 0


def balances(home: Home, *, as_json: bool) -> int:
    """The three equations per partner and kind; 1 where one does not hold."""
    with open_reader(home).read() as snapshot:
        lines = balance(snapshot)
    if as_json:
        rows = [msgspec.to_builtins(line) | {"holds": line.holds} for line in lines]
        _print_json({"schema": "gateway.balance/1", "holds": all(line.holds for line in lines), "lines": rows})
    else:
        print("\n".join(_balance_lines(lines)) or "Nothing was received yet.")
    return 0 if all(line.holds for line in lines) else 1


_LONGEST_NUMBER = 18  # digits of the largest id


def _named(what: list[str]) -> tuple[str, int]:
    kind, number = ("case", what[0]) if len(what) == 1 else (what[0], what[1])
    if kind not in _SHOWN or not number.isdigit() or len(number) > _LONGEST_NUMBER:
        raise Refused("review.no_such", subject=" ".join(what))
    return kind, int(number)


def _case(snapshot: Connection, number: int) -> dict[str, Any] | None:
    case = views.case(snapshot, number)
    if case is None:
        return None
    about = _file(snapshot, case.transmission_id) if case.transmission_id else {}
    events = views.events_about(snapshot, [f"case {number}", case.subject])
    return {
        "case": case,
        **(about or {}),
        "events": sorted({*events, *(about or {}).get("events", [])}, key=lambda e: e.id),
    }


def _file(snapshot: Connection, number: int) -> dict[str, Any] | None:
    row = views.file(snapshot, number)
    if row is None:
        return None
    interchanges = views.interchanges_of(snapshot, number)
    sets = views.sets_of(snapshot, number)
    deliveries = views.deliveries_of(snapshot, number)
    subjects = [f"file {number}"]
    subjects += [f"interchange {one.id}" for one in interchanges] + [f"document {one.id}" for one in sets]
    subjects += [f"delivery {one.id}" for one in deliveries]
    return {
        "file": row,
        "interchanges": interchanges,
        "documents": sets,
        "findings": views.findings_of(snapshot, number),
        "deliveries": deliveries,
        "events": views.events_about(snapshot, subjects),
    }


def _document(snapshot: Connection, number: int) -> dict[str, Any] | None:
    line = views.set_line(snapshot, number)
    if line is None:
        return None
    return {
        "document": line,
        "canonical": views.canonical(snapshot, number),
        **(_file(snapshot, line.transmission_id) or {}),
        "findings": views.findings_of_document(snapshot, number),
    }


def _delivery(snapshot: Connection, number: int) -> dict[str, Any] | None:
    row = views.delivery(snapshot, number)
    return None if row is None else {"delivery": row, "events": views.events_about(snapshot, [f"delivery {number}"])}


_SHOWN = {"case": _case, "file": _file, "document": _document, "delivery": _delivery}


def _case_lines(case: CaseRow) -> Iterator[str]:
    number = case.number and opening(case.number, LONGEST_NUMBER)
    subject = " ".join(part for part in (case.partner, case.kind, number) if part)
    value = f", {case.value} at stake" if case.value else ""
    yield f"case {case.id}  {subject or case.subject}{value}  [{case.reason}] {case.owner} to act, {case.state}"
    yield f"    {case.told}"
    if case.fix:
        yield f"    {case.fix}"


def _story(found: dict[str, Any], every_set: Iterator[SetLine]) -> Iterator[str]:
    """Everything about one thing, in the order in which a person asks for it."""
    if "case" in found:
        yield from _case_lines(found["case"])
    if "file" in found:
        row = found["file"]
        what = f"{row.state}, came" if row.direction == "in" else "went out"
        when = f"{row.received_at:%Y-%m-%d %H:%M:%S} UTC"
        yield f"file {row.id}  {row.name}  {row.size} bytes, {what} through {row.channel} at {when}"
        yield f"    sha256 {row.sha256}"
    for one in found.get("interchanges", ()):
        named = f"interchange {one.control}  {one.sender} -> {one.receiver}" if one.control else "table"
        yield f"{named}, usage {one.usage}, {one.state}"
    for one in every_set:
        yield _set_line(one)
    if "delivery" in found:
        yield _delivery_line(found["delivery"])
    for one in found.get("deliveries", ()):
        yield _delivery_line(one)
    for one in found.get("findings", ()):
        yield f"problem  {one['code']}: {one['message']}"
        if one.get("fix"):
            yield f"    {one['fix']}"
    for event in found.get("events", ()):
        yield f"{event.at:%Y-%m-%d %H:%M:%S}  {event.who}: {event.what} ({event.about})"


def _set_line(one: SetLine) -> str:
    control = opening(one.control or "", LONGEST_NUMBER)
    in_set = f" (set {control})" if one.control != one.number else ""  # a table has no sets
    why = f" ({one.reason})" if one.reason else ""
    named = f"{one.kind} {opening(one.number or '', LONGEST_NUMBER)}{in_set}"
    return f"document {one.id}  {named}, answered {one.verdict}, {one.state}{why}"


def _delivery_line(row: Any) -> str:  # noqa: ANN401 - DeliveryRow
    what = row.acknowledgment_kind or row.document_kind or ""
    result = f" as {row.reference}" if row.reference else f": {row.last_error}" if row.last_error else ""
    return f"delivery {row.id}  {what} to {row.target}, {row.state}{result}"


def _balance_lines(lines: list[Line]) -> Iterator[str]:
    for line in lines:
        parts = " + ".join(f"{count} {name}" for name, count in line.parts.items())
        verdict = "" if line.holds else "   DOES NOT HOLD"
        yield f"{line.what:<10} {line.partner:<12} {line.kind:<7} {line.total} = {parts}{verdict}"


def open_reader(home: Home) -> Ledger:
    """A reader of the ledger; raises Refused where there is none yet."""
    if not home.ledger.is_file():
        raise Refused("review.no_ledger", home=str(home.root))
    return Ledger(f"sqlite:///{home.ledger}", lambda: datetime.now(UTC))


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps(msgspec.to_builtins(content), indent=2))
