"""`gateway check`: every mistake in the settings; or, where there is none, in plain words what will happen with a partner's files."""

from __future__ import annotations

import difflib
from datetime import date
from itertools import groupby
from typing import Any

import msgspec

from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Agreement, Channel, Partner
from gateway.profiles.load import Loaded
from gateway.profiles.mistakes import Mistake
from gateway.profiles.table_words import about_table
from gateway.profiles.words import about_agreements, about_home, about_partner, shown


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`text` for people, `content` for programs (JSON of schema gateway.check/1); `ok` False where there are mistakes."""

    ok: bool
    text: str
    content: dict[str, Any]


def check(loaded: Loaded, partner: str | None = None, *, today: date | None = None) -> Report:
    """Say what these settings come to, for all partners or one; raises Refused for a partner there is none of."""
    names = [each.name for each in loaded.profiles.partners]
    if partner is not None and partner not in (*names, *loaded.held):
        known = sorted({*names, *loaded.held})
        near = difflib.get_close_matches(partner, known, 1)
        raise Refused("profile.no_such_partner", name=partner, known=", ".join(near or known) or "none")
    mistakes = [one for one in loaded.mistakes if partner is None or one.concerns(partner)]
    partners = [each for each in loaded.profiles.partners if partner in (None, each.name)]
    day = today or date.today()  # noqa: DTZ011 - the reader's own day; it only says which agreements hold by now
    return Report(
        ok=not mistakes,
        text=_mistakes(loaded, mistakes) if mistakes else _agreed(loaded, partners, day, everything=partner is None),
        content=_content(loaded, mistakes, partners),
    )


def _mistakes(loaded: Loaded, mistakes: list[Mistake]) -> str:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [
        *(str(one) for one in mistakes),
        "",
        f"{count}. A running gateway goes on with the last good version of a file, where it had one.",
    ]
    lines += [f"Started like this, it leaves the files of {name} where they are." for name in loaded.held]
    return "\n".join(lines) + "\n"


def _agreed(loaded: Loaded, partners: list[Partner], today: date, *, everything: bool) -> str:
    paragraphs = [about_home(loaded.profiles)] if everything else []
    for partner in partners:
        paragraphs.append(about_partner(partner, _channels(loaded, partner), loaded.sftp, loaded.http))
        for alike in _alike(partner):
            about = about_table if alike[0].columns else about_agreements
            paragraphs.append(about(alike, partner, loaded.profiles, today))
    return "\n\n".join(paragraphs) + "\n"


def _channels(loaded: Loaded, partner: Partner) -> list[Channel]:
    """Every way this partner's files may come: its own channel first, then the hubs that carry it too."""
    own = loaded.profiles.channel(partner.channel) or Channel(name=partner.channel, carries=(partner.name,))
    others = (each for each in loaded.profiles.channels if each.name != own.name and partner.name in each.carries)
    return [own, *others]


def _alike(partner: Partner) -> list[list[Agreement]]:
    """Agreements that differ in nothing but the kind are told together."""
    keyed = groupby(partner.agreements, key=lambda agreement: msgspec.structs.replace(agreement, kind=""))
    return [list(alike) for _, alike in keyed]


def _content(loaded: Loaded, mistakes: list[Mistake], partners: list[Partner]) -> dict[str, Any]:
    return {
        "schema": "gateway.check/1",
        "ok": not mistakes,
        "sha256": loaded.profiles.sha256,
        "mistakes": [
            {
                "file": one.file,
                "line": one.line,
                "code": one.code,
                "message": one.finding.message,
                "expected": one.finding.expected,
                "fix": one.finding.fix,
            }
            for one in mistakes
        ],
        "held": list(loaded.held),
        "partners": [_partner(partner, _channels(loaded, partner)) for partner in partners],
    }


def _partner(partner: Partner, channels: list[Channel]) -> dict[str, Any]:
    return {
        "name": partner.name,
        "title": partner.title,
        "ids": [{"qualifier": each.qualifier, "id": each.id} for each in partner.ids],
        "timezone": partner.timezone,
        "sha256": partner.sha256,
        "channel": msgspec.to_builtins(channels[0]),
        "other_channels": [msgspec.to_builtins(other) for other in channels[1:]],
        "csv_kinds": list(partner.csv_kinds),
        "agreements": [
            {
                "entity": each.entity,
                "direction": each.direction.value,
                "kind": each.kind,
                "usage": each.usage,
                "effective_from": each.effective_from and each.effective_from.isoformat(),
                "effective_to": each.effective_to and each.effective_to.isoformat(),
                "columns": msgspec.to_builtins(each.columns),
                "settings": {key: {"value": shown(each, key), "origin": origin} for key, origin in each.origins},
            }
            for each in partner.agreements
        ],
    }
