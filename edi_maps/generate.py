"""Write the X12 maps of each release from tables of facts and our own names.

    python edi_maps/generate.py [FACTS] [--into FOLDER]

FACTS is the folder of tables (`x12-facts`), which is not part of this repository; `names.toml`
beside this script holds every word a person will read. The output depends on these two alone:
the same facts and names give the same bytes. README.md tells what the maps look like and why.
"""

import argparse
import csv
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
FACTS = HERE.parent.parent / "shared" / "x12-facts"
RELEASES = ("004010", "005010")

# Set -> the functional id (GS01) and the identifiers (GS08, {} = the release) of its groups.
SETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "810": ("IN", ("{}",)),
    "850": ("PO", ("{}",)),
    "855": ("PR", ("{}",)),
    "856": ("SH", ("{}",)),
    "997": ("FA", ("{}",)),
    "999": ("FA", ("{}X231", "{}X231A1")),
}

ENVELOPE = ("GE", "GS", "IEA", "ISA", "TA1")

# pyx12 opens one of these two by ISA12 whatever the release of the group, so each folder has both.
INTERCHANGE_VERSIONS = ("00401", "00501")

# The facts give no lists for the envelope (TA1 codes apart). Envelopes newer than their groups
# are common and harmless, so every version up to 00806 is here.
ENVELOPE_CODES: Mapping[str, str] = {
    "I01": "00 01 02 03 04 05 06 07 08",
    "I03": "00 01",
    "I05": "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31"
    " 32 33 34 35 36 37 38 AM NR SA SN ZZ",
    "I11": "00200 00201 00204 00300 00301 00302 00303 00304 00305 00306 00307 00400 00401 00402 00403"
    " 00404 00405 00406 00500 00501 00502 00503 00504 00505 00600 00601 00602 00603 00604 00605 00606"
    " 00700 00701 00702 00703 00704 00705 00706 00800 00801 00802 00803 00804 00805 00806",
    "I13": "0 1",
    "I14": "I P T",
    "455": "T X",
}

# ISA11 and ISA16 are the separators themselves (ISA11 of older partners: the letter U). Any
# character may stand there, and B is the one type whose characters nobody checks.
SEPARATORS = frozenset({"I10", "I15", "I65"})

# What the facts state and we leave out, as (release, segment, position). ST03 came after 004010;
# the two sources that list it earlier share one ST for all their releases.
LEFT_OUT = frozenset({("004010", "ST", 3)})

# What the facts miss, as (release, element): "remit to" as a party role is on every invoice with a
# lockbox; the only source of the 005010 list dropped it.
LEFT_IN = {("005010", "98"): "RE"}

# Composites that may repeat, as (release, place). The facts are silent; pyx12's own 005010 maps
# count these two. pyx12 never splits repetitions, but our reader does.
REPEATS = {("005010", "CTX01"): "10", ("005010", "DMG05"): "10"}

# A value missing from a longer list is more likely a gap in our only source than a mistake.
LONGEST_STRICT_LIST = 60

# A note about fewer places than this says nothing.
FEWEST_PLACES = 2

NOTICE = "Written by edi_maps/generate.py: change the facts or names.toml, never this file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One place in a segment or composite: an element, or a composite of its own."""

    position: int
    element: str
    required: bool
    type: str
    shortest: str
    longest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a set's table; `loops` are the triggers of the loops round it, its own included."""

    ordinal: int
    segment: str
    loops: tuple[str, ...] = ()
    opens_loop: bool = False
    required: bool = True
    most: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Our own words, by id; `positions` wins where an element means more at one place."""

    sets: Mapping[str, str]
    segments: Mapping[str, str]
    elements: Mapping[str, str]
    positions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Everything known about one release; `borrowed` are segments whose notes are an older release's."""

    id: str
    names: Names
    sets: Mapping[str, tuple[Row, ...]]
    segments: Mapping[str, tuple[Field, ...]]
    composites: Mapping[str, tuple[Field, ...]]
    codes: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, tuple[str, ...]]
    borrowed: frozenset[str]


# Reading the facts.


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the lines of one table of facts."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def read_names(path: Path) -> Names:
    """Read our words; a table that is missing is a mistake in the file."""
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    return Names(
        sets=words["sets"], segments=words["segments"], elements=words["elements"], positions=words["positions"]
    )


def read_release(facts: Path, release: str, names: Names) -> Release:
    """Gather what the tables say about one release."""
    fields = read_fields(facts / f"elements-{release}.tsv", "segment")
    segments = {
        name: tuple(field for field in known if (release, name, field.position) not in LEFT_OUT)
        for name, known in fields.items()
    }
    return Release(
        id=release,
        names=names,
        sets=read_sets(facts / f"sets-{release}.tsv"),
        segments=segments,
        composites=read_fields(facts / f"composites-{release}.tsv", "composite"),
        codes=read_codes(facts, release),
        notes=read_notes(facts / "syntax-resolved.tsv", release, segments),
        borrowed=read_borrowed(facts / "syntax-resolved.tsv", release),
    )


def read_sets(path: Path) -> dict[str, tuple[Row, ...]]:
    """Read the segment table of every set, in its order."""
    found: dict[str, list[Row]] = {}
    for line in read_table(path):
        row = Row(
            ordinal=int(line["ordinal"]),
            segment=line["segment"],
            loops=tuple(part for part in line["loop_path"].split("/") if part not in {"", "-"}),
            opens_loop=line["kind"] == "loop",
            required=line["req"] == "M",
            most=line["max"],
        )
        found.setdefault(line["set"], []).append(row)
    return {name: tuple(sorted(rows, key=lambda row: row.ordinal)) for name, rows in found.items()}


def read_fields(path: Path, owner: str) -> dict[str, tuple[Field, ...]]:
    """Read the elements of every segment, or the components of every composite."""
    found: dict[str, list[Field]] = {}
    for line in read_table(path):
        field = Field(
            position=int(line["pos"]),
            element=line["element"],
            required=line["req"] == "M",
            type=data_type(line["element"], line["type"]),
            shortest=line["min"],
            longest=line["max"],
        )
        found.setdefault(line[owner], []).append(field)
    return {name: tuple(sorted(fields, key=lambda field: field.position)) for name, fields in found.items()}


def data_type(element: str, stated: str) -> str:
    """Choose the type for the map; a bare N has no implied decimals that any source knows of."""
    if element in SEPARATORS:
        return "B"
    return "N0" if stated == "N" else stated


def read_codes(facts: Path, release: str) -> dict[str, tuple[str, ...]]:
    """Read every code list, each sorted; the facts win over our table of envelope codes."""
    lists = dict(ENVELOPE_CODES)
    for name in (f"codelists-{release}.tsv", "acknowledgment-codes.tsv"):
        lists |= {line["element"]: line["codes"] for line in read_table(facts / name)}
    return {
        element: tuple(sorted({*codes.split(), *LEFT_IN.get((release, element), "").split()}))
        for element, codes in lists.items()
    }


def read_notes(path: Path, release: str, segments: Mapping[str, tuple[Field, ...]]) -> dict[str, tuple[str, ...]]:
    """Read the relational notes of each segment, fitted to the segment as this release has it."""
    notes = {}
    for line in read_table(path):
        length = len(segments.get(line["segment"], ()))
        fitted = {fit(note, length) for note in line[release].split()}
        notes[line["segment"]] = tuple(sorted(fitted - {""}))
    return notes


def read_borrowed(path: Path, release: str) -> frozenset[str]:
    """Name the segments whose notes no source gives for this release, only for an older one."""
    column = f"basis_{release}"
    return frozenset(line["segment"] for line in read_table(path) if line.get(column, "").startswith("as "))


def fit(note: str, length: int) -> str:
    """Cut a note to the places the segment has; empty where no sense is left.

    The notes come from sources that know one release, and MEA, for one, got its twelfth element
    later. A choice (R, E, L) with fewer to choose from still says something; half a pair does not.
    """
    places = [note[start : start + 2] for start in range(1, len(note), 2)]
    kept = [place for place in places if int(place) <= length]
    if kept == places:
        return note
    if note[0] in "PC" or kept[:1] != places[:1] or len(kept) < FEWEST_PLACES:
        return ""
    return note[0] + "".join(kept)


# What one folder uses of it.


def sets_of(release: Release) -> list[str]:
    """List the sets this release gets a map for; 999 is none of 004010."""
    return [name for name in SETS if name in release.sets]


def segments_of(release: Release) -> list[str]:
    """List the segments in the maps of this release."""
    rows = (row.segment for name in sets_of(release) for row in release.sets[name])
    return sorted({*ENVELOPE, *rows})


def elements_of(release: Release) -> dict[str, Field]:
    """Find each element in the maps of this release; its type and length are the same everywhere."""
    found: dict[str, Field] = {}
    for name in segments_of(release):
        for field in release.segments[name]:
            for leaf in release.composites.get(field.element, (field,)):
                known = found.setdefault(leaf.element, leaf)
                if (known.type, known.shortest, known.longest) != (leaf.type, leaf.shortest, leaf.longest):
                    raise ValueError(f"{release.id}: the facts define element {leaf.element} in two ways")
    return dict(sorted(found.items(), key=lambda item: item[0].zfill(4)))


def lists_of(release: Release) -> dict[str, tuple[str, ...]]:
    """Find the code lists the maps of this release point at."""
    coded = (name for name, field in elements_of(release).items() if field.type == "ID")
    return {name: release.codes[name] for name in coded if name in release.codes}


# Writing a map.


def set_map(release: Release, name: str) -> ET.Element:
    """Write the map of one set inside its envelope."""
    root, group = envelope(release, name, release.id[:5])
    top = Row(ordinal=20, segment="ST", required=False, most=">1")
    loops: dict[tuple[str, ...], ET.Element] = {(): add_loop(group, "ST_LOOP", release, top)}
    for row in release.sets[name]:
        if row.opens_loop:
            loops[row.loops] = add_loop(loops[row.loops[:-1]], f"{row.segment}_LOOP", release, row)
            trigger = replace(row, required=True, most="1")
            add_segment(loops[row.loops], release, trigger)
        else:
            add_segment(loops[row.loops], release, row, only=name if row.segment == "ST" else "")
    close(root, release)
    return root


def control_map(release: Release, version: str) -> ET.Element:
    """Write the map of the envelope alone, which pyx12 reads ISA, TA1 and IEA by."""
    root, _ = envelope(release, "X12", version)
    close(root, release)
    return root


def envelope(release: Release, name: str, version: str) -> tuple[ET.Element, ET.Element]:
    """Open the tree round a set: give its root, and the loop of the group that awaits the sets."""
    root = ET.Element("transaction", xid=name)
    ET.SubElement(root, "name").text = release.names.sets[name]
    interchange = add_loop(root, "ISA_LOOP", release, Row(ordinal=10, segment="ISA", most=">1"))
    add_segment(interchange, release, Row(ordinal=10, segment="ISA"))
    for codes in interchange.iterfind(".//element[@xid='ISA12']/valid_codes"):
        # pyx12 learns the version of a map, and so its character set, from this first value.
        ET.SubElement(codes, "code").text = version
    # Several TA1 may come before the groups, or no group at all.
    add_segment(interchange, release, Row(ordinal=20, segment="TA1", required=False, most=">1"))
    group = add_loop(interchange, "GS_LOOP", release, Row(ordinal=30, segment="GS", required=False, most=">1"))
    add_segment(group, release, Row(ordinal=10, segment="GS"))
    return root, group


def close(root: ET.Element, release: Release) -> None:
    """Put the trailers after everything else."""
    for interchange in root.iterfind("loop"):
        for group in interchange.iterfind("loop"):
            add_segment(group, release, Row(ordinal=30, segment="GE"))
        add_segment(interchange, release, Row(ordinal=40, segment="IEA"))


def add_loop(into: ET.Element, xid: str, release: Release, row: Row) -> ET.Element:
    """Add an empty loop, called after the segment that opens it."""
    known = {"xid": xid, "name": release.names.segments[row.segment], "usage": usage(row)}
    return ET.SubElement(into, "loop", known | {"pos": str(row.ordinal), "repeat": row.most})


def add_segment(into: ET.Element, release: Release, row: Row, *, only: str = "") -> None:
    """Add a segment with its notes and fields; `only` is the one value its first element may have."""
    known = {"xid": row.segment, "name": release.names.segments[row.segment], "usage": usage(row)}
    node = ET.SubElement(into, "segment", known | {"pos": str(row.ordinal), "max_use": row.most})
    for note in release.notes.get(row.segment, ()):
        ET.SubElement(node, "syntax").text = note
    for field in release.segments[row.segment]:
        place = f"{row.segment}{field.position:02d}"
        if field.element in release.composites:
            add_composite(node, release, field, place)
        else:
            add_element(node, release, field, place, only=only if field.position == 1 else "")


def add_composite(into: ET.Element, release: Release, field: Field, place: str) -> None:
    """Add a composite with all its components, without which pyx12 crashes on data."""
    node = ET.SubElement(into, "composite", attributes(release, field, place))
    if (release.id, place) in REPEATS:
        node.set("repeat", REPEATS[release.id, place])
    for part in release.composites[field.element]:
        add_element(node, release, part, f"{place}-{part.position:02d}")


def add_element(into: ET.Element, release: Release, field: Field, place: str, *, only: str = "") -> None:
    """Add one element; its codes are named here and listed in codes.xml.

    pyx12 takes codes listed inside a required first element for the segment's qualifier: a wrong
    code would then read as "segment not found" instead of "wrong code".
    """
    node = ET.SubElement(into, "element", attributes(release, field, place))
    if only:
        ET.SubElement(node, "valid_codes", external=f"{field.element}-{only}")
    elif field.type == "ID" and field.element in release.codes:
        ET.SubElement(node, "valid_codes", external=field.element)


def attributes(release: Release, field: Field, place: str) -> dict[str, str]:
    """Give what elements and composites say alike."""
    return {
        "xid": place,
        "data_ele": field.element,
        "name": release.names.positions.get(place) or release.names.elements[field.element],
        "usage": usage(field),
        "seq": f"{field.position:02d}",
    }


def usage(of: Field | Row) -> str:
    """Say required or situational as pyx12 writes it; what hangs on a note is situational."""
    return "R" if of.required else "S"


# Writing what the maps point at.


def map_index(release: Release) -> ET.Element:
    """Write maps.xml, where pyx12 finds a map by ISA12, GS08 and GS01."""
    root = ET.Element("maps")
    for version in INTERCHANGE_VERSIONS:
        node = ET.SubElement(root, "version", icvn=version)
        for name in sets_of(release):
            functional_id, identifiers = SETS[name]
            for identifier in identifiers:
                key = {"vriic": identifier.format(release.id), "fic": functional_id, "abbr": name}
                ET.SubElement(node, "map", key).text = f"{name}.xml"
    return root


def data_elements(release: Release) -> ET.Element:
    """Write dataele.xml: type and length of every element in the folder."""
    root = ET.Element("data_elements")
    for name, field in elements_of(release).items():
        known = {"ele_num": name, "data_type": field.type, "min_len": field.shortest, "max_len": field.longest}
        ET.SubElement(root, "data_ele", known | {"name": release.names.elements[name]})
    return root


def code_sets(release: Release) -> ET.Element:
    """Write codes.xml: a list for each coded element, and one of a single value for each ST01."""
    root = ET.Element("codesets")
    for element, codes in lists_of(release).items():
        add_code_set(root, element, element, release.names.elements[element], codes)
    for name in sets_of(release):
        add_code_set(root, f"143-{name}", "143", release.names.sets[name], (name,))
    return root


def add_code_set(root: ET.Element, xid: str, element: str, name: str, codes: Iterable[str]) -> None:
    """Add one list under the id that maps point at."""
    node = ET.SubElement(root, "codeset")
    for tag, text in (("id", xid), ("name", name), ("data_ele", element)):
        ET.SubElement(node, tag).text = text
    version = ET.SubElement(node, "version")
    for code in codes:
        ET.SubElement(version, "code").text = code


def severity(release: Release) -> str:
    """Write severity.toml: the rules whose breach starts as a warning, since we know them weakly."""
    long_lists = [name for name, codes in lists_of(release).items() if len(codes) > LONGEST_STRICT_LIST]
    borrowed = [name for name in segments_of(release) if name in release.borrowed]
    relational = [f"{name}:{note}" for name in borrowed for note in release.notes[name]]
    return f"# {NOTICE}\n{toml_array('code_lists', long_lists)}{toml_array('relational', relational)}"


def toml_array(key: str, values: Iterable[str]) -> str:
    """Write an array of plain ids, one a line."""
    lines = "".join(f'    "{value}",\n' for value in values)
    return f"{key} = [\n{lines}]\n"


def xml_text(root: ET.Element) -> str:
    """Write a tree as indented text with our notice on top."""
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {NOTICE} -->\n{body}\n'


def files_of(release: Release) -> dict[str, str]:
    """Write every file of the release's folder, by name."""
    trees = {
        "maps.xml": map_index(release),
        "codes.xml": code_sets(release),
        "dataele.xml": data_elements(release),
    }
    trees |= {f"x12.control.{version}.xml": control_map(release, version) for version in INTERCHANGE_VERSIONS}
    trees |= {f"{name}.xml": set_map(release, name) for name in sets_of(release)}
    return {"severity.toml": severity(release)} | {name: xml_text(tree) for name, tree in trees.items()}


def write_maps(facts: Path, into: Path) -> None:
    """Write the folders of all releases."""
    names = read_names(HERE / "names.toml")
    for release in RELEASES:
        folder = into / release
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files_of(read_release(facts, release, names)).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Read the command line and write."""
    options = argparse.ArgumentParser(description="Write the X12 maps from tables of facts.")
    options.add_argument("facts", nargs="?", type=Path, default=FACTS, metavar="FACTS")
    options.add_argument("--into", type=Path, default=HERE, metavar="FOLDER")
    chosen = options.parse_args()
    write_maps(chosen.facts, chosen.into)


if __name__ == "__main__":
    main()
