"""Text beyond ASCII: as its sender saw it, wherever in the file it stands as before."""

import json

import pytest

from gateway.documents import canonical_json, read
from gateway.model.finding import Finding
from tests.documents.document_sets import CONTEXT, document_of, read_set, set_of

BEG, PO1 = "BEG*00*SA*PO1**20261116", "PO1*1*2*EA*3"


def bytes_of(text: str) -> str:
    """This text in UTF-8, a character a byte, as a set is written here."""
    return text.encode().decode("latin-1")


def told(*segments: str) -> str:
    content = canonical_json(document_of("850", *segments)).decode()
    json.loads(content)
    return content


def test_utf_8_is_read_as_utf_8() -> None:
    assert '"name":"Café 中"' in told(BEG, bytes_of("N1*BY*Café 中"), PO1)


def test_latin_1_stays_latin_1_beside_it() -> None:
    content = told(BEG, "N1*BY*Caf\xe9", bytes_of("N1*ST*Zoë"), PO1)
    assert '"name":"Café"' in content
    assert '"name":"Zoë"' in content


def test_each_line_of_a_note_is_read_for_itself() -> None:
    assert '"text":"Zoë\\nCafé"' in told(BEG, "N9*L1*1", bytes_of("MSG*Zoë"), "MSG*Caf\xe9", PO1)


def test_item_ids_and_values_that_could_not_be_read_are_text_as_well() -> None:
    content = told(BEG, bytes_of("PO1*1*dös*EA*3**VP*Größe"))
    assert '"VP":["Größe"]' in content
    assert '"raw":{"quantity":"dös"}' in content


def test_text_in_a_segment_without_a_place_is_read_too() -> None:
    assert '"name":"Zoë"' in told(BEG, PO1, "CTT*1", bytes_of("N1*ST*Zoë"))


@pytest.mark.parametrize("name", [bytes_of("Café 中"), "Caf\xe9", "Cafe"])
def test_the_places_of_findings_count_bytes(name: str) -> None:
    segments = (BEG, f"N1*BY*{name}", bytes_of("PO1*1*1*EA*3**VP*Größe"), "CTT*9")
    found = {each.code: each for each in findings(*segments)}
    content = set_of("850", *segments)
    before = sum(len(segment) + 1 for segment in ("ST*850*0001", *segments[:3]))
    assert found["document.line_count_mismatch"].offset == content.offset + before + len("CTT*")
    before -= len(segments[2]) + 1
    [beyond] = [each for each in content.findings if each.segment == "PO1"]
    assert (beyond.offset, beyond.value) == (content.offset + before + len("PO1*1*1*EA*3**VP*"), "Größe")


def findings(*segments: str) -> tuple[Finding, ...]:
    _, found = read_set("850", *segments)
    return found


def test_ascii_is_left_as_it_was_built() -> None:
    order = set_of("850", BEG, "N1*BY*Cafe ", PO1)
    assert order.findings
    document, _ = read(order, CONTEXT)
    assert document is not None
    assert '"name":"Cafe "' in canonical_json(document).decode()
