"""Our validator against pyx12's on damaged files: the same faults at the same places, but for known differences."""

from __future__ import annotations

import functools
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyx12 import map_if
from pyx12.params import ParamsBase, params
from pyx12.x12n_document import x12n_document

from gateway.model.finding import Finding
from gateway.x12.reading import SetRead
from tests.x12.damage import damaged_files
from tests.x12.interchanges import sets

# (AK level, segment, position, element, code)
Said = tuple[str, str | None, int | None, int | None, str]
MAPS = Path(__file__).parents[2] / "edi_maps"


@pytest.fixture(scope="module", autouse=True)
def _maps_loaded_once() -> Iterator[None]:
    """pyx12 reads its maps anew for every file; here it reads each once. Its log is silent: its findings are compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_if, "load_map_file", functools.cache(map_if.load_map_file))
        logging.disable()
        yield
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def charset() -> ParamsBase:
    extended = params()
    extended.set("charset", "E")
    return extended


def test_one_hundred_damaged_files_are_judged_as_by_pyx12(charset: ParamsBase) -> None:
    assert _differences(120, 20261122, charset) == []


@pytest.mark.all
def test_one_thousand_damaged_files_are_judged_as_by_pyx12(charset: ParamsBase) -> None:
    assert _differences(1_080, 4711, charset) == []


def _differences(count: int, seed: int, charset: ParamsBase) -> list[str]:
    found = []
    for name, content in damaged_files(count, seed):
        (read,) = sets(content)
        theirs = _theirs(content, read.group.version, charset)
        for _reason, known in KNOWN:
            theirs = known(read, theirs)
        ours = _ours(read)
        if ours != theirs:
            only = sorted(map(str, ours - theirs)), sorted(map(str, theirs - ours))
            found.append(f"{name}: only ours {only[0]}, only theirs {only[1]}")
    return found


def _ours(read: SetRead) -> set[Said]:
    return {said for finding in read.findings if (said := _said(finding))}


def _said(finding: Finding) -> Said | None:
    if not finding.ack:
        return None
    if finding.ack.segment == "AK5":
        return ("AK5", None, None, None, finding.ack.code)
    return (finding.ack.segment, finding.segment, finding.position, finding.element, finding.ack.code)


def _theirs(content: bytes, release: str, charset: ParamsBase) -> set[Said]:
    out = io.StringIO()
    x12n_document(
        charset, io.StringIO(content.decode("latin-1")), None, None, fd_json=out, map_path=str(MAPS / release)
    )
    (transaction,) = json.loads(out.getvalue())["interchanges"][0]["groups"][0]["transactions"]
    said: set[Said] = set()
    for error in transaction["errors"]:
        said.add(("AK5", None, None, None, error["err_cde"]))
    for segment in transaction["segments"]:
        place = (segment["seg_id"], segment["seg_count"])
        said |= {("AK3", *place, None, error["err_cde"]) for error in segment["errors"]}
        for element in segment["elements"]:
            said |= {("AK4", *place, element["ele_pos"], error["err_cde"]) for error in element["errors"]}
    return said


# What we say differently on purpose: each row makes of what pyx12 says what we say of the same fault.


Place = tuple[str | None, int | None]


def _at(read: SetRead, *names: str) -> dict[Place, set[Said]]:
    """All we say about each segment of which we say one of these codes."""
    places = {(finding.segment, finding.position) for finding in read.findings if finding.code.split(".")[1] in names}
    return {place: {said for said in _ours(read) if said[1:3] == place} for place in places}


def _finer_codes(read: SetRead, theirs: set[Said]) -> set[Said]:
    ours = _at(read, "segment_unexpected", "segment_out_of_order")
    return _replaced(theirs, ours, lambda said: said[0] == "AK3" and said[4] == "1")


def _late_is_not_missing(read: SetRead, theirs: set[Said]) -> set[Said]:
    late = {segment for segment, _ in _at(read, "segment_out_of_order")}
    return {said for said in theirs if not (said[0] == "AK3" and said[4] == "3" and said[1] in late)}


def _read_on(read: SetRead, theirs: set[Said]) -> set[Said]:
    if not _at(read, "segment_out_of_order"):
        return theirs
    ours = _ours(read)
    return {said for said in theirs if said in ours or not (said[0] == "AK3" and said[4] == "1")}


def _conditions(read: SetRead, theirs: set[Said]) -> set[Said]:
    elements = {place: {said for said in _ours(read) if said[:3] == ("AK4", *place)} for place in _places(read)}
    return _replaced(theirs, elements, lambda said: said[0] == "AK3" and said[4] == "8")


def _places(read: SetRead) -> set[Place]:
    return {(finding.segment, finding.position) for finding in read.findings if finding.code != "syntax.segment_bare"}


def _weak_lists(read: SetRead, theirs: set[Said]) -> set[Said]:
    doubted = {
        ("AK4", finding.segment, finding.position, finding.element, "7")
        for finding in read.findings
        if finding.code == "syntax.invalid_code" and not finding.ack
    }
    return theirs - doubted


def _trailing_separators(_read: SetRead, theirs: set[Said]) -> set[Said]:
    return {said for said in theirs if said[4] != "SEG1"}


def _one_finding_a_value(read: SetRead, theirs: set[Said]) -> set[Said]:
    ours = {said for said in _ours(read) if said[0] == "AK4"}
    theirs = theirs | {
        said for said in ours if said[4] in ("8", "9") and any(other[:4] == said[:4] for other in theirs)
    }
    agreed = {said[:4] for said in ours & theirs}
    return {said for said in theirs if said in ours or said[:4] not in agreed}


def _levels(read: SetRead, theirs: set[Said]) -> set[Said]:
    def numbering(said: Said) -> bool:
        return said[4] in ("HL1", "HL2")

    ours = _at(read, "level_number", "level_parent")
    replaced = _replaced(theirs, ours, numbering)
    told = ours or any(segment == "HL" for segment, _ in _at(read, "element_missing"))
    return {said for said in replaced if not (told and numbering(said))}


def _replaced(theirs: set[Said], ours: dict[Place, set[Said]], fitting: Callable[[Said], bool]) -> set[Said]:
    """Where theirs is fitting and we speak of the same segment, what we say."""
    result = set()
    for said in theirs:
        result |= ours[said[1:3]] if fitting(said) and said[1:3] in ours else {said}
    return result


KNOWN: tuple[tuple[str, Callable[[SetRead, set[Said]], set[Said]]], ...] = (
    (
        "every segment out of place is unknown (1) to pyx12; we tell unexpected (2) and out of order (7) apart",
        _finer_codes,
    ),
    ("a segment that comes late is out of order with us, not missing as well", _late_is_not_missing),
    ("after a segment out of order we read on where it belongs; to pyx12 what follows is unknown", _read_on),
    ("a condition between elements is segment code 8 to pyx12; we name the element (AK4 2 or 10)", _conditions),
    ("codes and conditions from a weak source are warnings with us (severity.toml)", _weak_lists),
    ("separators without a value (SEG1) are a warning with us", _trailing_separators),
    (
        "one value has one finding with us; a date or time of the wrong length is no date (8) or time (9)",
        _one_finding_a_value,
    ),
    ("numbering that goes on from a wrong HL is not wrong again with us; HL faults are segment code 8", _levels),
)
