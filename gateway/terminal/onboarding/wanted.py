"""What a person said of a new partner with the flags of `gateway partner add`."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from gateway.model.outcomes import Refused

KINDS = ("850", "855", "856", "810")
CHANNELS = ("folder", "sftp", "http", "mailbox")
COMPLETE = ("stable", "rename", "sentinel")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Each None or empty where nothing was said; `columns` are column -> field, `values` field -> what is in every row."""

    name: str | None = None
    samples: tuple[Path, ...] = ()
    case: int | None = None
    title: str | None = None
    ids: tuple[str, ...] = ()
    gs: str | None = None
    kinds: tuple[str, ...] = ()
    direction: str | None = None
    usage: str | None = None
    entity: str | None = None
    channel: str | None = None
    complete: str | None = None
    sftp_keys: tuple[Path, ...] = ()
    api_key: str | None = None
    mailbox: str | None = None
    host_key: Path | None = None
    key: str | None = None
    password: str | None = None
    take_from: str | None = None
    put_into: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    dates: str | None = None
    yes: bool = False


def add_flags(command: argparse.ArgumentParser) -> None:
    """The flags; what is not said is taken from the sample, guessed and asked."""
    add = command.add_argument
    add("name", nargs="?", metavar="NAME", help="a short name: partners/NAME.toml, inbox/NAME")
    add("--name", dest="named", metavar="NAME", help="the same")
    add("--from", dest="samples", action="append", type=Path, default=[], metavar="FILE", help="a file of theirs")
    add("--case", type=int, metavar="N", help="a case about an unknown sender: the file that it is about is the sample")
    add("--title", metavar="TEXT", help="what people call them")
    add("--id", dest="ids", action="append", default=[], metavar="ZZ/ACMEMED", help="ISA05/ISA06 of their interchanges")
    add("--gs", metavar="TEXT", help="GS02 of their groups, where it is not ISA06")
    add("--kind", dest="kinds", nargs="+", action="extend", default=[], choices=KINDS, help="what they send")
    add("--direction", choices=("in",), help='"in": they send it (this version sends no documents)')
    add("--usage", choices=("P", "T"), help="production or test alone; without it both")
    add("--entity", metavar="NAME", help="which of us they deal with, where there are several")
    add(
        "--channel",
        choices=CHANNELS,
        help="a drop folder, an account on our SFTP or HTTP server, or a mailbox on theirs",
    )
    add("--complete", choices=COMPLETE, help="when a dropped file is whole (docs/folders.md)")
    key = "a file with a public SSH key of theirs, for --channel sftp"
    add("--sftp-key", dest="sftp_keys", action="append", type=Path, default=[], metavar="FILE", help=key)
    place = "env:NAME or file:PATH"
    add("--api-key", metavar="PLACE", help=f"where their key for our HTTP server is kept: {place}")
    add(
        "--mailbox", metavar="USER@HOST", help="an SFTP mailbox of theirs; with --host-key and one of --key, --password"
    )
    add("--host-key", type=Path, metavar="FILE", help="the public host key of that server, as they told you")
    add("--key", metavar="PLACE", help=f"where our private key for it is kept: {place}")
    add("--password", metavar="PLACE", help=f"where our password for it is kept: {place}")
    add("--take-from", metavar="FOLDER", help="the folder there with their files")
    add("--put-into", metavar="FOLDER", help="the folder there for our answers")
    column = "which field a column of their table holds"
    add("--column", dest="columns", action="append", default=[], metavar="COLUMN=FIELD", help=column)
    add("--value", dest="values", action="append", default=[], metavar="FIELD=TEXT", help="the same in every row")
    add("--dates", metavar="MM/DD/YYYY", help="how their tables write days")
    add("--yes", action="store_true", help="take every guess; they are marked in the file")


def wanted(parsed: argparse.Namespace) -> Wanted:
    """What was said; raises Refused for a pair that is none."""
    if parsed.name and parsed.named and parsed.name != parsed.named:
        raise Refused("onboarding.two_names", one=parsed.name, other=parsed.named)
    return Wanted(
        name=parsed.name or parsed.named,
        samples=tuple(parsed.samples),
        case=parsed.case,
        title=parsed.title,
        ids=tuple(parsed.ids),
        gs=parsed.gs,
        kinds=tuple(dict.fromkeys(parsed.kinds)),
        direction=parsed.direction,
        usage=parsed.usage,
        entity=parsed.entity,
        channel=parsed.channel,
        complete=parsed.complete,
        sftp_keys=tuple(parsed.sftp_keys),
        api_key=parsed.api_key,
        mailbox=parsed.mailbox,
        host_key=parsed.host_key,
        key=parsed.key,
        password=parsed.password,
        take_from=parsed.take_from,
        put_into=parsed.put_into,
        columns=tuple(_pair(each, "--column COLUMN=FIELD") for each in parsed.columns),
        values=tuple(_pair(each, "--value FIELD=TEXT") for each in parsed.values),
        dates=parsed.dates,
        yes=parsed.yes,
    )


def _pair(text: str, flag: str) -> tuple[str, str]:
    one, sign, other = text.rpartition("=") if flag.startswith("--column") else text.partition("=")
    if not (one.strip() and sign and other.strip()):
        raise Refused("onboarding.no_pair", value=text, flag=flag)
    return one.strip(), other.strip()
