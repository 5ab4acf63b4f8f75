"""`gateway partner kit`: a folder to send to a partner, with a guide made for it, tables to fill in, examples and their answers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Agreement, Channel, Direction, Partner
from gateway.profiles.load import Loaded, load
from gateway.profiles.words import LABELS
from gateway.settings import Home
from gateway.terminal.onboarding.answering import Reader, Reply
from gateway.terminal.onboarding.examples import Example, Numbers, x12_examples
from gateway.terminal.onboarding.kit_guide import Door, KitFacts, Shown, kit_guide
from gateway.terminal.onboarding.table_examples import table_examples
from gateway.terminal.template import known_partner, table_files
from gateway.x12.maps import Maps

_BAD: Final = 3
_GUIDE: Final = "HOW-TO-SEND.txt"


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """An example with its place in the kit and what is answered."""

    path: str
    example: Example
    reply: Reply


def kit(home: Home, name: str, folder: Path, *, host: str | None = None) -> int:
    """Make the folder and say what is in it. Raises Refused where it is there, or where too little is known."""
    loaded = load(home.root, secrets=False)
    partner = known_partner(loaded, name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("onboarding.folder_there", folder=folder)
    files = kit_files(loaded, partner, _door(home, loaded, partner, host), datetime.now(UTC))
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(content)
    print(f"{folder.resolve()} is ready to be sent to {partner.title}: {len(files)} files, and no secret among them.")
    print(f"{_GUIDE} says how to send; the examples lie beside the answers that the gateway gives to them.")
    for each in received(partner, datetime.now(UTC)):
        if not any(path.startswith(f"examples/good-{each.kind}/") for path in files):
            print(f"No example of {LABELS[each.kind]} is in it: `gateway partner test {name}` says why.")
    if not any(entity.contact for entity in loaded.profiles.entities):
        print(
            'It names nobody to ask: a line contact = "EDI desk, edi@example.org" under [[entity]] in '
            "config/gateway.toml would."
        )
    return 0


def kit_files(loaded: Loaded, partner: Partner, door: Door, at: datetime) -> dict[str, bytes]:
    """All of the kit by its paths. Nothing of it comes from a place where a secret may stand."""
    agreed = received(partner, at)
    if not agreed and not partner.csv_kinds:
        raise Refused("onboarding.nothing_agreed", name=partner.name)
    tables = {each.kind: table_files(loaded, partner, each.kind) for each in agreed if each.columns}
    files = {f"tables/{name}": content for found in tables.values() for name, content in found.items()}
    made = list(_examples(loaded, partner, agreed, at))
    for one in made:
        files[one.path] = one.example.content
        answers = f"{one.path.rpartition('/')[0]}/answer"
        files |= {f"{answers}/{name}": content for name, content in one.reply.answers.items()}
    shown = [
        Shown(what=one.example.what, kind=one.example.kind, file=one.path, answers=tuple(one.reply.answers))
        for one in made
    ]
    facts = KitFacts(
        loaded=loaded,
        partner=partner,
        agreed=tuple(agreed),
        door=door,
        tables={kind: tuple(found) for kind, found in tables.items()},
        examples=tuple(shown),
    )
    return {_GUIDE: kit_guide(facts), **files}


def received(partner: Partner, at: datetime) -> list[Agreement]:
    """What it may send us now, or will: each kind once as X12 and once as a table."""
    read = {
        (each.kind, each.columns is not None): each
        for each in sorted(partner.agreements, key=lambda each: each.in_force(at.date()))
        if each.direction is Direction.IN
        and each.kind not in ("997", "999")
        and (each.effective_to is None or each.effective_to >= at.date())
    }
    return list(read.values())


def _examples(loaded: Loaded, partner: Partner, agreed: Sequence[Agreement], at: datetime) -> Iterator[_Made]:
    """A good file of each kind, and of the first kind of each form three bad ones that are indeed not taken."""
    maps = Maps()
    reader = Reader(loaded, partner, maps)
    with tempfile.TemporaryDirectory(prefix="gateway-") as scratch:
        spoiled: set[bool] = set()
        for each in agreed:
            is_table = each.columns is not None
            left = 0 if is_table in spoiled else _BAD
            spoiled.add(is_table)
            for nth, example in enumerate(_of(each, partner, maps, at)):
                if nth and not left:
                    break
                path = Path(scratch) / _named(example, each, _BAD - left + 1)
                path.write_bytes(example.content)
                reply = reader.reply(path, each, at)
                made = _Made(path=f"examples/{path.stem}/{path.name}", example=example, reply=reply)
                if not nth and reply.outcome != "accepted":
                    break  # what is not taken is no example of how to do it
                if nth and reply.outcome in ("accepted", "held"):
                    continue
                left -= bool(nth)
                yield made


def _of(agreed: Agreement, partner: Partner, maps: Maps, at: datetime) -> Iterator[Example]:
    if agreed.columns is not None:
        return table_examples(agreed)
    return x12_examples(agreed, partner.ids[0], Numbers(control=1, document="EXAMPLE-1", at=at), maps)


def _named(example: Example, agreed: Agreement, nth: int) -> str:
    """Its file's name: answers are named after it."""
    sort = "txt" if agreed.columns and agreed.columns.fixed else "csv" if agreed.columns else "edi"
    return f"{'good' if example.what == 'good' else f'bad-{nth}'}-{example.kind}.{sort}"


def _door(home: Home, loaded: Loaded, partner: Partner, host: str | None) -> Door:
    """The way in; of our own servers the address that partners use, which no setting knows, and of SFTP the keys."""
    channel = loaded.profiles.channel(partner.channel) or Channel(name=partner.channel, carries=(partner.name,))
    by_sftp, by_http = channel.sftp and loaded.sftp, channel.http and loaded.http
    if not by_sftp and not by_http:
        return Door(channel=channel)
    if not host:
        raise Refused("onboarding.no_host", name=partner.name)
    if not by_sftp or loaded.sftp is None:
        return Door(channel=channel, host=host)
    from gateway.wiring import sftp_keys  # noqa: PLC0415 - loads every adapter

    keys = sftp_keys(home)
    return Door(
        channel=channel,
        host=host,
        port=loaded.sftp.port,
        keep_days=loaded.sftp.keep_days,
        fingerprints=tuple(f"{key.kind} {key.fingerprint}" for key in keys.current),
        upcoming=tuple(f"{key.kind} {key.fingerprint}" for key in keys.upcoming),
    )
