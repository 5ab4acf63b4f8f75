"""The same document as X12 and as a table is the same document, but for where it came from."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.documents import Document, RowsRead
from gateway.model.fields import FIELDS, Field
from gateway.x12.reading import Loop, Segment
from tests.documents.document_sets import document_of, read_set
from tests.documents.tables import column_map, content_of, documents_of, found_in, read_rows, table_of, written

words = st.text(st.sampled_from("ABCdef 019-.,'äß手"), min_size=1, max_size=12).map(str.strip).filter(bool)
codes = st.text(st.sampled_from("ABC019-"), min_size=2, max_size=10)
numbers = st.from_regex(r"-?[1-9][0-9]{0,4}(\.[0-9]{1,3})?", fullmatch=True)
days = st.dates().filter(lambda day: day.year >= 1900)
cents = st.integers(-(10**7), 10**7)
units = st.sampled_from(["EA", "BX", "CA"])
optional = st.booleans()

Cells = dict[str, str]
Case = tuple[str, list[str], list[Cells]]
"""A kind, its segments as X12, its rows by field."""


def money(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


def wire(text: str) -> str:
    """The text as its bytes on the wire, a character a byte."""
    return text.encode().decode("latin-1")


def segment(*elements: str) -> str:
    return "*".join(elements).rstrip("*")


@st.composite
def invoices(draw: st.DrawFn) -> Case:
    number, day, total = draw(codes), draw(days), draw(cents)
    head = {"number": number, "date": day.isoformat(), "total": money(total), "order_number": draw(codes)}
    segments = [segment("BIG", f"{day:%Y%m%d}", number, "", head["order_number"])]
    if draw(optional):
        head["currency"] = "USD"
        segments.append("CUR*SE*USD")
    if draw(optional):
        head |= {"ship_to.name": draw(words), "ship_to.id": draw(codes), "ship_to.city": draw(words) + "xx"}
        segments.append(segment("N1", "ST", wire(head["ship_to.name"]), "92", head["ship_to.id"]))
        segments.append(segment("N4", wire(head["ship_to.city"])))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        line = {"line.quantity": draw(numbers), "line.uom": draw(units), "line.price": draw(numbers)}
        line |= {"line.vendor_item": draw(codes)} | ({"line.buyer_item": draw(codes)} if draw(optional) else {})
        pairs = [code for name, code in (("line.vendor_item", "VP"), ("line.buyer_item", "BP")) if name in line]
        ids = zip(pairs, (line[name] for name in ("line.vendor_item", "line.buyer_item") if name in line), strict=True)
        segments.append(
            segment("IT1", "", *(line[f"line.{part}"] for part in ("quantity", "uom", "price")), "", *sum(ids, ()))
        )
        if draw(optional):
            line["line.description"] = draw(words)
            segments.append(segment("PID", "F", "", "", "", wire(line["line.description"])))
        rows.append(head | line)
    segments.append(f"TDS*{total}")
    if draw(optional):
        freight = draw(cents)
        rows[0]["freight"] = money(freight)
        segments.append(f"SAC*C*D240***{freight}")
    return "810", [*segments, f"CTT*{len(rows)}"], rows


@st.composite
def orders(draw: st.DrawFn) -> Case:
    number, day = draw(codes), draw(days)
    head = {"number": number, "date": day.isoformat(), "purpose": draw(st.sampled_from(["00", "05"]))}
    segments = [segment("BEG", head["purpose"], "SA", number, "", f"{day:%Y%m%d}")]
    if draw(optional):
        head |= {"net_days": "30", "terms": draw(words)}
        segments.append(segment("ITD", "", "", "", "", "", "", "30", "", "", "", "", wire(head["terms"])))
    if draw(optional):
        head |= {"requested_date": draw(days).isoformat(), "carrier": draw(words)}
        segments.append(f"DTM*002*{head['requested_date'].replace('-', '')}")
        segments.append(segment("TD5", "", "", "", "", wire(head["carrier"])))
    rows = []
    for at in range(1, draw(st.integers(1, 4)) + 1):
        line = {
            "line.number": str(at),
            "line.quantity": draw(numbers),
            "line.uom": draw(units),
            "line.price": draw(numbers),
        }
        line |= {"line.upc": "012345678905"} if draw(optional) else {}
        upc = ("", "UP", "012345678905") if "line.upc" in line else ()
        segments.append(segment("PO1", str(at), *(line[f"line.{part}"] for part in ("quantity", "uom", "price")), *upc))
        rows.append(head | line)
    return "850", [*segments, f"CTT*{len(rows)}"], rows


@st.composite
def responses(draw: st.DrawFn) -> Case:
    number, day = draw(codes), draw(days)
    head = {"number": number, "order_date": day.isoformat(), "seller_order_number": draw(codes), "response": "AC"}
    segments = [segment("BAK", "00", "AC", number, f"{day:%Y%m%d}", "", "", "", head["seller_order_number"])]
    rows = []
    for at in range(1, draw(st.integers(1, 3)) + 1):
        line = {"line.number": str(at), "line.quantity": draw(numbers), "line.uom": draw(units)}
        segments.append(segment("PO1", str(at), line["line.quantity"], line["line.uom"]))
        for _ in range(draw(st.integers(1, 3))):
            said = {"line.status": draw(st.sampled_from(["IA", "IB", "IR"])), "line.status_quantity": draw(numbers)}
            when = draw(days)
            said["line.status_date"] = when.isoformat()
            segments.append(
                segment(
                    "ACK", said["line.status"], said["line.status_quantity"], line["line.uom"], "068", f"{when:%Y%m%d}"
                )
            )
            rows.append(head | line | said)
    return "855", [*segments, f"CTT*{head and at}"], rows


@st.composite
def notices(draw: st.DrawFn) -> Case:
    number, day = draw(codes), draw(days)
    head = {"number": number, "date": day.isoformat(), "time": "06:45", "tracking_number": draw(codes)}
    segments = [
        segment("BSN", "00", number, f"{day:%Y%m%d}", "0645", "0001"),
        "HL*1**S",
        f"REF*CN*{head['tracking_number']}",
    ]
    rows: list[Cells] = []
    level = 1
    for order in range(draw(st.integers(1, 2))):
        level += 1
        parent = level
        segments += [f"HL*{level}*1*O", f"PRF*PO-{order}"]
        for box in range(draw(st.integers(1, 2))):
            level += 1
            pack, sscc = level, f"{order}{box}0123450000000018"
            segments += [f"HL*{level}*{parent}*P", f"MAN*GM*{sscc}"]
            for _ in range(draw(st.integers(1, 2))):
                level += 1
                line = {"order_number": f"PO-{order}", "pack.sscc": sscc, "line.vendor_item": draw(codes)}
                line |= {"line.quantity_shipped": draw(numbers), "line.uom": draw(units), "line.lot": draw(codes)}
                segments += [f"HL*{level}*{pack}*I", f"LIN**VP*{line['line.vendor_item']}"]
                segments += [f"SN1**{line['line.quantity_shipped']}*{line['line.uom']}", f"REF*LT*{line['line.lot']}"]
                rows.append(head | line)
    return "856", [*segments, f"CTT*{level}"], rows


def as_table(kind: str, rows: list[Cells], data: st.DataObject) -> RowsRead:
    """The same rows as a table: columns in any order, separated by anything, of which some cells are empty."""
    draw = data.draw
    fields = draw(st.permutations(sorted({field for row in rows for field in row})))
    delimiter, end = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\r\n", "\n", "\r"]))
    content = written([fields, *([row.get(field, "") for field in fields] for row in rows)], delimiter, end)
    agreed = column_map({field: field for field in fields})
    (read,) = documents_of(table_of(content, (kind, agreed)))
    return read


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), invoices() | orders() | responses() | notices())
def test_x12_and_a_table_that_say_the_same_make_the_same_document(data: st.DataObject, case: Case) -> None:
    kind, segments, rows = case
    assume(len({tuple(row.items()) for row in rows}) == len(rows))  # a row that is there twice is refused
    read = as_table(kind, rows, data)
    assert [code for code, _, _ in found_in(read) if code != "table.total_mismatch"] == []
    assert content_of(read.document) == content_of(document_of(kind, *segments))


def _segments(loop: Loop) -> Iterator[Segment]:
    """The segments of a tree in its order."""
    for entries in loop.values():
        for entry in entries:
            if isinstance(entry, Segment):
                yield entry
            else:
                yield from _segments(entry)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_row_with_every_field_makes_a_set_that_the_x12_reader_finds_nothing_wrong_with(kind: str) -> None:
    fields = {field.name: field.name for field in FIELDS[kind]}
    (read,) = read_rows(kind, fields, [field.example for field in FIELDS[kind]])
    assert [found for found in found_in(read) if found[0] != "table.total_mismatch"] == []
    sent = ["*".join(each.elements) for each in _segments(read.read.tree)]
    document, warnings = read_set(kind, *sent)
    assert content_of(document) == content_of(read.document)
    assert [each.code for each in warnings if each.code != "document.total_mismatch"] == []


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_of_a_table_can_be_found_again_in_its_document(kind: str) -> None:
    """A field that no builder reads would be lost without a word."""
    filled = {(of.segment, element) for of in FIELDS[kind] for element, _ in (*of.beside, *of.copies)}
    filled |= {(field.segment, field.element) for field in FIELDS[kind] if field.default}
    whole = content_of(_with(kind, FIELDS[kind]))
    for field in FIELDS[kind]:
        if not field.needed and (field.segment, field.element) not in filled:
            assert content_of(_with(kind, [other for other in FIELDS[kind] if other is not field])) != whole, field.name


def _with(kind: str, fields: Sequence[Field]) -> Document | None:
    (read,) = read_rows(kind, {field.name: field.name for field in fields}, [field.example for field in fields])
    return read.document
