"""The command line. Every command is a few lines that call the part that does it; imports stand inside the commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.model.outcomes import Refused, TryLater
from gateway.settings import Home, home_or_refuse
from gateway.terminal.explain import add_explain, run_explain
from gateway.terminal.onboarding.commands import add_partner
from gateway.terminal.sftp import add_sftp

_UNUSABLE = 2  # the call itself is wrong, or the home is


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except Refused as refused:
        print(f"gateway: {refused}" + (f" {refused.fix}" if refused.fix else ""), file=sys.stderr)
        return _UNUSABLE
    except TryLater as later:
        print(f"gateway: {later}", file=sys.stderr)
        return _UNUSABLE
    except BrokenPipeError:
        return 0
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(
            f"gateway: the system refused: {error.strerror or error}{where}. Mend that and call again.", file=sys.stderr
        )
        return _UNUSABLE
    return code


def _init(parsed: argparse.Namespace) -> int:
    """Make a home."""
    from gateway.settings import home_at, init

    fresh = not home_at(parsed.folder).exists
    home = init(parsed.folder)
    what = "is a home now, with three sample partners" if fresh else "was a home already; nothing of it was changed"
    print(f"{home.root} {what}. Next: gateway run --home {parsed.folder} --lab --samples")
    return 0


def _run(parsed: argparse.Namespace) -> int:
    """Take files, post documents, answer senders."""
    from gateway.terminal.run import run

    return run(_home(parsed), lab=parsed.lab, samples=parsed.samples, once=parsed.once)


def _check(parsed: argparse.Namespace) -> int:
    """Say what will happen with a partner's files."""
    from gateway.profiles.check import check
    from gateway.profiles.load import load

    report = check(load(_home(parsed).root, secrets=False), parsed.partner)
    print(json.dumps(report.content, indent=2) if parsed.json else report.text)
    return 0 if report.ok else 1


def _queue(parsed: argparse.Namespace) -> int:
    """List the open cases."""
    from gateway.terminal.look import queue

    return queue(_home(parsed), as_json=parsed.json)


def _show(parsed: argparse.Namespace) -> int:
    """Show one case, file, document or delivery."""
    from gateway.terminal.look import show

    return show(_home(parsed), parsed.what, as_json=parsed.json)


def _verb(parsed: argparse.Namespace) -> int:
    """Release, replay, reject or reopen a case."""
    from gateway.terminal.act import act

    arguments = {"case": parsed.case, "reason": parsed.reason or ""}
    if parsed.command == "release":
        arguments["earlier_undone"] = parsed.earlier_undone
    return act(_home(parsed), parsed.command, arguments, as_json=parsed.json)


def _balance(parsed: argparse.Namespace) -> int:
    """Print the three equations."""
    from gateway.terminal.look import balances

    return balances(_home(parsed), as_json=parsed.json)


def _archive_verify(parsed: argparse.Namespace) -> int:
    """Hash everything again, and check the trail and every reference."""
    from gateway.terminal.verify import verify

    return verify(_home(parsed), held=parsed.against, as_json=parsed.json)


def _archive_key(parsed: argparse.Namespace) -> int:
    """Print the public key of the trail."""
    from gateway.trail.keys import public_in

    print(public_in(_home(parsed).keys).text)
    return 0


def _archive_checkpoint(parsed: argparse.Namespace) -> int:
    """Print the newest signed checkpoint of the trail."""
    from gateway.terminal.export import checkpoint

    return checkpoint(_home(parsed))


def _archive_export(parsed: argparse.Namespace) -> int:
    """Write a pack that others can check offline."""
    from gateway.terminal.export import export

    return export(_home(parsed), parsed.what, out=parsed.out, since=parsed.since)


def _backup(parsed: argparse.Namespace) -> int:
    """Copy a running home into a folder, and check the copy."""
    from gateway.terminal.backup import backup

    return backup(_home(parsed), parsed.folder)


def _template(parsed: argparse.Namespace) -> int:
    """Write a table to fill in, and the guide to its columns."""
    from gateway.terminal.template import template

    return template(_home(parsed), parsed.partner, parsed.kind, parsed.out)


def _schema(parsed: argparse.Namespace) -> int:
    """Print the JSON Schema of a document."""
    from gateway.documents import schema

    print(json.dumps(schema(parsed.kind), indent=2))
    return 0


def _bench(parsed: argparse.Namespace) -> int:
    """Measure, with the floor in the same run."""
    from gateway.bench import bench

    return bench(parsed.only, as_json=parsed.json)


def _migrate(parsed: argparse.Namespace) -> int:
    """Bring the ledger's schema up to date."""
    from gateway.wiring import open_gateway

    with open_gateway(_home(parsed)) as gateway:
        print(f"The ledger {gateway.home.ledger} is up to date.")
    return 0


def _renumber(parsed: argparse.Namespace) -> int:
    """Leave out control numbers that went out after the backup that was restored."""
    from gateway.terminal.act import renumber

    return renumber(_home(parsed), parsed.by)


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - digits of the largest id
        raise argparse.ArgumentTypeError(f"{text!r} is no case number")
    return int(text)


def _home(parsed: argparse.Namespace) -> Home:
    return home_or_refuse(parsed.home)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gateway", description="Takes partners' files, posts them once, answers, keeps the proof."
    )
    # Before the command or after it: SUPPRESS, so that a command that was not told leaves what stood before it.
    installation = "the installation (default: GATEWAY_HOME, else this folder)"
    parser.add_argument("--home", type=Path, help=installation)
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=installation)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="for programs: one JSON object")

    add = commands.add_parser
    command = add("init", help="make a home with the sample partners")
    command.add_argument("folder")
    command.set_defaults(run=_init)
    command = add("run", parents=[home], help="run the daemon")
    command.add_argument("--once", action="store_true", help="one full pass until nothing is due, then end")
    command.add_argument("--lab", action="store_true", help="with the bundled ERP simulator")
    command.add_argument("--samples", action="store_true", help="put the sample files into the inbox, once")
    command.set_defaults(run=_run)
    command = add("check", parents=[home, as_json], help="what will happen with a partner's files, or every mistake")
    command.add_argument("partner", nargs="?")
    command.set_defaults(run=_check)
    explain = add("explain", parents=[home], help="dry run: what would happen with this file, and why")
    add_explain(explain)
    explain.set_defaults(run=run_explain)
    add("queue", parents=[home, as_json], help="what waits for a person").set_defaults(run=_queue)
    command = add("show", parents=[home, as_json], help="one case (a number), or `file 3`, `document 5`, `delivery 7`")
    command.add_argument("what", nargs="+")
    command.set_defaults(run=_show)
    for name, text in _VERBS.items():
        command = add(name, parents=[home, as_json], help=text)
        command.add_argument("case", type=_number, help="the case's number, as `gateway queue` shows it")
        command.add_argument("--reason", help="why; it stays in the trail beside your name")
        if name == "release":
            undone = "the earlier document of this number is cancelled in the ERP, or never got there"
            command.add_argument("--earlier-undone", action="store_true", help=undone)
        command.set_defaults(run=_verb)
    command = add("balance", parents=[home, as_json], help="prove that nothing is lost: the three equations")
    command.set_defaults(run=_balance)
    _add_archive(add("archive", parents=[home], help="the archive and its proof"), home, as_json)
    command = add("backup", parents=[home], help="a whole copy of this installation, also while it runs, and checked")
    command.add_argument("folder", type=Path, metavar="DIR", help="where to: a folder that is not there yet")
    command.set_defaults(run=_backup)
    add_sftp(add("sftp", help="our SFTP server: host keys, and hashes of passwords"), (home, as_json))
    _add_upkeep(commands, home)
    add_partner(add("partner", help="a new partner: its file, the folder to send it, a check of its channel"), home)
    _add_template(
        add("template", parents=[home], help="a CSV table for a partner to fill in, and a guide to its columns")
    )
    command = add("schema", help="the JSON Schema of a document")
    command.add_argument("kind", choices=("850", "855", "856", "810"))
    command.set_defaults(run=_schema)
    command = add("bench", parents=[as_json], help="measure speed, memory and fsyncs beside the floor of this machine")
    command.add_argument(
        "--only", choices=("burst", "latency", "idle", "validation", "tables", "memory", "as2"), help="one measurement"
    )
    command.set_defaults(run=_bench)
    return parser


def _add_upkeep(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    home: argparse.ArgumentParser,
) -> None:
    """What is done to the ledger while no daemon runs."""
    command = commands.add_parser("migrate", parents=[home], help="bring the ledger's schema up to date")
    command.set_defaults(run=_migrate)
    again = "after a restore: leave out control numbers that may be sent already"
    command = commands.add_parser("renumber", parents=[home], help=again)
    steps = (1000, 10_000, 100_000)
    command.add_argument("--by", type=int, choices=steps, required=True, help="more than went out since the backup")
    command.set_defaults(run=_renumber)


def _add_template(command: argparse.ArgumentParser) -> None:
    command.add_argument("partner")
    command.add_argument("kind", choices=("850", "855", "856", "810"))
    command.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to write it (default: here)")
    command.set_defaults(run=_template)


def _add_archive(
    archive: argparse.ArgumentParser, home: argparse.ArgumentParser, as_json: argparse.ArgumentParser
) -> None:
    """The commands below `archive`."""
    add = archive.add_subparsers(dest="archive_command", required=True).add_parser
    command = add("verify", parents=[home, as_json], help="hash everything again, check the whole trail")
    command.add_argument("--against", type=Path, metavar="FILE", help="a checkpoint that you kept elsewhere")
    command.set_defaults(run=_archive_verify)
    command = add("export", parents=[home], help="a pack about files that anybody can check offline")
    command.add_argument("what", nargs="+", help="`file 3 document 5 delivery 7`, or a case's number")
    command.add_argument("--out", type=Path, metavar="FILE.zip", help="where to write it (default: here)")
    command.add_argument(
        "--since", type=Path, metavar="FILE", help="an earlier checkpoint that the pack shall grow out of"
    )
    command.set_defaults(run=_archive_export)
    command = add("checkpoint", parents=[home], help="the newest signed state of the trail, to keep elsewhere")
    command.set_defaults(run=_archive_checkpoint)
    command = add("key", parents=[home], help="the public key that checks the trail's signatures")
    command.set_defaults(run=_archive_key)


_VERBS = {
    "release": "let a held thing go on, or a given-up delivery try again",
    "replay": "read a rejected thing again with today's maps, where no answer went out",
    "reject": "say that a held thing shall not go on, and why",
    "reopen": "put a closed case back into the queue",
}

if __name__ == "__main__":
    sys.exit(main())
