"""What may stand in config/gateway.toml and in a partner's file: every key, its type and its limits.

Nothing is filled in here: a key that is not written is None, so that inheritance can tell where a value comes from.
"""

from __future__ import annotations

import string
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gateway.model.catalogue import languages
from gateway.profiles.agreement import AckKind, AnswerText, Direction, OnDuplicate, Ta1When
from gateway.profiles.secret_shape import SecretShape
from gateway.profiles.shape_http import HttpAccountShape, HttpShape
from gateway.profiles.shape_limits import LimitsShape
from gateway.profiles.shape_mailbox import MailboxShape
from gateway.profiles.shape_sftp import SftpAccountShape, SftpShape
from gateway.profiles.shape_table import CsvShape
from gateway.profiles.strict import Shape
from gateway.profiles.zone_shape import Timezone

Kind = Literal["850", "855", "856", "810", "997", "999"]


def _language(code: str) -> str:
    if code not in languages():
        raise PydanticCustomError("language_unknown", "", {"known": ", ".join(languages())})
    return code


def _separator(character: str) -> str:
    # Letters, digits and spaces stand in every text; . and - stand in numbers.
    if not character.isascii() or character.isalnum() or character in " .-":
        raise PydanticCustomError("separator_unfit", "", {"value": character})
    return character


def _file_name(template: str) -> str:
    """Only the four names, no path; and our control number, without which two acknowledgments would bear one name."""
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError as error:
        raise PydanticCustomError("file_name_unfit", "", {"value": template}) from error
    names = {name for _, name, _, _ in pieces if name is not None}
    plain = all(not spec and not conversion for _, _, spec, conversion in pieces)
    known = {"control"} <= names <= {"partner", "kind", "control", "number"}
    whole = not template.startswith(".") and not any(c in '/\\<>:"|?*' or not c.isprintable() for c in template)
    if not (plain and known and whole):
        raise PydanticCustomError("file_name_unfit", "", {"value": template})
    return template


def _url(address: str) -> str:
    if address == "lab":
        return address
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise PydanticCustomError("url_unfit", "", {})
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("literal_secret", "", {})
    return address


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Title = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
InterchangeId = Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[!-~]([ -~]*[!-~])?$")]
GroupId = Annotated[str, Field(min_length=2, max_length=15, pattern=r"^[!-~]([ -~]*[!-~])?$")]
Separator = Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_separator)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]
Suffix = Annotated[str, Field(pattern=r"^\.[A-Za-z0-9_-]{1,20}$")]


class IdentityShape(Shape):
    """How an interchange names somebody."""

    qualifier: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
    id: InterchangeId


class EntityShape(Shape):
    """One of us."""

    name: Name
    title: Title
    gs: GroupId
    gln: Annotated[str, Field(pattern=r"^\d{13}$")] | None = None
    contact: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    identity: Annotated[list[IdentityShape], Field(min_length=1)]


class ErpShape(Shape):
    """Where documents are posted."""

    profile: Literal["http_json"] = "http_json"
    url: Annotated[str, AfterValidator(_url)]
    token: SecretShape | None = None
    timeout_seconds: Annotated[Seconds, Field(gt=0, le=600)] = 30.0
    budget_hours: Annotated[Seconds, Field(gt=0, le=720)] = 24.0
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4


class ChannelShape(Shape):
    """A partner's way in and out."""

    name: Name | None = None
    complete: Literal["stable", "rename", "sentinel"] | None = None
    stable_seconds: Annotated[Seconds, Field(ge=0, le=3600)] | None = None
    sentinel: Suffix | None = None
    sftp: SftpAccountShape | None = None
    mailbox: MailboxShape | None = None
    http: HttpAccountShape | None = None


class HubShape(Shape):
    """A way in and out that several partners share."""

    carries: Annotated[list[Name], Field(min_length=1)]
    complete: Literal["stable", "rename", "sentinel"] | None = None
    stable_seconds: Annotated[Seconds, Field(ge=0, le=3600)] | None = None
    sentinel: Suffix | None = None
    sftp: SftpAccountShape | None = None
    mailbox: MailboxShape | None = None
    http: HttpAccountShape | None = None


class SeparatorsShape(Shape):
    """How we write."""

    element: Separator | None = None
    component: Separator | None = None
    repetition: Separator | None = None
    segment: Separator | None = None
    suffix: Literal["none", "CR", "LF", "CRLF"] | None = None


class SettingsShape(Shape):
    """Everything that can be set for everybody, for a partner, or for one agreement; what is nearest holds."""

    entity: Name | None = None
    our_id: IdentityShape | None = None
    our_gs: GroupId | None = None
    partner_gs: Annotated[list[GroupId], Field(min_length=1)] | None = None
    acknowledgment: Annotated[AckKind, Field(strict=False)] | None = None
    acknowledgment_version: Annotated[str, Field(pattern=r"^\d{6}[0-9A-Z]{0,6}$")] | None = None
    acknowledgment_name: Annotated[str, Field(max_length=120), AfterValidator(_file_name)] | None = None
    ta1: Annotated[Ta1When, Field(strict=False)] | None = None
    separators: SeparatorsShape | None = None
    on_duplicate_file: Literal["duplicate", "hold"] | None = None
    on_duplicate_interchange: Annotated[OnDuplicate, Field(strict=False)] | None = None
    on_duplicate_interchange_test: Annotated[OnDuplicate, Field(strict=False)] | None = None
    # A document has at most one effect, so it is never processed "with a warning"; and a rejection would be
    # an acknowledgment of business, which 997 and 999 never give.
    on_duplicate_document: Literal["duplicate", "hold"] | None = None
    duplicate_window_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    reuses_control_numbers: bool | None = None
    partial_acceptance: bool | None = None
    answer_text: Annotated[AnswerText, Field(strict=False)] | None = None
    answer_csv: bool | None = None
    erp: Name | None = None
    test_erp: Name | None = None


class AgreementShape(SettingsShape):
    """What was agreed about some kinds of file."""

    kinds: Annotated[list[Kind], Field(min_length=1)]
    direction: Annotated[Direction, Field(strict=False)]
    format: Literal["x12", "csv"] = "x12"
    csv: CsvShape | None = None
    usage: Literal["P", "T"] | None = None
    timezone: Timezone | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class GatewayShape(Shape):
    """What holds for the whole installation."""

    timezone: Timezone = "UTC"
    disk_reserve_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256


class LabShape(Shape):
    """The bundled ERP simulator."""

    port: Annotated[int, Field(ge=0, le=65535)] = 0


class ConfigShape(Shape):
    """config/gateway.toml."""

    gateway: GatewayShape = GatewayShape()
    entity: Annotated[list[EntityShape], Field(min_length=1)]
    erp: dict[Name, ErpShape] = Field(default_factory=dict)
    channel: dict[Name, HubShape] = Field(default_factory=dict)
    defaults: SettingsShape = SettingsShape()
    limits: LimitsShape = LimitsShape()
    sftp: SftpShape | None = None
    http: HttpShape | None = None
    lab: LabShape = LabShape()


class PartnerShape(Shape):
    """partners/NAME.toml."""

    title: Title
    timezone: Timezone | None = None
    language: Annotated[str, AfterValidator(_language)] | None = None
    identity: list[IdentityShape] = Field(default_factory=list)
    channel: ChannelShape = ChannelShape()
    defaults: SettingsShape = SettingsShape()
    agreement: Annotated[list[AgreementShape], Field(min_length=1)]
