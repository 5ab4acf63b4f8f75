"""What may stand in [sftp] of config/gateway.toml, and in the [channel.sftp] of a partner or a hub."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.profiles.secret_shape import SecretShape
from gateway.profiles.sftp import SftpServer
from gateway.profiles.strict import Shape

KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
LEAST_RSA_BITS = 2048
_USUAL = SftpServer()
_Positive = Annotated[int, Field(ge=1, le=100_000)]
_Seconds = Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)]


def listen_address(text: str) -> str:
    """An address that a server of ours may listen at; refuses names, which may come to mean another one."""
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise PydanticCustomError("listen_address_unfit", "", {"value": text}) from error
    return text


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise PydanticCustomError("network_unfit", "", {"value": text, "detail": str(error)}) from error


def _public_key(line: str) -> str:
    """The type and the key of an authorized_keys line. Options before them are refused: nothing here would keep them."""
    if "PRIVATE KEY" in line:
        raise PydanticCustomError("literal_secret", "", {})
    kind, key, *_ = [*line.split(maxsplit=2), "", ""]
    if kind not in KEY_TYPES:
        raise PydanticCustomError("ssh_key_unfit", "", {"detail": "it does not begin with a type of key we take"})
    try:
        blob = base64.b64decode(key, validate=True)
        parts = _parts(blob)
    except (binascii.Error, ValueError) as error:
        raise PydanticCustomError("ssh_key_unfit", "", {"detail": "its second word is cut or changed"}) from error
    if len(parts) < 2 or parts[0] != kind.encode():  # noqa: PLR2004 - its type, and what it is made of
        raise PydanticCustomError("ssh_key_unfit", "", {"detail": "its two words do not belong together"})
    if kind == "ssh-rsa" and int.from_bytes(parts[-1], "big").bit_length() < LEAST_RSA_BITS:
        raise PydanticCustomError("ssh_key_unfit", "", {"detail": f"RSA needs at least {LEAST_RSA_BITS} bits"})
    return f"{kind} {key}"


def _parts(blob: bytes) -> list[bytes]:
    """The strings of RFC 4251 section 5 that a key is made of; raises ValueError where it is not."""
    parts = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            raise ValueError("cut")
        parts.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return parts


class SftpShape(Shape):
    """The SFTP server."""

    address: Annotated[str, AfterValidator(listen_address)] = _USUAL.address
    port: Annotated[int, Field(ge=0, le=65535)] = _USUAL.port
    connections: _Positive = _USUAL.connections
    unauthenticated: _Positive = _USUAL.unauthenticated
    per_address: _Positive = _USUAL.per_address
    per_account: _Positive = _USUAL.per_account
    connections_per_minute: _Positive = _USUAL.connections_per_minute
    auth_tries: Annotated[int, Field(ge=1, le=9)] = _USUAL.auth_tries
    login_seconds: _Seconds = _USUAL.login_seconds
    idle_seconds: _Seconds = _USUAL.idle_seconds
    handles: Annotated[int, Field(ge=2, le=1000)] = _USUAL.handles
    max_file_mb: Annotated[int, Field(ge=1, le=65_536)] = _USUAL.max_file_mb
    quota_mb: Annotated[int, Field(ge=1, le=1_048_576)] = _USUAL.quota_mb
    quota_files: _Positive = _USUAL.quota_files
    partial_hours: Annotated[float, Field(ge=0.01, le=8760, allow_inf_nan=False)] = _USUAL.partial_hours
    keep_days: Annotated[int, Field(ge=1, le=3660)] = _USUAL.keep_days

    def server(self) -> SftpServer:
        """The same, for the rest of the gateway."""
        return SftpServer(**self.model_dump())


class SftpAccountShape(Shape):
    """Who may log in to a channel."""

    account: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")] | None = None
    keys: list[Annotated[str, Field(max_length=8000), AfterValidator(_public_key)]] = Field(default_factory=list)
    password: SecretShape | None = None
    networks: list[Annotated[str, AfterValidator(_network)]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _some_way_in(self) -> SftpAccountShape:
        if not self.keys and self.password is None:
            raise PydanticCustomError("sftp_no_way_in", "", {})
        return self
