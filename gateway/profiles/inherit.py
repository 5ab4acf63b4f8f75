"""Inheritance: an agreement's own settings, then its partner's, then everybody's, then the default; and where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gateway.model.identifiers import PartyId
from gateway.profiles.agreement import (
    AckKind,
    Agreement,
    AnswerText,
    Identity,
    OnDuplicate,
    Separators,
    Ta1When,
)
from gateway.profiles.locate import Place
from gateway.profiles.page import Page
from gateway.profiles.shape import AgreementShape, ConfigShape, EntityShape, PartnerShape, SettingsShape
from gateway.profiles.tables import column_map

SUFFIXES = {"none": "", "CR": "\r", "LF": "\n", "CRLF": "\r\n"}
DEFAULT = "default"

# Settings that are written as they are read; the others are worked out below.
_PLAIN = (
    "acknowledgment",
    "acknowledgment_version",
    "acknowledgment_name",
    "ta1",
    "on_duplicate_file",
    "on_duplicate_interchange",
    "on_duplicate_interchange_test",
    "on_duplicate_document",
    "duplicate_window_days",
    "reuses_control_numbers",
    "partial_acceptance",
    "answer_text",
    "answer_csv",
    "erp",
    "test_erp",
)

# Settings of the X12 side: a table has no envelope to check, answer or compare.
X12_ONLY = (
    "acknowledgment",
    "acknowledgment_version",
    "acknowledgment_name",
    "ta1",
    "separators",
    "our_gs",
    "partner_gs",
    "on_duplicate_interchange",
    "on_duplicate_interchange_test",
    "reuses_control_numbers",
    "usage",
    "test_erp",
)

_WITHOUT_ENVELOPE = {"acknowledgment": AckKind.NONE, "ta1": Ta1When.NEVER, "reuses_control_numbers": True}
_IN_WORDS = {"answer_text": AnswerText.ALWAYS, "answer_csv": True}


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value was set; no page for a default."""

    page: Page | None = None
    place: Place = ()

    def __str__(self) -> str:
        return self.page.origin(self.place) if self.page else DEFAULT


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One table of settings, and where it stands."""

    page: Page
    place: Place
    settings: SettingsShape


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """config/gateway.toml and what it says."""

    page: Page
    shape: ConfigShape


class PartnerFile(msgspec.Struct, frozen=True, kw_only=True):
    """partners/<name>.toml and what it says."""

    name: str
    page: Page
    shape: PartnerShape


class Inherited(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement with everything it inherits, for all its kinds: the values, and where each was set."""

    number: int
    own: AgreementShape
    entity: EntityShape
    separators: Separators
    values: dict[str, Any]
    origins: dict[str, Origin]

    def agreements(self, partner: str, sha256: str) -> Iterator[Agreement]:
        """One for each kind."""
        origins = tuple((key, str(origin)) for key, origin in sorted(self.origins.items()))
        for kind in self.own.kinds:
            yield Agreement(
                columns=column_map(self.own.csv, kind, str(self.origins["columns"])) if self.own.csv else None,
                partner=partner,
                kind=kind,
                entity=self.entity.name,
                direction=self.own.direction,
                usage=self.own.usage,
                effective_from=self.own.effective_from,
                effective_to=self.own.effective_to,
                separators=self.separators,
                sha256=sha256,
                origins=origins,
                **self.values,
            )


def layers_of(config: Config, partner: PartnerFile, number: int) -> tuple[Layer, ...]:
    """The tables that decide the partner's agreement of this number, nearest first."""
    return (
        Layer(page=partner.page, place=("agreement", number), settings=partner.shape.agreement[number]),
        Layer(page=partner.page, place=("defaults",), settings=partner.shape.defaults),
        Layer(page=config.page, place=("defaults",), settings=config.shape.defaults),
    )


def nearest(layers: Sequence[Layer], *key: str) -> tuple[Any, Origin]:
    """The value of the nearest layer that sets it, None where none does."""
    for layer in layers:
        value: Any = layer.settings
        for step in key:
            value = getattr(value, step, None)
        if value is not None:
            return value, Origin(page=layer.page, place=(*layer.place, *key))
    return None, Origin()


def inherited(config: Config, partner: PartnerFile, number: int, entity: EntityShape) -> Inherited:
    """The partner's agreement of this number, with `entity`, as all layers together make it."""
    layers = layers_of(config, partner, number)
    found = {key: nearest(layers, key) for key in _PLAIN} | _parties(config, partner, layers, entity)
    found["timezone"] = _timezone(config, partner, layers)
    found["language"] = partner.shape.language, _written(partner, ("language",))
    if partner.shape.agreement[number].format == "csv":
        found |= _of_table(partner, number, found)
    else:
        found["answer_csv"] = False, Origin()  # there are no rows to answer
    separators = {f"separators.{key}": nearest(layers, "separators", key) for key in Separators.__struct_fields__}
    return Inherited(
        number=number,
        own=partner.shape.agreement[number],
        entity=entity,
        separators=Separators(
            **{
                key.removeprefix("separators."): SUFFIXES.get(value, value)
                for key, (value, _) in separators.items()
                if value is not None
            }
        ),
        values={
            key: OnDuplicate(value) if key.startswith("on_duplicate") else value
            for key, (value, _) in found.items()
            if value is not None
        },
        origins={key: origin for key, (_, origin) in (found | separators).items()}
        | {"columns": _written(partner, ("agreement", number, "csv"))},
    )


def _of_table(partner: PartnerFile, number: int, found: dict[str, tuple[Any, Origin]]) -> dict[str, tuple[Any, Origin]]:
    """What a table does without because it has no envelope; and that its sender, who reads no X12, is told in words."""
    origin = Origin(page=partner.page, place=("agreement", number, "format"))
    fixed = {key: (value, origin) for key, value in _WITHOUT_ENVELOPE.items()}
    return fixed | {key: (value, origin) for key, value in _IN_WORDS.items() if found[key][0] is None}


def _written(partner: PartnerFile, place: Place) -> Origin:
    return Origin(page=partner.page, place=place) if place in partner.page.lines else Origin()


def _parties(
    config: Config, partner: PartnerFile, layers: Sequence[Layer], entity: EntityShape
) -> dict[str, tuple[Any, Origin]]:
    """Our id and the codes of both in GS: where no layer says them, what the entity and the partner are called anyway."""
    ours = ("entity", config.shape.entity.index(entity))
    our_id, id_origin = nearest(layers, "our_id")
    our_gs, our_gs_origin = nearest(layers, "our_gs")
    partner_gs, partner_gs_origin = nearest(layers, "partner_gs")
    return {
        "our_id": (party(our_id), id_origin)
        if our_id
        else (party(entity.identity[0]), Origin(page=config.page, place=(*ours, "identity", 0))),
        "our_gs": (our_gs, our_gs_origin) if our_gs else (entity.gs, Origin(page=config.page, place=(*ours, "gs"))),
        "partner_gs": (tuple(partner_gs), partner_gs_origin)
        if partner_gs
        else (tuple(each.id for each in partner.shape.identity), Origin(page=partner.page, place=("identity",))),
    }


def _timezone(config: Config, partner: PartnerFile, layers: Sequence[Layer]) -> tuple[str, Origin]:
    """Inherited like the others, but the partner's stands at the top of its file and ours under [gateway]."""
    value, origin = nearest(layers, "timezone")
    if value:
        return value, origin
    if partner.shape.timezone:
        return partner.shape.timezone, Origin(page=partner.page, place=("timezone",))
    ours = ("gateway", "timezone")
    return config.shape.gateway.timezone, Origin(
        page=config.page, place=ours
    ) if ours in config.page.lines else Origin()


def party(identity: Any) -> PartyId:  # noqa: ANN401 - the shape of an identity, wherever it stands
    """An identity as the wire has it."""
    return PartyId(identity.qualifier, identity.id)


def identity_of(entity: EntityShape) -> Identity:
    """One of us, as the rest of the gateway knows it."""
    return Identity(
        name=entity.name,
        title=entity.title,
        ids=tuple(party(identity) for identity in entity.identity),
        gs=entity.gs,
        gln=entity.gln,
        contact=entity.contact,
    )
