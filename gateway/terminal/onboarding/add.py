"""`gateway partner add`: a partner's file from samples, flags and answers, checked, tried on the samples, then put in place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from gateway.ledger import views
from gateway.model.outcomes import Refused
from gateway.profiles.check import check
from gateway.profiles.load import Loaded, load, partner_files
from gateway.settings import Home, make_folders
from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.look import open_reader
from gateway.terminal.onboarding.asking import Asker
from gateway.terminal.onboarding.draft import Draft
from gateway.terminal.onboarding.drafting import draft_of
from gateway.terminal.onboarding.page import page_of
from gateway.terminal.onboarding.place import put, secrets_missing, with_partner
from gateway.terminal.onboarding.sample import read_sample
from gateway.terminal.onboarding.scene import Scene
from gateway.terminal.onboarding.wanted import Wanted
from gateway.terminal.tell import report
from gateway.x12.maps import Maps

_PIECE: Final = 1 << 20


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a case is about, and the channel it came through."""

    number: int
    channel: str
    path: Path


def add(home: Home, wanted: Wanted, asker: Asker) -> int:
    """Add a partner; 0 where its file is in place, 1 where a person said no. Raises Refused for what cannot be."""
    maps = Maps()
    loaded = load(home.root, secrets=False)
    if not loaded.usable:
        raise Refused("onboarding.home_broken", mistake=loaded.mistakes[0] if loaded.mistakes else "")
    with tempfile.TemporaryDirectory(prefix="gateway-") as scratch:
        case = case_file(home, wanted.case, Path(scratch)) if wanted.case is not None else None
        paths = [*wanted.samples, *((case.path,) if case else ())]
        samples = [read_sample(path, maps, loaded.limits) for path in paths]
        taken = frozenset(Path(page).stem for page in partner_files(home.root))
        source = f"the file of case {case.number}" if case and not wanted.samples else ""
        draft = draft_of(wanted, Scene(loaded, samples, taken, source), asker)
        text = page_of(draft, date.today())  # noqa: DTZ011 - the reader's own day, in a remark
        new = with_partner(home, draft.name, text)
        for line in _shown(draft, text, _tried(new, draft.name, paths, maps)):
            asker.say(line)
        for missing in secrets_missing(home, draft.name, text):
            asker.say(f"Not yet: {missing} Until the gateway can read it, files of this partner wait.")
    if not asker.confirm(f"Put this into partners/{draft.name}.toml?"):
        asker.say("Nothing was written. What is different can be said with flags: gateway partner add --help")
        return 1
    put(home, draft.name, text)
    _make_folders(home, draft.name)
    for line in _told(home, draft, case, loaded):
        asker.say(line)
    return 0


def case_file(home: Home, number: int, scratch: Path) -> CaseFile:
    """The file of this case, out of the archive; raises Refused where there is no such case or it is about no file."""
    from gateway.wiring import open_archive  # noqa: PLC0415 - loads every adapter

    with open_reader(home).read() as snapshot:
        case = views.case(snapshot, number)
        file = views.file(snapshot, case.transmission_id) if case and case.transmission_id else None
    if case is None or file is None:
        raise Refused("onboarding.no_case_file", case=number)
    path = scratch / (Path(file.name).name or "file")
    with open_archive(home).open(file.sha256) as stream, path.open("wb") as out:
        while piece := stream.read(_PIECE):
            out.write(piece)
    return CaseFile(number=number, channel=file.channel, path=path)


def _tried(new: Loaded, name: str, paths: Sequence[Path], maps: Maps) -> Iterator[str]:
    """What would become of the samples, with the new file in force."""
    partner = new.profiles.partner(name)
    for path in paths:
        asked = Asked(file=path, at=datetime.now(UTC), profiles=new.profiles, limits=new.limits, partner=partner)
        told = report(DryRun(asked, maps))
        reason = f": {told.reason}" if told.reason else ""
        yield f"{path.name} would be {told.outcome}{reason}"


def _shown(draft: Draft, text: str, tried: Iterator[str]) -> Iterator[str]:
    yield from ("", f"partners/{draft.name}.toml", "")
    yield from (f"    {line}".rstrip() for line in text.splitlines())
    yield ""
    yield from draft.notes
    yield from tried


def _make_folders(home: Home, name: str) -> None:
    """Its folders, where they would belong to whom the others do; else the gateway makes them itself."""
    with suppress(OSError):
        if home.inbox.stat().st_uid == os.getuid():
            make_folders(home, [name])


def _told(home: Home, draft: Draft, case: CaseFile | None, before: Loaded) -> Iterator[str]:
    """What holds now, and what to do next."""
    name = draft.name
    yield from ("", f"Written: {home.partners / name}.toml. A running gateway takes it within five seconds.", "")
    yield check(load(home.root, secrets=False), name).text
    yield "Next:"
    if case:
        yield from (f"  {line}" for line in _about_case(case, name, before))
    yield f"  gateway partner kit {name}    a folder to send to {draft.title.value}: how to send, examples, answers"
    yield f"  gateway partner test {name}   check the way from its folder to the answer"


def _about_case(case: CaseFile, name: str, before: Loaded) -> Iterator[str]:
    """How the file that waits goes on: through a hub it may, through another partner's folder it must come again."""
    own = next((one for one in before.profiles.partners if one.channel == case.channel), None)
    if own is None:
        yield f'add "{name}" to `carries` of [channel.{case.channel}] in config/gateway.toml: the file came through it'
        yield f"gateway release {case.number}    the file goes on"
    else:
        yield (
            f"the file of case {case.number} came through inbox/{case.channel}, which is {own.title}'s: have it sent again "
            f"into inbox/{name}, then gateway reject {case.number}"
        )
