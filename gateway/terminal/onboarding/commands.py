"""`gateway partner`: add a partner, make the folder it is sent, check its channel end to end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.settings import home_or_refuse
from gateway.terminal.onboarding.wanted import add_flags, wanted


def add_partner(partner: argparse.ArgumentParser, home: argparse.ArgumentParser) -> None:
    """The commands below `partner`."""
    partner.set_defaults(run=run_partner)
    add = partner.add_subparsers(dest="partner_command", required=True).add_parser
    add_flags(add("add", parents=[home], help="a new partner: asks, or takes flags; reads a sample of theirs"))
    command = add("kit", parents=[home], help="a folder to send to a partner: how to send, examples, their answers")
    command.add_argument("partner")
    command.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="a new folder (default: PARTNER-kit)")
    command.add_argument("--host", help="the address under which partners reach our SFTP or HTTP server")
    command = add("test", parents=[home], help="check a partner's channel end to end, step by step")
    command.add_argument("partner")
    command.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help="for the answer to a test file")


def run_partner(parsed: argparse.Namespace) -> int:
    """Do one of them."""
    home = home_or_refuse(parsed.home)
    if parsed.partner_command == "add":
        from gateway.terminal.onboarding.add import add  # noqa: PLC0415 - the command line shall start quickly
        from gateway.terminal.onboarding.asking import Asker  # noqa: PLC0415

        said = wanted(parsed)
        asker = Asker(sys.stdin, sys.stdout, terminal=sys.stdin.isatty() and sys.stdout.isatty(), yes=said.yes)
        return add(home, said, asker)
    if parsed.partner_command == "kit":
        from gateway.terminal.onboarding.kit import kit  # noqa: PLC0415

        return kit(home, parsed.partner, parsed.folder or Path(f"{parsed.partner}-kit"), host=parsed.host)
    from gateway.terminal.onboarding.trial import trial  # noqa: PLC0415

    return trial(home, parsed.partner, wait=parsed.wait)
