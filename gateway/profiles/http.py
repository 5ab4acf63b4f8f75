"""What was agreed about HTTP: where the server listens and how much it bears, and which keys open which channel."""

from __future__ import annotations

import msgspec

MB = 1 << 20


class HttpServer(msgspec.Struct, frozen=True, kw_only=True):
    """[http] of config/gateway.toml: the server runs where it stands there.

    `bodies` and `bodies_per_channel` are how many files may be under way at once. A sender that is silent for
    `idle_seconds`, or takes more than `body_seconds` for one file, is told so and broken off.
    """

    address: str = "127.0.0.1"
    port: int = 8080
    max_body_mb: int = 256
    bodies: int = 32
    bodies_per_channel: int = 8
    connections: int = 256
    idle_seconds: float = 30.0
    body_seconds: float = 900.0


class HttpKey(msgspec.Struct, frozen=True, kw_only=True):
    """One API key, by its name; of the key itself only the SHA-256 (hex), None where secrets are not wanted."""

    name: str
    sha256: str | None


class HttpAccount(msgspec.Struct, frozen=True, kw_only=True):
    """[channel.http]: who may send to one channel, and which content types, without parameters (none named: any)."""

    keys: tuple[HttpKey, ...]
    content_types: tuple[str, ...] = ()
