"""The kinds as the route sees them."""

from typing import Any

import msgspec
import pytest

from gateway.documents import KINDS, canonical_json, kind_of, schema
from gateway.documents.common import Document, Line
from gateway.documents.fields import FIELDS
from gateway.documents.header import IN_A_HEADER
from gateway.ports import DocumentKind
from tests.documents.document_sets import document_of

# The documented contract of explain's JSON.
CONTRACT = ["kind", "number", "seller_order_number", "order_number", "release", "purpose", "type", "response", "date"]
LINE_CONTRACT = ["line_number", "order_number", "quantity", "unit_price", "item_ids", "acknowledgments"]
FIRST = {"850": "BEG", "855": "BAK", "856": "BSN", "810": "BIG"}
LINES = {"850": ["PO1"], "855": ["PO1"], "856": ["HL*1**I"], "810": ["IT1"]}


def test_the_kinds_fit_the_port() -> None:
    kinds: tuple[DocumentKind, ...] = KINDS
    assert [(kind.kind, kind.functional_id, kind.label) for kind in kinds] == [
        ("850", "PO", "order"),
        ("855", "PR", "order response"),
        ("856", "SH", "ship notice"),
        ("810", "IN", "invoice"),
    ]


def test_a_set_we_do_not_know_has_no_kind() -> None:
    assert kind_of("997") is None
    with pytest.raises(KeyError):
        schema("997")


@pytest.mark.parametrize("kind", sorted(FIRST))
def test_the_contract_is_kept_where_everything_is_missing(kind: str) -> None:
    document: dict[str, Any] = msgspec.json.decode(canonical_json(document_of(kind, FIRST[kind], *LINES[kind])))
    assert document["kind"] == kind
    assert [name for name in CONTRACT[1:] if document[name] is not None] == []
    (line,) = document["lines"]
    assert set(LINE_CONTRACT) <= set(line)
    assert (line["quantity"], line["item_ids"], line["acknowledgments"]) == ({"value": None, "uom": None}, {}, [])
    assert document["totals"] == {"line_count": 1, "control_count": None, "payable": None}


@pytest.mark.parametrize("kind", sorted(FIRST))
def test_a_schema_names_the_contract_as_required(kind: str) -> None:
    whole = schema(kind)
    name = whole["$ref"].removeprefix("#/$defs/")
    document = whole["$defs"][name]
    assert set(CONTRACT) | {"lines", "totals", "src"} <= set(document["required"])
    assert document["properties"]["kind"] == {"enum": [kind]}


def test_what_a_segment_fills_a_document_or_a_line_has_a_field_for() -> None:
    assert {field for field, _ in FIELDS.values()} <= set(Line.__struct_fields__)
    assert {"parties", "references", "dates", "notes"} <= IN_A_HEADER
    assert set(Document.__struct_fields__) == IN_A_HEADER
