from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.terminal.explain import explain
from gateway.terminal.report import Report
from tests.terminal.conftest import NOW, Explain, decoded
from tests.terminal.files import order, x12

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"

REPORT = (
    "schema format bytes consumed partner outcome reason interchanges documents acknowledgments deliveries findings"
)
INTERCHANGE = "control sender receiver version usage findings groups"
GROUP = "functional_id control version ack_code findings transactions"
TRANSACTION = "set control status segments document findings"
FINDING = (
    "code severity message expected fix who segment position element component repetition offset row column value ack"
)


@pytest.mark.parametrize("name", ["good-850", "bad-850"])
def test_the_report_of_a_known_file_is_known_to_the_byte(name: str) -> None:
    """UPDATE_GOLDEN=1 writes the files anew; their diff is then what is reviewed."""
    told = msgspec.json.format(explain(GOLDEN / f"{name}.edi", at=NOW).json(), indent=2) + "\n"
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told, "utf-8")
    assert told == golden.read_text("utf-8")


def test_every_object_has_exactly_the_keys_of_the_contract(explained: Explain) -> None:
    report = decoded(explained(x12(order(quantity="X"), ack_requested="1")))
    (interchange,) = report["interchanges"]
    (group,) = interchange["groups"]
    (transaction,) = group["transactions"]
    (finding,) = transaction["findings"]
    expected = {REPORT: report, INTERCHANGE: interchange, GROUP: group, TRANSACTION: transaction, FINDING: finding}
    assert {keys: list(found) for keys, found in expected.items()} == {keys: keys.split() for keys in expected}
    assert list(finding["ack"]) == ["segment", "code"]
    assert [list(interchange[side]) for side in ("sender", "receiver")] == [["qualifier", "id"]] * 2
    assert [list(each) for each in report["acknowledgments"]] == [["kind", "content"]] * 2
    assert [list(each) for each in report["deliveries"]] == [["target", "kind", "key"]] * 2
    assert report["schema"] == "gateway.explain/1"


def test_the_document_is_there_for_a_rejected_set_too(explained: Explain) -> None:
    transaction = _transactions(explained(x12(order(quantity="X"))))[0]
    assert transaction["status"] == "rejected"
    assert transaction["document"]["kind"] == "850"
    assert transaction["document"]["number"] == "PO-1"
    assert transaction["document"]["lines"][0]["quantity"] == {"value": None, "uom": "EA"}


def test_segments_count_st_and_se_and_a_position_counts_from_st(explained: Explain) -> None:
    transaction = _transactions(explained(x12(order(quantity="X"))))[0]
    assert transaction["segments"] == 8
    assert transaction["findings"][0]["position"] == 4


def test_an_offset_is_the_byte_of_the_element_in_the_file(explained: Explain) -> None:
    content = x12(order(quantity="1X"))
    finding = _transactions(explained(content))[0]["findings"][0]
    assert content[finding["offset"] :].startswith(b"1X*EA")
    assert (finding["segment"], finding["element"], finding["value"]) == ("PO1", 2, "1X")


def test_acknowledgments_have_placeholder_numbers_and_a_fixed_date(explained: Explain) -> None:
    ta1, fa = decoded(explained(x12(order(), ack_requested="1")))["acknowledgments"]
    assert (ta1["kind"], fa["kind"]) == ("TA1", "997")
    assert "*000101*0000*U*00401*000000001*0*P*" in fa["content"]
    assert "\nGS*FA*HEALTHSYS*NORTHCLINIC*20000101*0000*1*X*004010~" in fa["content"]
    assert "\nTA1*000000101*261116*0812*A*000~" in ta1["content"]


def test_deliveries_name_the_post_by_its_business_key_and_the_answer(explained: Explain, home: Path) -> None:
    report = decoded(explained(x12(order()), home=home))
    assert report["partner"] == "northclinic"
    assert report["deliveries"] == [
        {"target": "erp", "kind": "850", "key": "850|NORTHCLINIC|PO-1||00"},
        {"target": "channel:northclinic", "kind": "997", "key": None},
    ]


def test_a_group_of_acknowledgments_is_taken_and_has_no_document(explained: Explain) -> None:
    body = [("AK1", "PO", "7"), ("AK9", "A", "1", "1", "1")]
    report = decoded(explained(x12(body, kind="997", functional_id="FA")))
    assert report["outcome"] == "accepted"
    assert report["acknowledgments"] == []
    assert report["deliveries"] == []
    assert report["interchanges"][0]["groups"][0]["transactions"][0]["document"] is None


def _transactions(report: Report) -> Any:  # noqa: ANN401 - JSON
    return decoded(report)["interchanges"][0]["groups"][0]["transactions"]
