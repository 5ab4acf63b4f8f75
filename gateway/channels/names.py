"""File names as they come from strangers: shown to people, passed over while unfinished, made safe to write."""

import os
import re

TEMPORARY = (".part", ".filepart", ".tmp", ".incomplete", ".uploading")
"""Suffixes under which senders write what they rename when it is whole."""

LONGEST = 200
"""Bytes of a name we write: room below the 255 of a file system for "-2" and for a temporary's additions."""

# Separators, and what a Windows client of the same folder cannot read in a name.
_UNSAFE = re.compile(r'[/\\<>:"|?*]')


def is_temporary(name: str) -> bool:
    """Whether a sender says by the name that the file is not finished: nobody looks at it yet."""
    return name.startswith(".") or name.endswith("~") or name.lower().endswith(TEMPORARY)


def shown(name: str) -> str:
    r"""A name for people and records: bytes that are not UTF-8 as \xNN, control and direction characters escaped."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def safe(name: str) -> str:
    """A name that is one visible entry of its folder on any system, at most 200 bytes; the suffix is kept."""
    text = shown(name.encode("utf-8", "replace").decode("utf-8"))
    return _shortened(_UNSAFE.sub("_", text).strip(". ")) or "unnamed"


def numbered(name: str, n: int) -> str:
    """The n-th name for other bytes under the same name: "a.edi", "a-2.edi", "a-3.edi" ..."""
    stem, suffix = _split(name)
    return name if n == 1 else f"{stem}-{n}{suffix}"


def _shortened(name: str) -> str:
    """The name with its stem cut: what follows it ("." and all of ".rejected.txt") says what the file is."""
    stem, suffix = _split(name)
    stem, before = _split(stem)
    if len((before + suffix).encode()) <= LONGEST // 4:
        suffix = before + suffix
    else:
        stem += before
    if len(suffix.encode()) > LONGEST // 4:
        stem, suffix = name, ""
    room = LONGEST - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + suffix


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem else (name, "")
