"""Files of the shared corpus, held against the facts that were taken from them by other means."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.documents import Document, lane_orders, read
from tests.documents.document_sets import CONTEXT, sets_in

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FACTS: dict[str, Any] = (
    json.loads((CORPUS / "expected.json").read_text("utf-8")) if (CORPUS / "expected.json").exists() else {}
)
NUMBERS = {"850": "po_number", "855": "po_number", "856": "shipment_id", "810": "invoice_number"}
LINES = {"850": "lines", "855": "lines", "856": "item_lines", "810": "lines"}
RELEASES = ("004010", "005010")

# Files the facts were read from in another way than our defaults read them.
OTHERWISE = {
    "850/x12-types--_850_test-L96.edi": "its ISA is short, and the facts end segments after its component separator",
    "855/stupidedi--2.edi": "its ISA has too few elements to tell the separators",
}

pytestmark = pytest.mark.skipif(not FACTS, reason="the shared corpus is not beside this checkout")


def _expected(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of every set in the file, each with its release."""
    interchanges = facts["interchanges"] if isinstance(facts.get("interchanges"), list) else []
    return [
        {"version": group.get("version") or "", **transaction}
        for interchange in interchanges
        for group in interchange["groups"]
        for transaction in group["transactions"]
    ]


def _readable(name: str) -> bool:
    return any(fact["set"] in NUMBERS and fact["version"].startswith(RELEASES) for fact in _expected(FACTS[name]))


FILES = sorted(name for name in FACTS if name not in OTHERWISE and _readable(name))


def test_the_corpus_is_there_in_full() -> None:
    assert len(FILES) > 80


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_others_found_in_it(name: str) -> None:
    expected = _expected(FACTS[name])
    found = sets_in((CORPUS / name).read_bytes())
    assert [each.set_id for each in found] == [fact["set"] for fact in expected]
    for each, fact in zip(found, expected, strict=True):
        if fact["set"] in NUMBERS and fact["version"].startswith(RELEASES):
            document, _ = read(each, CONTEXT)
            if document is None:
                assert fact.get(NUMBERS[fact["set"]]) is None
                assert fact[LINES[fact["set"]]] == 0
            else:
                _compare(document, fact)


def _compare(document: Document, fact: dict[str, Any]) -> None:
    kind = document.kind
    assert (document.number or "") == (fact[NUMBERS[kind]] or "")
    assert len(document.lines) == document.totals.line_count == fact[LINES[kind]]
    assert (document.totals.control_count or "") == (fact.get("ctt01") or "")
    if fact["first_line"] is not None:
        _compare_line(document, fact["first_line"])
    if kind == "810":
        assert document.totals.payable == fact["invoice_total"]
        assert document.order_number == (fact["po_number"] or None)
    if kind == "855":
        answers = [answer for line in document.lines for answer in line.acknowledgments]
        assert len(answers) == fact["ack_segments"]
        assert (document.response or "") == fact["ack_type"]
    if kind == "856":
        assert list(lane_orders(document)) == list(dict.fromkeys(fact["po_numbers"]))


def _compare_line(document: Document, fact: dict[str, Any]) -> None:
    line = document.lines[0]
    raw = line.raw or {}
    assert (line.quantity.value or raw.get("quantity", "")) == (fact["qty"] or "")
    assert (line.quantity.uom or "") == (fact["uom"] or "")
    assert (line.unit_price or raw.get("unit_price", "")) == (fact.get("price") or "")
    assert (line.price_basis or "") == (fact.get("basis") or "")
    # The facts keep one value of each qualifier, and pairs whose value or qualifier is empty.
    ids = {qualifier: value for qualifier, value in (fact["ids"] or {}).items() if qualifier and value}
    assert {qualifier: values[-1] for qualifier, values in line.item_ids.items() if qualifier} == ids
