"""The sample partners and their files are what they are said to be."""

import csv
import io
import logging
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from gateway.profiles.load import load

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "partners" / "samples"
GOOD = [
    "acme/1-order-response-855.edi",
    "acme/2-ship-notice-856.edi",
    "acme/3-invoice-810.edi",
    "acme/5-invoice-same-number-other-amount-810.edi",
    "northclinic/1-orders-850.edi",
]
FAULTY = "acme/4-invoice-letter-in-quantity-810.edi"


def segments(name: str) -> list[list[str]]:
    return [segment.split("*") for segment in (SAMPLES / name).read_text("ascii").split("~\n")[:-1]]


def referee(name: str) -> tuple[bool, str]:
    """What pyx12 says, with our maps: whether all is well, and its 997."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    answer = io.StringIO()
    maps = str(ROOT / "edi_maps" / "004010")
    well = x12n_document(params(), str(SAMPLES / name), answer, None, None, None, map_path=maps)
    return well, answer.getvalue()


def test_the_sample_settings_have_no_mistake() -> None:
    loaded = load(ROOT)
    assert [str(one) for one in loaded.mistakes] == []
    assert [partner.name for partner in loaded.profiles.partners] == ["acme", "bolt", "northclinic"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_sample_is_good(name: str) -> None:
    well, answer = referee(name)
    assert well
    assert "AK5*A" in answer
    assert "AK5*R" not in answer


@pytest.mark.parametrize("name", [*GOOD, FAULTY])
def test_a_sample_names_its_partner_and_us(name: str) -> None:
    profiles = load(ROOT).profiles
    [isa, gs, *_] = segments(name)
    partner = profiles.partner(name.split("/", maxsplit=1)[0])
    assert partner
    assert [str(each) for each in partner.ids] == [f"{isa[5]}/{isa[6].rstrip()}"]
    assert f"{isa[7]}/{isa[8].rstrip()}" == "ZZ/HEALTHSYS"
    assert (gs[2], gs[3]) == (isa[6].rstrip(), "HEALTHSYS")
    kinds = {segment[1] for segment in segments(name) if segment[0] == "ST"}
    assert kinds <= {each.kind for each in partner.agreements}


def test_the_faulty_invoice_has_a_letter_in_the_quantity_of_its_second_line_and_no_other_fault() -> None:
    well, answer = referee(FAULTY)
    assert not well
    assert [line for line in answer.split("~\n") if line[:3] in ("AK3", "AK4")] == ["AK3*IT1*11**8", "AK4*2*358*6*1O"]
    lines = [segment for segment in segments(FAULTY) if segment[0] == "IT1"]
    assert lines[1][1:3] == ["2", "1O"]


def test_the_held_invoice_has_the_number_of_the_good_one_another_amount_and_comes_after_it() -> None:
    good, held = (segments(name) for name in (GOOD[2], GOOD[3]))

    def found(name: str, element: int, of: list[list[str]]) -> str:
        return next(segment[element] for segment in of if segment[0] == name)

    assert found("BIG", 2, good) == found("BIG", 2, held)
    assert found("TDS", 1, good) != found("TDS", 1, held)
    assert found("ISA", 13, good) != found("ISA", 13, held)
    assert GOOD[2] < GOOD[3]


def test_the_lines_of_an_invoice_come_to_its_total() -> None:
    for name in (GOOD[2], GOOD[3]):
        found = segments(name)
        cents = sum(round(float(line[2]) * float(line[4]) * 100) for line in found if line[0] == "IT1")
        assert [str(cents)] == [segment[1] for segment in found if segment[0] == "TDS"]


def test_the_three_documents_of_acme_are_about_one_order() -> None:
    places = {"BAK": 3, "PRF": 1, "BIG": 4}
    orders = {segment[places[segment[0]]] for name in GOOD[:3] for segment in segments(name) if segment[0] in places}
    assert len(orders) == 1


def test_no_interchange_number_comes_twice() -> None:
    numbers = sorted((isa[6], isa[13]) for isa in (segments(name)[0] for name in [*GOOD, FAULTY]))
    assert all(one != other for one, other in pairwise(numbers))


def test_the_unreadable_sample_is_no_x12() -> None:
    assert b"ISA" not in (SAMPLES / "acme" / "6-unreadable.edi").read_bytes()


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / "bolt" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["good-invoice.csv", "faulty-invoice.csv"])
def test_a_sample_table_has_the_columns_of_its_map_and_comes_to_its_total(name: str) -> None:
    bolt = load(ROOT).profiles.partner("bolt")
    assert bolt
    invoices = next(each.columns for each in bolt.agreements if each.kind == "810")
    assert invoices
    found = rows(name)
    assert list(found[0]) == [column.name for column in invoices.columns]
    assert len({row["Invoice No"] for row in found}) == 1 < len(found)
    [total] = {row["Invoice Total"] for row in found}
    assert sum(Decimal(row["Qty"]) * Decimal(row["Unit Price"]) for row in found) == Decimal(total)


def test_one_cell_of_the_faulty_table_is_what_excel_makes_of_a_upc() -> None:
    codes = [row["UPC"] for name in ("good-invoice.csv", "faulty-invoice.csv") for row in rows(name)]
    assert [code for code in codes if not re.fullmatch(r"[0-9]{12}", code)] == ["1.23457E+11"]


def test_samples_are_small() -> None:
    files = [page for page in SAMPLES.rglob("*") if page.is_file()]
    assert len(files) == 9
    assert all(page.stat().st_size < 2048 for page in files)
