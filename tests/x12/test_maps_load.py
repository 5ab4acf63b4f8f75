"""Maps: found, loaded, compiled, and kept."""

from pathlib import Path

import pytest

from gateway.x12.maps import Maps, maps_folder
from gateway.x12.rules import UNBOUNDED, Relation, SetMap

REPOSITORY = Path(__file__).parents[2]
MAPS = Maps()


def order() -> SetMap:
    found = MAPS.get("850", "004010")
    assert found
    return found


def test_the_checkout_has_its_maps_beside_the_package() -> None:
    assert maps_folder() == REPOSITORY / "edi_maps"


def test_the_sets_of_both_releases_are_there_with_their_groups() -> None:
    assert dict(MAPS.sets_of("004010")) == {"810": "IN", "850": "PO", "855": "PR", "856": "SH", "997": "FA"}
    assert dict(MAPS.sets_of("005010")) == {**MAPS.sets_of("004010"), "999": "FA"}


@pytest.mark.parametrize(
    ("version", "release", "exact"),
    [
        ("004010", "004010", True),
        ("004010VICS", "004010", False),
        ("005010X231A1", "005010", True),
        ("005010UCS", "005010", False),
        ("003060", None, False),
        ("", None, False),
    ],
)
def test_a_version_is_read_by_the_longest_release_it_begins_with(
    version: str, release: str | None, *, exact: bool
) -> None:
    assert MAPS.release_of(version) == (release, exact)


def test_a_map_is_loaded_once() -> None:
    assert MAPS.get("850", "004010") is MAPS.get("850", "004010")


@pytest.mark.parametrize(
    ("set_id", "release"), [("846", "004010"), ("850", "003060"), ("850", None), ("../850", "004010")]
)
def test_what_we_have_no_map_for_is_none(set_id: str, release: str | None) -> None:
    assert MAPS.get(set_id, release) is None


def test_a_map_knows_the_rules_of_its_segments() -> None:
    begin = order().ids["BEG"]
    number = begin.elements[2]
    assert (number.ref, number.number, number.name, number.type) == ("BEG03", "324", "purchase order number", "AN")
    assert (number.shortest, number.longest, number.required, number.codes) == (1, 22, True, None)
    assert Relation(kind="P", elements=(6, 7), doubtful=False) in order().ids["PO1"].relations


def test_the_data_element_of_a_place_is_known_to_those_who_write_acknowledgments() -> None:
    assert order().data_element("BEG", 3) == "324"
    assert order().data_element("REF", 4, 2) == "127"
    assert order().data_element("BEG", 99) is None
    assert order().data_element("ZZZ", 1) is None
    assert MAPS.data_element("005010", "SN1", 2, None) == "382"
    assert MAPS.data_element("003060", "SN1", 2, None) is None


def test_loops_and_segments_know_how_often_they_may_come() -> None:
    most = {node.id: node.most for node in order().nodes() if node.loop is order().root}
    assert (most["BEG"], most["REF"]) == (1, UNBOUNDED)
    (lines,) = {node.loop for node in order().nodes() if node.id == "PO1"}
    assert (lines.key, lines.most, lines.required) == ("PO1_loop", 100_000, True)


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_every_map_compiles_whole(release: str) -> None:
    for set_id in MAPS.sets_of(release):
        found = MAPS.get(set_id, release)
        assert found
        for node in found.nodes():
            assert node.forms[len(node.rule.elements) + 1]
            assert "SE" in node.steps or node.id == "SE"


def test_the_hash_of_a_map_is_that_of_the_files_it_came_from() -> None:
    assert order().sha256 == Maps().releases["004010"].set_map("850").sha256
    later = MAPS.get("850", "005010")
    assert later
    assert later.sha256 != order().sha256
