"""What has to fit together: between the lines of one file, between files, and with config. Each rule finds all its mistakes."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

import msgspec

from gateway.profiles.accounts import accounts_are_one_channels
from gateway.profiles.inherit import Config, Inherited, Origin, PartnerFile, inherited, layers_of, nearest, party
from gateway.profiles.locate import Place
from gateway.profiles.mailboxes import mailboxes_are_one_channels
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page
from gateway.profiles.shape import EntityShape
from gateway.profiles.tablecheck import table_mistakes


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """All files together; `existing` names every partner that has a file, sound or not.

    Mistaken values are gone from the shapes but not from the pages: whether something was written at all is asked
    of the page, so that one mistake does not make another.
    """

    config: Config
    partners: tuple[PartnerFile, ...]
    existing: frozenset[str]


def crosscheck(scene: Scene) -> list[Mistake]:
    """Every mistake that no file shows on its own."""
    return [found for rule in RULES for found in rule(scene)]


def entity_of(scene_config: Config, partner: PartnerFile, number: int) -> EntityShape | None:
    """Which of us an agreement is about: the one it names, or the only one there is."""
    entities = scene_config.shape.entity
    name, _ = nearest(layers_of(scene_config, partner, number), "entity")
    if name is None:
        return entities[0] if len(entities) == 1 else None
    return next((entity for entity in entities if entity.name == name), None)


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _at(origin: Origin, fallback: PartnerFile, number: int) -> tuple[Page, int]:
    """The page and line to point at: where the value was set, else the agreement that does without it."""
    page, place = (origin.page, origin.place) if origin.page else (fallback.page, ("agreement", number))
    return page, page.line(place)


def _agreements(scene: Scene) -> Iterator[tuple[PartnerFile, Inherited]]:
    for partner in scene.partners:
        for number in range(len(partner.shape.agreement)):
            entity = entity_of(scene.config, partner, number)
            if entity:
                yield partner, inherited(scene.config, partner, number, entity)


def entities_have_one_name(scene: Scene) -> Iterator[Mistake]:
    """Our names differ."""
    page = scene.config.page
    first: dict[str, int] = {}
    for number, entity in enumerate(scene.config.shape.entity):
        before = first.setdefault(entity.name, number)
        if before != number:
            line = page.line(("entity", number, "name"))
            yield mistake(
                "name_twice", page.name, line, name=entity.name, where=page.origin(("entity", before, "name"))
            )


def identities_are_one_partys(scene: Scene) -> Iterator[Mistake]:
    """No two of us and our partners sign alike."""
    claims: list[tuple[Page, Place, object, str]] = [
        (scene.config.page, ("entity", at, "identity", nth), party(identity), f"ours, {entity.name}")
        for at, entity in enumerate(scene.config.shape.entity)
        for nth, identity in enumerate(entity.identity)
    ]
    claims += [
        (partner.page, ("identity", nth), party(identity), f'partner "{partner.name}"')
        for partner in scene.partners
        for nth, identity in enumerate(partner.shape.identity)
    ]
    first: dict[object, tuple[Page, Place, str]] = {}
    for page, place, identity, owner in claims:
        if identity in first:
            other, where, whose = first[identity]
            yield mistake(
                "identity_twice",
                page.name,
                page.line(place),
                also=(other.name,),
                id=identity,
                other=whose,
                where=other.origin(where),
            )
        else:
            first[identity] = (page, place, owner)


def folders_are_one_partners(scene: Scene) -> Iterator[Mistake]:
    """A folder brings one partner's files, or those of a hub that carries the partner."""
    hubs, config = scene.config.shape.channel, scene.config.page
    first: dict[str, PartnerFile] = {}
    for partner in scene.partners:
        name = channel_name(partner)
        line = partner.page.line(("channel", "name"))
        if name in hubs:
            yield from _behind_hub(scene, partner, name)
        elif name in config.values.get("channel", {}):
            continue  # a hub that is mistaken itself
        elif name in first:
            other = first[name]
            yield mistake(
                "channel_twice",
                partner.page.name,
                line,
                also=(other.page.name,),
                name=name,
                other=f'partner "{other.name}"',
                where=other.page.origin(("channel", "name")),
            )
        else:
            first[name] = partner
    for name, hub in hubs.items():
        for nth, partner_name in enumerate(hub.carries):
            if partner_name not in scene.existing:
                line = config.line(("channel", name, "carries", nth))
                facts = {"name": name, "partner": partner_name, "near": _near(partner_name, scene.existing)}
                yield mistake("carries_unknown", config.name, line, also=(f"partners/{partner_name}.toml",), **facts)


def _behind_hub(scene: Scene, partner: PartnerFile, name: str) -> Iterator[Mistake]:
    where = scene.config.page.origin(("channel", name))
    also = (scene.config.page.name,)
    for key in ("complete", "stable_seconds", "sentinel", "sftp", "mailbox", "http"):
        if getattr(partner.shape.channel, key) is not None:
            line = partner.page.line(("channel", key))
            yield mistake("channel_elsewhere", partner.page.name, line, also=also, name=name, key=key, where=where)
    if partner.name not in scene.config.shape.channel[name].carries:
        line = partner.page.line(("channel", "name"))
        facts = {"name": name, "partner": partner.name, "where": where}
        yield mistake("not_carried", partner.page.name, line, also=also, **facts)


def channel_name(partner: PartnerFile) -> str:
    """The folder a partner's files come through."""
    return partner.shape.channel.name or partner.name


def agreements_name_one_of_us(scene: Scene) -> Iterator[Mistake]:
    """Every agreement is about an entity there is, under an id it has."""
    names = [entity.name for entity in scene.config.shape.entity]
    if len(names) < len(scene.config.page.values["entity"]):
        return  # one of us is mistaken itself
    for partner in scene.partners:
        for number in range(len(partner.shape.agreement)):
            name, origin = nearest(layers_of(scene.config, partner, number), "entity")
            page, line = _at(origin, partner, number)
            if name is None and len(names) > 1:
                yield mistake("entity_unclear", page.name, line, also=(scene.config.page.name,), names=", ".join(names))
            elif name is not None and name not in names:
                facts = {"name": name, "near": _near(name, names)}
                yield mistake("entity_unknown", page.name, line, also=(scene.config.page.name,), **facts)
    for partner, agreement in _agreements(scene):
        ids = [str(party(identity)) for identity in agreement.entity.identity]
        if str(agreement.values["our_id"]) not in ids:
            page, line = _at(agreement.origins["our_id"], partner, agreement.number)
            facts = {"id": agreement.values["our_id"], "name": agreement.entity.name, "ids": ", ".join(ids)}
            yield mistake("our_id_unknown", page.name, line, also=(scene.config.page.name,), **facts)


def targets_exist(scene: Scene) -> Iterator[Mistake]:
    """Documents are posted to an ERP that config describes."""
    targets = scene.config.page.values.get("erp", {})
    for partner, agreement in _agreements(scene):
        for key in ("erp", "test_erp"):
            name = agreement.values.get(key, "erp" if key == "erp" else None)
            if name is not None and name not in targets:
                page, line = _at(agreement.origins[key], partner, agreement.number)
                facts = {"key": key, "name": name, "near": _near(name, targets)}
                yield mistake("erp_unknown", page.name, line, also=(scene.config.page.name,), **facts)


def x12_partners_are_known_by_an_id(scene: Scene) -> Iterator[Mistake]:
    """An X12 file says whose it is by the ids in its ISA."""
    for partner, agreement in _agreements(scene):
        if agreement.own.format == "x12" and not partner.page.values.get("identity"):
            yield mistake("identity_missing", partner.page.name, partner.page.line(("agreement", agreement.number)))


def separators_can_be_told_apart(scene: Scene) -> Iterator[Mistake]:
    """What we write can be read again."""
    for partner, agreement in _agreements(scene):
        separators = agreement.separators
        signs = {key: getattr(separators, key) for key in ("element", "component", "repetition", "segment")}
        page, line = _at(_nearest_separators(scene.config, agreement), partner, agreement.number)
        also = (partner.page.name,)
        for first, second in combinations([*signs, "suffix"], 2):
            sign = getattr(separators, first)
            if sign and sign in getattr(separators, second):
                yield mistake(
                    "separators_clash", page.name, line, also=also, first=first, second=second, value=repr(sign)
                )
        ids = [agreement.values["our_id"].id, agreement.values["our_gs"], *agreement.values["partner_gs"]]
        ids += [identity.id for identity in partner.shape.identity]
        for key, sign in signs.items():
            for id_ in {id_ for id_ in ids if sign in id_}:
                yield mistake("separator_in_id", page.name, line, also=also, first=key, value=repr(sign), id=id_)


def _nearest_separators(config: Config, agreement: Inherited) -> Origin:
    """The nearest place that sets a separator: the one that made the mistake."""
    origins = [origin for key, origin in agreement.origins.items() if key.startswith("separators.") and origin.page]
    return max(
        origins, key=lambda origin: (origin.place[0] == "agreement", origin.page is not config.page), default=Origin()
    )


def logins_are_one_channels(scene: Scene) -> Iterator[Mistake]:
    """A name to log in with opens one channel."""
    yield from accounts_are_one_channels(scene.config, scene.partners)


def mailboxes_are_emptied_once(scene: Scene) -> Iterator[Mistake]:
    """What lies in a remote folder comes by one channel."""
    yield from mailboxes_are_one_channels(scene.config, scene.partners)


def tables_can_be_read(scene: Scene) -> Iterator[Mistake]:
    """What [agreement.csv] says fits its kind and itself."""
    for partner in scene.partners:
        yield from table_mistakes(partner)


def agreements_hold_one_at_a_time(scene: Scene) -> Iterator[Mistake]:
    """They begin before they end, and no two hold on one day for the same kind."""
    for partner in scene.partners:
        page = partner.page
        claims: dict[object, list[tuple[int, date, date]]] = defaultdict(list)
        for number, own in enumerate(partner.shape.agreement):
            since, to = own.effective_from or date.min, own.effective_to or date.max
            if since > to:
                yield mistake("dates_reversed", page.name, page.line(("agreement", number)), since=since, to=to)
                continue
            entity = entity_of(scene.config, partner, number)
            for nth, kind in enumerate(own.kinds):
                line = page.line(("agreement", number, "kinds", nth))
                if kind in own.kinds[:nth]:
                    yield mistake("kind_twice", page.name, line, kind=kind)
                    continue
                place = (entity.name if entity else None, own.direction, kind, own.usage, own.format)
                yield from _overlap(page, line, claims[place], since, to, kind, own.direction)
                claims[place].append((line, since, to))


def _overlap(  # noqa: PLR0913 - an interval, and what it is about
    page: Page, line: int, claims: Sequence[tuple[int, date, date]], since: date, to: date, kind: str, direction: str
) -> Iterator[Mistake]:
    for other, other_since, other_to in claims:
        if since <= other_to and other_since <= to:
            day = max(since, other_since)
            said = "on every day" if day == date.min else f"from {day} on"
            yield mistake("agreements_overlap", page.name, line, day=said, kind=kind, direction=direction, other=other)
            return


RULES: tuple[Callable[[Scene], Iterator[Mistake]], ...] = (
    entities_have_one_name,
    identities_are_one_partys,
    folders_are_one_partners,
    logins_are_one_channels,
    agreements_name_one_of_us,
    targets_exist,
    x12_partners_are_known_by_an_id,
    separators_can_be_told_apart,
    mailboxes_are_emptied_once,
    tables_can_be_read,
    agreements_hold_one_at_a_time,
)
