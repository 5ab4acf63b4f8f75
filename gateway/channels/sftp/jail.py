"""What a partner sees: four folders, and files in them. A path never reaches the disk; it only picks a folder and a name."""

from __future__ import annotations

import msgspec

from gateway.channels.names import shown
from gateway.channels.sftp.staging import LONGEST_NAME
from gateway.model.outcomes import Refused

IN, OUT, ACK, ERROR = "in", "out", "ack", "error"
FOLDERS = (IN, OUT, ACK, ERROR)

_LONGEST_PATH = 4096


class Spot(msgspec.Struct, frozen=True):
    """A place in the jail: the top (neither folder nor name), a folder, or a file in it."""

    folder: str | None = None
    name: str | None = None

    @property
    def path(self) -> str:
        """As a client writes it."""
        return "/" + "/".join(filter(None, (self.folder, self.name)))


def spot(raw: bytes) -> Spot:
    """Where this path leads, `.` and `..` followed, never above the top; raises Refused where nothing can be."""
    parts: list[str] = []
    for part in _text(raw).split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    if not parts:
        return Spot()
    if parts[0] not in FOLDERS or len(parts) > 2:  # noqa: PLR2004 - a folder, and a file in it
        raise Refused("sftp.no_such_file", name=shown("/".join(parts))[:200])
    return Spot(*parts)


def new_name(name: str) -> str:
    """The name, where a new file may bear it; raises Refused."""
    if len(name.encode()) > LONGEST_NAME:
        raise Refused("sftp.name_unfit", name=shown(name)[:60], why=f"it is longer than {LONGEST_NAME} bytes")
    if not name.isprintable():
        raise Refused("sftp.name_unfit", name=shown(name), why="it holds a control character")
    return name


def _text(raw: bytes) -> str:
    if len(raw) > _LONGEST_PATH:
        raise Refused("sftp.name_unfit", name=shown(raw[:60].decode("latin-1")), why="the path is far too long")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        name = shown(raw[:60].decode("utf-8", "surrogateescape"))
        raise Refused("sftp.name_unfit", name=name, why="it is not UTF-8") from error
    if "\0" in text:
        raise Refused("sftp.name_unfit", name=shown(text[:60]), why="it holds a NUL")
    return text
