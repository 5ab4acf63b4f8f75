"""Whether a disk keeps its word: on a network file system a commit is no promise, and SQLite's locks may not hold."""

from __future__ import annotations

from pathlib import Path

from gateway.model.outcomes import Refused

_MOUNTS = Path("/proc/self/mounts")  # Linux; elsewhere nothing can be told this way
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs"}
)


def refuse_network_disk(path: Path, mounts: Path = _MOUNTS) -> None:
    """Raise Refused where the folder of `path` lies on a network file system."""
    kind = file_system(path.parent.resolve(), mounts)
    if kind in _NETWORK:
        raise Refused("ledger.network_disk", path=str(path), kind=kind)


def file_system(folder: Path, mounts: Path) -> str | None:
    """The kind of file system under a folder: that of the longest mount point above it."""
    if not mounts.is_file():
        return None
    above: dict[Path, str] = {}
    for line in mounts.read_text("utf-8", errors="replace").splitlines():
        _, point, kind, *_ = line.split(" ")
        # The kernel writes a blank in a path as \040.
        place = Path(point.replace("\\040", " "))
        if folder.is_relative_to(place):
            above[place] = kind
    return above[max(above, key=lambda place: len(place.parts))] if above else None
