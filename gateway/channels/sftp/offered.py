"""The host keys as the server offers them to clients: those in force to prove itself, those to come to be learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import paramiko


class OfferedKeys:
    """The host keys as they lie on disk now: an exchange takes effect with the next connection."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, paramiko.PKey]] = {}

    def current(self) -> list[paramiko.PKey]:
        """Those in force."""
        return self._keys("")

    def upcoming(self) -> list[paramiko.PKey]:
        """Those that will be."""
        return self._keys(".next")

    def _keys(self, ending: str) -> list[paramiko.PKey]:
        kinds = {"ed25519": paramiko.Ed25519Key, "rsa": paramiko.RSAKey}
        paths = ((self._folder / f"sftp_host_{kind}{ending}", reader) for kind, reader in kinds.items())
        return [self._key(path, reader) for path, reader in paths if path.exists()]

    def _key(self, path: Path, reader: type[paramiko.PKey]) -> paramiko.PKey:
        changed = path.stat().st_mtime_ns ^ path.stat().st_ino
        known = self._read.get(path)
        if known is None or known[0] != changed:
            self._read[path] = changed, reader.from_private_key_file(str(path))
        return self._read[path][1]


def announce(transport: paramiko.Transport, keys: Sequence[paramiko.PKey]) -> None:
    """Tell the client all keys we have, those to come too: OpenSSH learns them (PROTOCOL section 2.5)."""
    if keys:
        blobs = [transport.get_server_key().asbytes(), *(key.asbytes() for key in keys)]
        transport.global_request("hostkeys-00@openssh.com", blobs, wait=False)
