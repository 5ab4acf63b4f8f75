"""The file name that came with a payload, made safe: a name, never a path, never two lines."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gateway.as2.headers import Headers, parameterised

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')
_LONGEST = 200  # bytes; room for what an archive or a queue puts behind


class FileName(msgspec.Struct, frozen=True, kw_only=True):
    """A name as it may be used, and as it was given."""

    name: str
    given: str


def file_name(headers: Headers) -> FileName | None:
    """From Content-Disposition (RFC 2183, 2.3; RFC 6017 for AS2), else from the name that Content-Type says; None without."""
    disposition = parameterised(headers.get("Content-Disposition")).parameters.get("filename")
    given = disposition or parameterised(headers.get("Content-Type")).parameters.get("name")
    if not given:
        return None
    name = safe(_as_utf8(given))
    return FileName(name=name, given=given) if name else None


def safe(name: str) -> str:
    """This name without folders, control and direction characters, leading dots or blanks; empty where nothing is left."""
    last = _FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip(" ").lstrip(".").strip(" ")
    return last.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")


def _as_utf8(name: str) -> str:
    """Bytes of UTF-8 that were read as Latin-1 are read as what they are."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except ValueError:
        return name
