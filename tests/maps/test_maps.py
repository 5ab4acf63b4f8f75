"""The X12 maps: they are what the facts say, pyx12 takes them, and people can read every name."""

import csv
import io
import json
import logging
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree
from pyx12.map_if import load_map_file
from pyx12.params import ParamsBase
from pyx12.x12n_document import x12n_document

MAPS = Path(__file__).resolve().parents[2] / "edi_maps"
FACTS = MAPS.parent.parent / "shared" / "x12-facts"
RELEASES = ("004010", "005010")
CONTROL = ("x12.control.00401.xml", "x12.control.00501.xml")
SETS = {
    "004010": ("810", "850", "855", "856", "997"),
    "005010": ("810", "850", "855", "856", "997", "999"),
}
INDEXES = {"maps.xml": "maps.xsd", "codes.xml": "codes.xsd", "dataele.xml": "dataele.xsd"}
MAP_FILES = [
    (release, name) for release in RELEASES for name in (*CONTROL, *(f"{found}.xml" for found in SETS[release]))
]
XML_FILES = MAP_FILES + [(release, name) for release in RELEASES for name in INDEXES]

BODIES = {
    "850": (
        "BEG*00*SA*PO-1**20260105",
        "CUR*BY*USD",
        "REF*DP*7",
        "DTM*002*20260201",
        "N1*BY*North Clinic*92*NC1",
        "N3*1 Main Street",
        "N4*Springfield*IL*62701*US",
        "PO1*1*10*EA*2.5**VP*ABC*BP*123",
        "PID*F****Gloves",
        "MEA*PD*HT*2.5*IN",
        "SCH*4*EA***002*20260203",
        "PO1*2*1*CA*19.95**VP*DEF",
        "CTT*2",
        "AMT*TT*44.95",
    ),
    "855": (
        "BAK*00*AC*PO-1*20260105****S-77*20260106",
        "N1*SE*Acme Medical*92*ACME",
        "PO1*1*10*EA*2.5**VP*ABC",
        "ACK*IA*10*EA*067*20260201",
        "PO1*2*1*CA*19.95**VP*DEF",
        "ACK*IB*1*CA",
        "CTT*2",
    ),
    "856": (
        "BSN*00*SHIP-1*20260107*1015*0001",
        "HL*1**S",
        "TD1*CTN25*2****G*12.5*LB",
        "TD5*B*2*UPSN*M",
        "REF*BM*BOL-9",
        "DTM*011*20260107",
        "N1*ST*North Clinic*92*NC1",
        "HL*2*1*O",
        "PRF*PO-1***20260105",
        "HL*3*2*I",
        "LIN*1*VP*ABC",
        "SN1*1*10*EA",
        "HL*4*2*I",
        "LIN*2*VP*DEF",
        "SN1*2*1*CA",
        "CTT*4",
    ),
    "810": (
        "BIG*20260108*INV-1*20260105*PO-1",
        "REF*VR*12",
        "N1*RE*Acme Medical*92*ACME",
        "ITD*01*3*2**10**30",
        "IT1*1*10*EA*2.5**VP*ABC",
        "PID*F****Gloves",
        "IT1*2*1*CA*19.95**VP*DEF",
        "TDS*4995",
        "SAC*C*D240***500",
        "CTT*2",
    ),
    "997": ("AK1*PO*17", "AK2*850*0001", "AK3*BEG*2**8", "AK4*2*92*7*QQ", "AK5*R*5", "AK9*R*1*1*0"),
    "999": (
        "AK1*PO*17*005010",
        "AK2*850*0001",
        "IK3*BEG*2**8",
        "CTX*SITUATIONAL TRIGGER",
        "IK4*2*92*7*QQ",
        "IK5*R*5",
        "AK9*R*1*1*0",
    ),
}
GROUP_TYPES = {"850": "PO", "855": "PR", "856": "SH", "810": "IN", "997": "FA", "999": "FA"}
DOCUMENTS = [(release, name) for release in RELEASES for name in SETS[release]]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep pyx12 from logging data values, and what it logs from the test's output."""
    logger = logging.getLogger("pyx12")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(before)


def isa(version: str, repetition: str) -> str:
    """Write an interchange header of the right width."""
    ids = f"ZZ*{'NORTHCLINIC':15}*ZZ*{'HEALTHSYS':15}"
    return f"ISA*00*{'':10}*00*{'':10}*{ids}*260105*1200*{repetition}*{version}*000000001*0*T*>~"


def interchange(release: str, name: str, body: tuple[str, ...], *, repetition: str = "") -> str:
    """Put one set of the given body in its envelope."""
    version = release[:5]
    standard = f"{release}X231A1" if name == "999" else release
    return "".join(
        (
            isa(version, repetition or ("U" if version == "00401" else "^")),
            f"GS*{GROUP_TYPES[name]}*NORTHCLINIC*HEALTHSYS*20260105*1200*1*X*{standard}~",
            f"ST*{name}*0001~",
            *(f"{segment}~" for segment in body),
            f"SE*{len(body) + 2}*0001~GE*1*1~IEA*1*000000001~",
        )
    )


def judge(release: str, content: str) -> tuple[bool, list[str], str]:
    """Ask pyx12: its verdict, every error it found as "code text", and its acknowledgment."""
    errors, acknowledgment = io.StringIO(), io.StringIO()
    verdict = x12n_document(
        ParamsBase(), io.StringIO(content), acknowledgment, None, None, errors, map_path=str(MAPS / release)
    )
    return verdict, list(errors_in(json.loads(errors.getvalue() or "{}"))), acknowledgment.getvalue()


def errors_in(report: object) -> Iterator[str]:
    """Walk pyx12's report, at whatever level it hangs its errors."""
    if isinstance(report, dict):
        if "err_cde" in report:
            yield f"{report['err_cde']} {report.get('err_str')}"
        for below in report.values():
            yield from errors_in(below)
    elif isinstance(report, list):
        for below in report:
            yield from errors_in(below)


def every(release: str, name: str, xpath: str) -> set[str]:
    """Gather the texts an XPath finds in one file."""
    found = etree.parse(MAPS / release / name).xpath(xpath)
    assert isinstance(found, list)
    return {str(text) for text in found}


def notes_in(release: str, name: str) -> Iterator[tuple[str, int, str]]:
    """Walk the relational notes of a map: segment, how many places it has, note."""
    for segment in etree.parse(MAPS / release / name).iter("segment"):
        places = len(segment.findall("element")) + len(segment.findall("composite"))
        for note in segment.findall("syntax"):
            yield segment.get("xid", ""), places, note.text or ""


def segments_named(acknowledgment: str, *ids: str) -> list[str]:
    """Pick the segments with these ids out of an acknowledgment."""
    segments = (line.strip().rstrip("~") for line in acknowledgment.splitlines())
    return [segment for segment in segments if segment.split("*")[0] in ids]


def test_every_release_has_every_map_and_nothing_else() -> None:
    for release in RELEASES:
        expected = {*CONTROL, *INDEXES, "severity.toml", *(f"{name}.xml" for name in SETS[release])}
        assert {path.name for path in (MAPS / release).iterdir()} == expected


@pytest.mark.parametrize(("release", "name"), XML_FILES)
def test_every_file_obeys_the_schema_that_pyx12_ships(release: str, name: str) -> None:
    schema_file = files("pyx12") / "map" / INDEXES.get(name, "map.v2.xsd")
    schema = etree.XMLSchema(etree.fromstring(schema_file.read_bytes()))
    schema.assertValid(etree.parse(MAPS / release / name))


@pytest.mark.parametrize(("release", "name"), MAP_FILES)
def test_every_map_loads_in_pyx12(release: str, name: str) -> None:
    loaded = load_map_file(name, ParamsBase(), str(MAPS / release))
    assert loaded.id == ("X12" if name in CONTROL else name.removesuffix(".xml"))


@pytest.mark.parametrize(("release", "name"), MAP_FILES)
def test_every_code_list_and_element_a_map_points_at_exists(release: str, name: str) -> None:
    assert every(release, name, "//@external") <= every(release, "codes.xml", "//codeset/id/text()")
    assert every(release, name, "//element/@data_ele") <= every(release, "dataele.xml", "//@ele_num")


@pytest.mark.parametrize(("release", "name"), MAP_FILES)
def test_siblings_stand_at_places_of_their_own(release: str, name: str) -> None:
    for loop in etree.parse(MAPS / release / name).iter("loop"):
        places = [int(child.get("pos", "")) for child in loop]
        assert places == sorted(set(places))


@pytest.mark.parametrize(("release", "name"), MAP_FILES)
def test_no_relational_note_names_a_place_the_segment_lacks(release: str, name: str) -> None:
    for _, places, note in notes_in(release, name):
        assert all(1 <= int(note[at : at + 2]) <= places for at in range(1, len(note), 2))


@pytest.mark.parametrize(("release", "name"), DOCUMENTS)
def test_a_sound_document_passes_pyx12_without_a_word(release: str, name: str) -> None:
    verdict, errors, _ = judge(release, interchange(release, name, BODIES[name]))
    assert errors == []
    assert verdict


def test_a_missing_beg_is_one_fault_in_its_place() -> None:
    _, errors, acknowledgment = judge("004010", interchange("004010", "850", BODIES["850"][1:]))
    assert segments_named(acknowledgment, "AK3", "AK4") == ["AK3*BEG*2**3"]
    assert len(errors) == 1


@pytest.mark.parametrize("release", RELEASES)
def test_a_missing_beg_is_named_in_our_words(release: str) -> None:
    _, errors, _ = judge(release, interchange(release, "850", BODIES["850"][1:]))
    assert errors == ['3 Mandatory segment "Start of purchase order" (BEG) missing']


def test_an_unknown_kind_of_order_is_a_wrong_code_at_beg02() -> None:
    body = ("BEG*00*QQ*PO-1**20260105", *BODIES["850"][1:])
    _, _, acknowledgment = judge("004010", interchange("004010", "850", body))
    assert segments_named(acknowledgment, "AK3", "AK4") == ["AK3*BEG*2**8", "AK4*2*92*7*QQ"]


def test_an_unknown_purpose_is_a_wrong_code_too_though_it_stands_first() -> None:
    body = ("BEG*QQ*SA*PO-1**20260105", *BODIES["850"][1:])
    _, _, acknowledgment = judge("004010", interchange("004010", "850", body))
    assert segments_named(acknowledgment, "AK3", "AK4") == ["AK3*BEG*2**8", "AK4*1*353*7*QQ"]


@pytest.mark.parametrize("release", RELEASES)
def test_half_a_pair_breaks_a_relational_note(release: str) -> None:
    body = (*BODIES["850"][:4], "N1*BY*North Clinic*92", *BODIES["850"][5:])
    _, errors, _ = judge(release, interchange(release, "850", body))
    assert len(errors) == 1
    assert "P0304" in errors[0]


def test_a_set_in_a_group_of_another_type_is_refused_not_lost() -> None:
    content = interchange("004010", "850", BODIES["850"]).replace("ST*850*", "ST*855*")
    verdict, _, acknowledgment = judge("004010", content)
    assert not verdict
    assert segments_named(acknowledgment, "AK2") == ["AK2*855*0001"]


@pytest.mark.parametrize("release", RELEASES)
def test_shipment_levels_may_nest_in_any_way(release: str) -> None:
    head, levels = BODIES["856"][0], ("HL*1**S", "HL*2*1*O", "HL*3*2*T", "HL*4*3*P", "HL*5*4*I", "HL*6*1*O")
    verdict, errors, _ = judge(release, interchange(release, "856", (head, *levels)))
    assert errors == []
    assert verdict


@pytest.mark.parametrize("release", RELEASES)
def test_composites_are_read_by_their_components(release: str) -> None:
    def judged(references: str) -> list[str]:
        body = (*BODIES["850"][:2], f"REF*DP*7**{references}", *BODIES["850"][3:])
        return judge(release, interchange(release, "850", body))[1]

    assert judged("ZZ>A>DP>B") == []
    wrong = judged("ZZ>A>QQQ>B")
    assert len(wrong) == 1
    assert "REF04-03" in wrong[0]


def test_the_composites_of_005010_that_repeat_say_how_often() -> None:
    assert every("005010", "999.xml", "//@repeat[. != '>1']/../@xid") == {"CTX01"}
    assert every("005010", "810.xml", "//composite[@repeat]/@xid") == {"DMG05"}
    assert every("004010", "810.xml", "//composite/@repeat") == set()


def test_remit_to_is_a_party_role_in_both_releases() -> None:
    for release in RELEASES:
        assert "RE" in every(release, "codes.xml", "//codeset[id='98']/version/code/text()")


def test_st03_came_after_004010() -> None:
    assert every("004010", "850.xml", "//segment[@xid='ST']/element/@xid") == {"ST01", "ST02"}
    assert every("005010", "850.xml", "//segment[@xid='ST']/element/@xid") == {"ST01", "ST02", "ST03"}


def test_lengths_are_those_of_the_release() -> None:
    body = (*BODIES["850"][:2], f"REF*DP*{'7' * 40}", *BODIES["850"][3:])
    assert any("too long" in error for error in judge("004010", interchange("004010", "850", body))[1])
    assert judge("005010", interchange("005010", "850", body))[1] == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("repetition", ["U", "^", "|"])
def test_isa11_may_be_the_old_mark_or_a_separator(release: str, repetition: str) -> None:
    content = interchange(release, "850", BODIES["850"], repetition=repetition)
    assert judge(release, content)[:2] == (True, [])


@pytest.mark.parametrize("release", RELEASES)
def test_a_ta1_may_come_alone_between_isa_and_iea(release: str) -> None:
    content = isa(release[:5], "U") + "TA1*000000007*260105*1200*R*025~IEA*0*000000001~"
    assert judge(release, content)[0]


@pytest.mark.parametrize("version", ["00401", "00501"])
def test_the_release_of_the_group_counts_not_that_of_the_interchange(version: str) -> None:
    content = interchange("004010", "850", BODIES["850"]).replace("*00401*", f"*{version}*", 1)
    assert judge("004010", content)[:2] == (True, [])


@pytest.mark.parametrize("release", RELEASES)
def test_what_starts_as_a_warning_is_something_the_maps_hold(release: str) -> None:
    weak = tomllib.loads((MAPS / release / "severity.toml").read_text("utf-8"))
    codes = etree.parse(MAPS / release / "codes.xml")
    long_lists = {found.findtext("id") for found in codes.iter("codeset") if len(found.findall("version/code")) > 60}
    notes = {f"{segment}:{note}" for name in SETS[release] for segment, _, note in notes_in(release, f"{name}.xml")}
    assert set(weak["code_lists"]) == long_lists
    assert set(weak["relational"]) <= notes


def test_no_note_of_004010_is_weak_and_some_of_005010_are() -> None:
    weak = {
        release: tomllib.loads((MAPS / release / "severity.toml").read_text("utf-8"))["relational"]
        for release in RELEASES
    }
    assert weak["004010"] == []
    assert "PO1:P0607" in weak["005010"]
    assert "N1:P0304" not in weak["005010"]


def names() -> dict[str, dict[str, str]]:
    """Read the words people see."""
    return tomllib.loads((MAPS / "names.toml").read_text("utf-8"))


@pytest.mark.parametrize(("release", "name"), MAP_FILES)
def test_everything_in_a_map_bears_the_name_we_gave_it(release: str, name: str) -> None:
    words = names()
    tree = etree.parse(MAPS / release / name)
    assert tree.findtext("name") == words["sets"][tree.getroot().get("xid", "")]
    for segment in tree.iter("segment"):
        assert segment.get("name") == words["segments"][segment.get("xid", "")]
    for place in tree.iter("element", "composite"):
        word = words["positions"].get(place.get("xid", ""), words["elements"][place.get("data_ele", "")])
        assert place.get("name") == word


def test_names_read_well_inside_a_sentence() -> None:
    words = names()
    for table in words.values():
        for key, word in table.items():
            assert word == " ".join(word.split()), key
            assert not word.endswith("."), key
    begins_as_an_abbreviation = {"277", "805"}
    for key, word in (words["elements"] | words["positions"]).items():
        assert word[0].islower() or key in begins_as_an_abbreviation, key


needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason=f"the tables of facts are not at {FACTS}")


@needs_facts
def test_generating_again_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, MAPS / "generate.py", FACTS, "--into", tmp_path], check=True)
    for release in RELEASES:
        ours = {path.name: path.read_bytes() for path in (MAPS / release).iterdir()}
        assert {path.name: path.read_bytes() for path in (tmp_path / release).iterdir()} == ours


def column(pattern: str, *titles: str) -> set[str]:
    """Gather the columns of these titles, joined, from the fact tables of both releases."""
    found = set()
    for release in RELEASES:
        with (FACTS / pattern.format(release)).open(encoding="utf-8", newline="") as lines:
            found |= {"\t".join(line[title] for title in titles) for line in csv.DictReader(lines, delimiter="\t")}
    return found


@needs_facts
def test_every_segment_and_element_of_the_facts_has_a_name_and_no_name_is_left_over() -> None:
    words = names()
    places = {
        place.split("\t")[0] + place.split("\t")[1].zfill(2) for place in column("elements-{}.tsv", "segment", "pos")
    }
    assert set(words["segments"]) == column("elements-{}.tsv", "segment")
    assert set(words["elements"]) == column("elements-{}.tsv", "element") | column("composites-{}.tsv", "element")
    assert set(words["positions"]) <= places
