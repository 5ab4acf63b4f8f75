"""The table of element positions, held against the maps."""

import inspect
from xml.etree import ElementTree as ET

import pytest

from gateway.documents import elements
from gateway.x12.maps import maps_folder

TABLES = dict(inspect.getmembers(elements, inspect.isclass))


def _sent_elements(release: str) -> dict[str, int]:
    """How many elements each segment of our four sets may have."""
    counts: dict[str, int] = {}
    for kind in ("850", "855", "856", "810"):
        root = ET.fromstring(maps_folder().joinpath(release, f"{kind}.xml").read_text("utf-8"))  # noqa: S314 - our own
        for segment in root.iter("segment"):
            places = [int(child.get("seq", "0")) for child in segment if child.tag in ("element", "composite")]
            counts[segment.get("xid", "")] = max(places, default=0)
    return counts


@pytest.mark.parametrize("release", ["004010", "005010"])
def test_every_named_element_is_in_the_maps(release: str) -> None:
    counts = _sent_elements(release)
    only_in = {"MSG": "004010", "MTX": "005010"}
    for name, table in TABLES.items():
        if only_in.get(name, release) != release:
            continue
        for field, place in inspect.getmembers(table, lambda member: isinstance(member, int | range)):
            last = place if isinstance(place, int) else place[-1] + 1
            assert 1 <= last <= counts[name], f"{name}.{field}"


def test_no_two_names_of_a_segment_mean_one_element() -> None:
    for name, table in TABLES.items():
        places = [place for _, place in inspect.getmembers(table, lambda member: isinstance(member, int))]
        assert len(places) == len(set(places)), name
