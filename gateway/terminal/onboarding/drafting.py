"""From flags, samples and answers to a draft: what a sample says is taken, what it only suggests is confirmed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

import msgspec
import tomlkit

from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Separators
from gateway.terminal.onboarding.asking import SAID, Asker, Known, Question
from gateway.terminal.onboarding.doors import channel_draft
from gateway.terminal.onboarding.draft import Draft
from gateway.terminal.onboarding.parties import our_gs, parties, partner_gs
from gateway.terminal.onboarding.scene import Scene
from gateway.terminal.onboarding.tables import table_drafts
from gateway.terminal.onboarding.wanted import KINDS, Wanted
from gateway.x12.charset import printable

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_TITLE: Final = 80
_ALIKE: Final = 0.85  # of the letters of two titles
_SUFFIXES: Final = {"": "none", "\r": "CR", "\n": "LF", "\r\n": "CRLF"}


def draft_of(wanted: Wanted, scene: Scene, asker: Asker) -> Draft:
    """The draft; raises Refused for what cannot be, and for all that is missing or unconfirmed where nobody can be asked."""
    direction = Known(wanted.direction or "in", "it sends, we receive")
    ids, identity, entity, notes = parties(wanted, scene, asker)
    title = _title(wanted, scene, ids, asker)
    named = asker.settle(
        Question("A short name for its file and folder?", "--name NAME"),
        wanted.name,
        _name(title, scene),
        lambda text: _free_name(text, scene),
    )
    kinds = _kinds(wanted, scene, asker) if scene.x12 or not scene.tables else None
    tables = table_drafts(wanted, scene.tables, asker)
    channel = channel_draft(wanted, asker)
    asker.finish()
    if named is None or title is None or (kinds is None and not tables):
        raise Refused("onboarding.missing", flags="--name NAME, --title TEXT, --kind 850 ...")
    return Draft(
        name=named.value,
        title=title,
        source=scene.source,
        direction=direction,
        identity=identity,
        ids=ids,
        kinds=kinds,
        tables=tables,
        channel=channel,
        entity=entity if len(scene.profiles.entities) > 1 else None,
        partner_gs=partner_gs(wanted, scene, ids),
        our_gs=our_gs(scene, entity),
        separators=_separators(scene),
        usage=Known(wanted.usage, SAID) if wanted.usage and kinds else None,
        notes=(*notes, *_alike(title, scene), *_notes(scene)),
    )


def _title(wanted: Wanted, scene: Scene, ids: Sequence[PartyId], asker: Asker) -> Known | None:
    """What people call it. Nothing depends on it, so a guess is only marked where nobody can be asked."""
    named = next((sample for sample in scene.x12 if sample.title), None)
    found = Known(ids[0].id, "how it signs") if ids else None
    if named and named.title:
        found = Known(named.title, f"the sender's name (N102) in {printable(named.name)}")
    if found is None and wanted.title is None and wanted.name:
        found = Known(wanted.name, "nobody said what people call it")

    def check(text: str) -> str:
        if not 0 < len(text) <= _LONGEST_TITLE or not text.isprintable():
            raise Refused("onboarding.no_title", value=printable(text)[:_LONGEST_TITLE])
        return text

    known = asker.settle(Question("What do people call it?", "--title TEXT", offered=True), wanted.title, found, check)
    return msgspec.structs.replace(known, guessed=True) if known and found and known.why == found.why else known


def _name(title: Known | None, scene: Scene) -> Known | None:
    """A short name out of the title, while it is free."""
    text = re.sub(r"[^a-z0-9]+", "-", title.value.casefold()).strip("-")[:40].strip("-") if title else ""
    if not title or not _NAME.fullmatch(text) or text in scene.taken:
        return None
    return Known(text, f'made of "{title.value}"', guessed=True)


def _free_name(text: str, scene: Scene) -> str:
    if not _NAME.fullmatch(text):
        raise Refused("onboarding.no_name", value=printable(text)[:60])
    if text in scene.taken:
        raise Refused("onboarding.name_taken", name=text, file=f"partners/{text}.toml")
    return text


def _kinds(wanted: Wanted, scene: Scene, asker: Asker) -> Known | None:
    found = [str(kind) for kind in scene.said("kinds")]
    known = Known(" ".join(found), f"the sets in {scene.source}") if found else None

    def check(text: str) -> str:
        chosen = text.replace(",", " ").split()
        if not chosen or not set(chosen) <= set(KINDS):
            raise Refused("onboarding.no_kind", value=printable(text)[:60], known=", ".join(KINDS))
        return " ".join(dict.fromkeys(chosen))

    told = None if scene.tables and not scene.x12 else " ".join(wanted.kinds) or None
    return asker.settle(Question("Which kinds does it send (850 855 856 810)?", "--kind 850 ..."), told, known, check)


def _separators(scene: Scene) -> Known | None:
    """The separators it uses, where they are not ours and can be written."""
    used = next((sample.delimiters for sample in scene.x12 if sample.delimiters), None)
    if used is None:
        return None
    usual = Separators()
    ours = {"element": usual.element, "component": usual.component, "segment": usual.segment}
    theirs = {key: getattr(used, key) for key in ours}
    table = {key: value for key, value in theirs.items() if value != ours[key]}
    if used.suffix != usual.suffix and used.suffix in _SUFFIXES:
        table["suffix"] = _SUFFIXES[used.suffix]
    if not table or not all(_writable(mark) for key, mark in table.items() if key != "suffix"):
        return None
    inline = tomlkit.inline_table()
    inline.update(table)
    return Known(inline.as_string(), f"as in {scene.source}")


def _writable(mark: str) -> bool:
    return mark.isascii() and mark.isprintable() and not mark.isalnum() and mark not in " .-"


def _alike(title: Known, scene: Scene) -> list[str]:
    """A partner of nearly the same title is often the same company, added twice."""
    titles = {one.title: one.name for one in scene.profiles.partners}
    near = difflib.get_close_matches(title.value, titles, 1, _ALIKE)
    return [f'Partner "{titles[near[0]]}" is called {near[0]}: is it the same company?'] if near else []


def _notes(scene: Scene) -> list[str]:
    """What a person should know of the samples besides."""
    notes = []
    unknown = [str(kind) for kind in scene.said("unknown_kinds")]
    if unknown:
        notes.append(
            f"The sample holds sets of {', '.join(unknown)} too; they are no documents that this version reads."
        )
    if scene.said("usages") == ["T"]:
        notes.append(
            'The sample is a test (ISA15 = T). The agreement is for production too; usage = "T" in it would leave '
            "production files to a person."
        )
    return notes
