"""`gateway explain`: the dry run of one file, told to people, to programs or in counts."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

# Every command of the command line loads this module, so all that a dry run needs is imported when one is asked for.
if TYPE_CHECKING:
    from gateway.terminal.dryrun import Asked, DryRun
    from gateway.terminal.report import Outcome, Report

_ACCEPTED, _NOT_ACCEPTED = 0, 1
# Sets come and go by reference count; looking for cycles after every 700 objects takes a sixth of the time.
OBJECTS_BETWEEN_LOOKS = 100_000


def add_explain(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command; `--home` comes with the parser where the whole command line has it."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--partner", metavar="P", help="read it as if it came through this partner's channel")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for programs: one JSON object, gateway.explain/1")
    form.add_argument("--summary", action="store_true", help="do the whole work and print counts only")
    parser.add_argument("--show-values", action="store_true", help="show names, addresses and notes too")


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain one file; 0 where it would be accepted, 1 where not. Raises Refused for a call that cannot be used."""
    from gateway.settings import find_home  # noqa: PLC0415 - see above

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    home = find_home(getattr(arguments, "home", None))
    asked = _asked(arguments.file, home.root if home else None, arguments.partner, datetime.now(UTC))
    run = _dry_run(asked)
    if arguments.json:
        from gateway.terminal.tell import report  # noqa: PLC0415

        told = report(run)
        _print(told.json())
        return _code(told.outcome)
    if arguments.summary:
        from gateway.terminal.summary import count, lines  # noqa: PLC0415

        counts, result = count(run)
        for line in lines(run, counts, result):
            _print(line)
        return _code(result.outcome)
    from gateway.terminal.render import Page  # noqa: PLC0415

    page = Page(_print, show=arguments.show_values, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    return _code(page.tell(run).outcome)


def explain(file: Path, *, home: Path | None = None, partner: str | None = None, at: datetime) -> Report:
    """What would come of this file at this moment, in an installation or without one; nothing is written anywhere.

    With `partner` it is read as if it came through that partner's channel. Raises Refused where the file or the
    partner is not there, or the installation cannot be read.
    """
    from gateway.terminal.tell import report  # noqa: PLC0415

    return report(_dry_run(_asked(file, home, partner, at)))


def _dry_run(asked: Asked) -> DryRun:
    from gateway.terminal.dryrun import DryRun  # noqa: PLC0415
    from gateway.x12.maps import Maps  # noqa: PLC0415

    return DryRun(asked, Maps())


def _asked(file: Path, home: Path | None, partner: str | None, at: datetime) -> Asked:
    """The file under the settings of the home; raises Refused where there is no such partner or the settings are broken.

    Whose file it is shows only while it is read, and a partner whose settings are broken would look like nobody: where
    no partner is named, no partner's settings may be.
    """
    from gateway.model.outcomes import Refused  # noqa: PLC0415
    from gateway.terminal.dryrun import Asked  # noqa: PLC0415

    if home is None:
        if partner is not None:
            raise Refused("explain.partner_needs_home", partner=partner)
        return Asked(file=file, at=at)
    from gateway.profiles.load import load  # noqa: PLC0415
    from gateway.settings import Home  # noqa: PLC0415

    loaded = load(home, secrets=False)
    mistakes = [one for one in loaded.mistakes if partner is None or one.concerns(partner)]
    if mistakes:
        first = mistakes[0]
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes; the first is"
        facts = {"file": first.file, "line": first.line, "mistake": first.finding.message}
        raise Refused("explain.home_broken", count=count, **facts)
    profiles = loaded.profiles
    found = profiles.partner(partner) if partner is not None else None
    if partner is not None and found is None:
        known = ", ".join(one.name for one in profiles.partners) or "none"
        raise Refused("profile.no_such_partner", name=partner, known=known)
    folder = profiles.partner(file.absolute().parent.name)
    return Asked(
        file=file,
        at=at,
        profiles=profiles,
        limits=loaded.limits,
        partner=found,
        folder=folder,
        ledger=Home(home).ledger,
    )


def _code(outcome: Outcome) -> int:
    return _ACCEPTED if outcome == "accepted" else _NOT_ACCEPTED


def _print(line: str) -> None:
    """One line, in whatever characters the terminal has."""
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))
