"""Whose interchanges a new partner's are, how they sign, and which of us they are for: read from the sample, or asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import tomlkit

from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Identity, Profiles
from gateway.terminal.onboarding.asking import SAID, Asker, Known, Question
from gateway.terminal.onboarding.scene import Scene
from gateway.terminal.onboarding.wanted import Wanted
from gateway.x12.charset import printable

_ID: Final = re.compile(r"([0-9A-Z]{2})/([!-~](?:[ -~]{0,13}[!-~])?)")


def parties(
    wanted: Wanted, scene: Scene, asker: Asker
) -> tuple[tuple[PartyId, ...], Known | None, Known | None, list[str]]:
    """Whose interchanges they are and which of us they are for."""
    notes: list[str] = []
    senders = [one for one in scene.said("senders") if isinstance(one, PartyId)]
    receivers = [one for one in scene.said("receivers") if isinstance(one, PartyId)]
    if not wanted.ids and len(senders) > 1:
        raise Refused("onboarding.several_senders", senders=", ".join(map(str, senders)))
    found = Known(str(senders[0]), f"as in {scene.source}") if senders else None
    told = ",".join(wanted.ids) or None
    identity = None
    if scene.x12 or told or not scene.tables:
        question = Question("How does it sign interchanges, ISA05/ISA06 (like ZZ/ACMEMED)?", "--id ZZ/ACMEMED")
        identity = asker.settle(question, told, found, lambda text: _free_ids(text, scene.profiles))
    ours = [entity for entity in scene.profiles.entities if any(one in entity.ids for one in receivers)]
    if receivers and not ours:
        known = ", ".join(str(one) for entity in scene.profiles.entities for one in entity.ids)
        notes.append(
            f"The sample is addressed to {receivers[0]}, and we are {known}: such a file waits for a person. "
            "If that id is ours too, add it to [[entity.identity]] in config/gateway.toml."
        )
    return _ids(identity), identity, _entity(wanted, scene, ours, asker), notes


def _entity(wanted: Wanted, scene: Scene, ours: Sequence[Identity], asker: Asker) -> Known | None:
    names = [entity.name for entity in scene.profiles.entities]
    if len(names) == 1 and not wanted.entity:
        return Known(names[0], "the only one of us")
    found = Known(ours[0].name, f"ISA07 and ISA08 of {scene.source}") if len(ours) == 1 else None

    def check(text: str) -> str:
        if text not in names:
            raise Refused("onboarding.no_such_entity", name=text, known=", ".join(names))
        return text

    return asker.settle(
        Question(f"Which of us does it deal with ({', '.join(names)})?", "--entity NAME"), wanted.entity, found, check
    )


def _ids(identity: Known | None) -> tuple[PartyId, ...]:
    return tuple(PartyId(*one.split("/", 1)) for one in identity.value.split(",")) if identity else ()


def _free_ids(text: str, profiles: Profiles) -> str:
    """Identities as they are written; raises Refused where one is none, or belongs to somebody."""
    for one in text.split(","):
        found = _ID.fullmatch(one)
        if not found:
            raise Refused("onboarding.no_identity", value=printable(one)[:60])
        party = PartyId(found[1], found[2])
        owner = profiles.partner_of(party)
        if owner:
            raise Refused("onboarding.identity_taken", id=party, partner=owner.name, title=owner.title)
        ours = profiles.entity_of(party)
        if ours:
            raise Refused("onboarding.identity_ours", id=party, title=ours.title)
    return text


def partner_gs(wanted: Wanted, scene: Scene, ids: Sequence[PartyId]) -> Known | None:
    """How its groups name it, where that is not what its interchanges say."""
    if wanted.gs:
        return Known(_list([wanted.gs]), SAID)
    groups = [str(one) for one in scene.said("group_senders") if one]
    if not groups or set(groups) == {one.id for one in ids}:
        return None
    return Known(_list(groups), f"GS02 of {scene.source}")


def our_gs(scene: Scene, entity: Known | None) -> Known | None:
    """How its groups name us, where that is not how we are named elsewhere."""
    groups = [str(one) for one in scene.said("group_receivers") if one]
    us = next((one for one in scene.profiles.entities if entity and one.name == entity.value), None)
    if us is None or len(groups) != 1 or groups[0] == us.gs:
        return None
    return Known(groups[0], f"GS03 of {scene.source}; elsewhere we are {us.gs}")


def _list(texts: Sequence[str]) -> str:
    return tomlkit.item(list(texts)).as_string()
