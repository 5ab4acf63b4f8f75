"""`gateway sftp`: the host keys of our SFTP server with their fingerprints, their exchange, and hashes of passwords."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.model.outcomes import Refused
from gateway.settings import Home, home_or_refuse

if TYPE_CHECKING:
    from gateway.wiring import SftpKeys

_SHORTEST_PASSWORD = 16


def add_sftp(sftp: argparse.ArgumentParser, parents: Sequence[argparse.ArgumentParser]) -> None:
    """The commands below `sftp`."""
    sftp.set_defaults(run=run_sftp)
    add = sftp.add_subparsers(dest="sftp_command", required=True).add_parser
    add("keys", parents=list(parents), help="the host keys' fingerprints, which partners compare and pin")
    add("next-key", parents=list(parents), help="make the next host keys, for partners to learn in advance")
    add("exchange", parents=list(parents), help="put the next host keys in force, from the next connection on")
    add("hash", help="read a password, print the hash that `password` of [channel.sftp] points to")


def run_sftp(parsed: argparse.Namespace) -> int:
    """Do one of them."""
    if parsed.sftp_command == "hash":
        return _hash()
    return _keys(home_or_refuse(parsed.home), parsed.sftp_command, as_json=parsed.json)


def _keys(home: Home, command: str, *, as_json: bool) -> int:
    from gateway.wiring import sftp_keys  # noqa: PLC0415 - loads every adapter, and the command line shall start quickly

    found = sftp_keys(home, prepare=command == "next-key", exchange=command == "exchange")
    _print_json(found) if as_json else _print(found)
    if command == "next-key" and not as_json:
        print("Tell the partners the next fingerprints. When they know them: gateway sftp exchange")
    return 0


def _hash() -> int:
    import argon2  # noqa: PLC0415 - only here is it needed

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused("sftp.short_password", least=_SHORTEST_PASSWORD)
    print(argon2.PasswordHasher().hash(password))
    return 0


def _print(found: SftpKeys) -> None:
    for title, keys in (("Host keys", found.current), ("Next host keys", found.upcoming)):
        if keys:
            print(f"{title}:")
        for key in keys:
            print(f"  {key.kind:<8} {key.fingerprint}")


def _print_json(found: SftpKeys) -> None:
    content = [
        {"kind": key.kind, "fingerprint": key.fingerprint, "public": key.public, "next": key in found.upcoming}
        for key in (*found.current, *found.upcoming)
    ]
    print(json.dumps(content, indent=2))
