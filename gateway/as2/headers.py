"""Header fields of HTTP and of MIME parts, and the parameters that stand behind their values.

Read leniently (any case, folded, oddly quoted), written plainly and never folded: RFC 5322, 2.2; RFC 2045, 5.1; RFC 2231.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, unquote_to_bytes

import msgspec

from gateway.model.outcomes import Refused

_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")
_LINE: Final = re.compile(r"\r?\n")
_NAME: Final = re.compile(r"[!-9;-~]+")
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_EXTENDED: Final = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*?)")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
_UNWRITABLE: Final = re.compile(r"[^\t -~\xa0-\xff]")


class Headers(msgspec.Struct, frozen=True):
    """Header fields in the order in which they came; names are compared without regard to case."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The value of the first field of this name, without the blanks around it."""
        wanted = name.lower()
        return next((value.strip() for each, value in self.fields if each.lower() == wanted), None)


class Parameterised(msgspec.Struct, frozen=True, kw_only=True):
    """A value as Content-Type and Content-Disposition have it: `value` in lower case, parameters by lower-case name."""

    value: str
    parameters: Mapping[str, str]


def headers_of(fields: Iterable[tuple[str, str]]) -> Headers:
    """Fields that somebody else has split (an HTTP server), unfolded."""
    return Headers(tuple((name.strip(), _FOLD.sub("", value)) for name, value in fields))


def parse_headers(block: bytes) -> Headers | None:
    """The fields of a block of header lines without the blank line after it; None where a line is not one.

    Bytes become characters one to one (Latin-1): nothing is lost, and a text in UTF-8 can still be recognised.
    """
    lines = _LINE.split(_FOLD.sub("", block.decode("latin-1")))
    split = [(name.rstrip(), value) for name, mark, value in (line.partition(":") for line in lines if line) if mark]
    if len(split) != sum(map(bool, lines)) or not all(_NAME.fullmatch(name) for name, _ in split):
        return None
    return Headers(tuple(split))


def parameterised(text: str | None) -> Parameterised:
    """Value and parameters, as well as they can be made out.

    A value that is quoted as a whole is unquoted, continued and encoded parameters (RFC 2231, 3 and 4) are put together.
    """
    text = (text or "").strip()
    if text.startswith('"'):
        text = text[1:].replace('"', "", 1) if text.count('"') % 2 == 0 else text[1:]
    value, mark, rest = text.partition(";")
    found = [
        (name.lower(), _ESCAPED.sub(r"\1", quoted) if quoted else plain.strip())
        for name, quoted, plain in _PARAMETER.findall(mark + rest)
    ]
    return Parameterised(value=value.strip().lower(), parameters=_joined(found))


def _joined(found: list[tuple[str, str]]) -> Mapping[str, str]:
    """Parameters by name; the extended form of one wins over its plain one, since it says more."""
    plain, pieces = dict[str, str](), dict[str, dict[int, tuple[str, bool]]]()
    for name, value in found:
        parts = _EXTENDED.fullmatch(name)
        if parts is None or (parts[2] is None and not parts[3]):
            plain.setdefault(name, value)
        else:
            pieces.setdefault(parts[1], {}).setdefault(int(parts[2] or 0), (value, bool(parts[3])))
    return plain | {name: _decoded([each[at] for at in sorted(each)]) for name, each in pieces.items()}


def _decoded(pieces: list[tuple[str, bool]]) -> str:
    """RFC 2231, 4: charset'language'text, where the first piece says the charset; what is not so is taken as it is."""
    charset, marks = "utf-8", pieces[0][0].split("'", 2) if pieces[0][1] else []
    if len(marks) == 3:  # noqa: PLR2004 - charset, language, text
        charset, pieces = marks[0] or charset, [(marks[2], True), *pieces[1:]]
    octets = b"".join(unquote_to_bytes(text) if encoded else text.encode("utf-8") for text, encoded in pieces)
    try:
        return octets.decode(charset)
    except (LookupError, ValueError):
        return octets.decode("latin-1")


def parameter(name: str, value: str) -> str:
    """One parameter as we write it: a token plain, else quoted; with other than ASCII characters by RFC 2231 too."""
    if _TOKEN.fullmatch(value):
        return f"; {name}={value}"
    plain = value.encode("ascii", "replace").decode().replace("?", "_") if not value.isascii() else value
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    extended = "" if value.isascii() else f"; {name}*=utf-8''{quote(value, safe='')}"
    return f'; {name}="{escaped}"{extended}'


def written(fields: Iterable[tuple[str, str]]) -> bytes:
    """Header lines and the blank line after them."""
    return "".join(f"{name}: {value}\r\n" for name, value in checked(fields)).encode("latin-1") + b"\r\n"


def checked(fields: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The same fields; raises Refused("as2.header_unwritable") where a value would end its line or is no Latin-1."""
    for name, value in fields:
        if _UNWRITABLE.search(value):
            raise Refused("as2.header_unwritable", header=name)
        yield name, value
