"""The standard maps: found in the wheel or in the checkout, loaded when first asked for, kept by an explicit object."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import msgspec

from gateway.x12.rules import (
    UNBOUNDED,
    ElementRule,
    LoopNode,
    Relation,
    SegmentNode,
    SegmentRule,
    SetMap,
)

_COMMON: Final = ("dataele.xml", "codes.xml", "severity.toml")


def maps_folder() -> Traversable:
    """Where the standard maps are: carried by the wheel, or in the checkout that this package stands in."""
    carried = files("gateway").joinpath("_carried", "edi_maps")
    return carried if carried.is_dir() else Path(__file__).parents[2] / "edi_maps"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of maps.xml: the set, the GS01 it travels under, the GS08 that names it, its file."""

    set_id: str
    functional_id: str
    version: str
    file: str


class Maps:
    """Every map under one folder, `<release>/<set>.xml`; each is read once and then kept."""

    def __init__(self, folder: Traversable | None = None) -> None:
        self._folder = folder or maps_folder()
        self._read: dict[tuple[str, str], SetMap] = {}

    @cached_property
    def releases(self) -> Mapping[str, Release]:
        """What each release folder offers, by its name, e.g. "004010"."""
        folders = sorted(
            (entry for entry in self._folder.iterdir() if entry.name.isdigit()), key=lambda entry: entry.name
        )
        return {folder.name: Release(folder) for folder in folders}

    def read_all(self) -> None:
        """Read every map now, so that no file has to wait for one."""
        for release in self.releases:
            for set_id in self.sets_of(release):
                self.get(set_id, release)

    def release_of(self, version: str) -> tuple[str | None, bool]:
        """The release that reads this GS08 by longest prefix, and whether GS08 names exactly something we have."""
        fitting = [release for release in self.releases if version.startswith(release)]
        if not fitting:
            return None, False
        release = max(fitting, key=len)
        return release, version == release or any(line.version == version for line in self.releases[release].listed)

    def sets_of(self, release: str) -> Mapping[str, str]:
        """The sets of a release with the GS01 each travels under, e.g. {"850": "PO"}; none of a release we do not have."""
        return self.releases[release].sets if release in self.releases else {}

    def get(self, set_id: str, release: str | None) -> SetMap | None:
        """The map of this set in this release, None where we have none."""
        if release is None or set_id not in self.sets_of(release):
            return None
        key = (set_id, release)
        if key not in self._read:
            self._read[key] = self.releases[release].set_map(set_id)
        return self._read[key]

    def data_element(self, release: str, segment: str, element: int, component: int | None = None) -> str | None:
        """The number of the data element at this place, as AK402 wants it; the same in every set of a release."""
        # A map that was read already is asked first: it is likely the one in question.
        for set_id in sorted(self.sets_of(release), key=lambda set_id: (set_id, release) not in self._read):
            found = self.get(set_id, release)
            number = found.data_element(segment, element, component) if found else None
            if number:
                return number
        return None


class Release:
    """One folder of maps with the data elements and codes they share."""

    def __init__(self, folder: Traversable) -> None:
        self.name = folder.name
        self._rules: dict[tuple[object, ...], SegmentRule] = {}
        self._folder = folder

    @cached_property
    def listed(self) -> tuple[Listed, ...]:
        """The lines of maps.xml, each once."""
        lines = {
            Listed(
                set_id=line.attrib["abbr"],
                functional_id=line.attrib["fic"],
                version=line.attrib["vriic"],
                file=line.text or "",
            )
            for line in self._xml("maps.xml").iter("map")
        }
        return tuple(sorted(lines, key=lambda line: (line.set_id, line.version)))

    @cached_property
    def sets(self) -> Mapping[str, str]:
        """Each set with the GS01 it travels under."""
        return {line.set_id: line.functional_id for line in self.listed}

    def set_map(self, set_id: str) -> SetMap:
        """Read one map."""
        line = next(line for line in self.listed if line.set_id == set_id)
        transaction = self._xml(line.file).find(".//loop[@xid='ST_LOOP']")
        if transaction is None:
            raise ValueError(f"{self.name}/{line.file} has no ST_LOOP")
        return SetMap(
            set_id=set_id,
            functional_id=line.functional_id,
            release=self.name,
            sha256=sha256(self._bytes(line.file) + self._common).hexdigest(),
            root=self._loop(transaction, None),
        )

    def _loop(self, entry: Element, parent: LoopNode | None) -> LoopNode:
        parts = sorted(
            (part for part in entry if part.tag in ("segment", "loop")), key=lambda part: int(part.attrib["pos"])
        )
        loop = LoopNode(
            trigger=parts[0].attrib["xid"],
            name=entry.attrib.get("name", ""),
            most=_most(entry.get("repeat")),
            required=entry.get("usage") == "R",
            parent=parent,
        )
        seen: dict[str, int] = {}
        for part in parts:
            if part.tag == "loop":
                loop.children.append(self._loop(part, loop))
            else:
                loop.children.append(self._node(part, loop, seen))
        return loop

    def _node(self, entry: Element, loop: LoopNode, seen: dict[str, int]) -> SegmentNode:
        rule = self._rule(entry)
        # Places of one id share a list in the tree, so each place bounds what came before it too.
        seen[rule.id] = seen.get(rule.id, 0) + _most(entry.get("max_use"))
        return SegmentNode(rule=rule, id=rule.id, most=seen[rule.id], required=entry.get("usage") == "R", loop=loop)

    def _rule(self, entry: Element) -> SegmentRule:
        """The rule of this segment; maps say the same of a segment wherever it stands, so it is kept."""
        said = (entry.attrib["xid"], *((part.text, *part.attrib.values()) for part in entry.iterfind(".//*")))
        if said not in self._rules:
            self._rules[said] = self._segment(entry)
        return self._rules[said]

    def _segment(self, entry: Element) -> SegmentRule:
        segment = entry.attrib["xid"]
        return SegmentRule(
            id=segment,
            name=entry.attrib.get("name", segment),
            elements=self._elements(entry),
            relations=tuple(self._relation(segment, line.text or "") for line in entry.iterfind("syntax")),
        )

    def _relation(self, segment: str, text: str) -> Relation:
        """P0304 is kind P over elements 3 and 4."""
        places = tuple(int(text[at : at + 2]) for at in range(1, len(text), 2))
        return Relation(kind=text[0], elements=places, doubtful=f"{segment}:{text}" in self._doubtful["relational"])

    def _elements(self, entry: Element) -> tuple[ElementRule, ...]:
        parts = (part for part in entry if part.tag in ("element", "composite"))
        return tuple(self._element(part) for part in sorted(parts, key=lambda part: int(part.attrib["seq"])))

    def _element(self, entry: Element) -> ElementRule:
        number = entry.attrib["data_ele"]
        kind, shortest, longest = self._data_elements.get(number, ("composite", 0, 0))
        return ElementRule(
            ref=entry.attrib["xid"],
            number=number,
            name=entry.attrib.get("name", number),
            type=kind,
            shortest=shortest,
            longest=longest,
            required=entry.get("usage") == "R",
            used=entry.get("usage") != "N",
            codes=self._codes_of(entry.find("valid_codes")),
            doubtful_codes=number in self._doubtful["code_lists"],
            repeats=_most(entry.get("repeat", "1")),
            components=self._elements(entry) if entry.tag == "composite" else (),
        )

    def _codes_of(self, entry: Element | None) -> frozenset[str] | None:
        if entry is None:
            return None
        own = frozenset(code.text or "" for code in entry.iterfind("code"))
        external = entry.get("external")
        shared = self._codes[external] if external else frozenset[str]()
        return own | shared if own else shared or None

    @cached_property
    def _common(self) -> bytes:
        """What every map of the release rests on, as a hash."""
        return sha256(b"".join(map(self._bytes, _COMMON))).digest()

    @cached_property
    def _data_elements(self) -> Mapping[str, tuple[str, int, int]]:
        """The type and the lengths of each data element."""
        return {
            entry.attrib["ele_num"]: (
                entry.attrib["data_type"],
                int(entry.attrib["min_len"]),
                int(entry.attrib["max_len"]),
            )
            for entry in self._xml("dataele.xml").iter("data_ele")
        }

    @cached_property
    def _codes(self) -> Mapping[str, frozenset[str]]:
        return {
            entry.findtext("id", ""): frozenset(code.text or "" for code in entry.iter("code"))
            for entry in self._xml("codes.xml").iter("codeset")
        }

    @cached_property
    def _doubtful(self) -> Mapping[str, frozenset[str]]:
        """What `severity.toml` softens: code lists and relations whose source we do not trust enough to refuse a set."""
        page = tomllib.loads(self._bytes("severity.toml").decode("utf-8"))
        return {name: frozenset(page.get(name, ())) for name in ("code_lists", "relational")}

    def _bytes(self, name: str) -> bytes:
        return self._folder.joinpath(name).read_bytes()

    def _xml(self, name: str) -> Element:
        return ET.fromstring(self._bytes(name))  # noqa: S314 - our own file


def _most(text: str | None) -> int:
    return UNBOUNDED if text in (None, ">1") else int(text or 0)
