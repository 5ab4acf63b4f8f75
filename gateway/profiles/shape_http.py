"""What may stand in [http] of config/gateway.toml, and in the [channel.http] of a partner or a hub."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.profiles.http import HttpServer
from gateway.profiles.secret_shape import SecretShape
from gateway.profiles.shape_sftp import listen_address
from gateway.profiles.strict import Shape

_USUAL = HttpServer()
_Count = Annotated[int, Field(ge=1, le=10_000)]
_Seconds = Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)]
_KeyName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
_ContentType = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$")]


class HttpShape(Shape):
    """The HTTP server."""

    address: Annotated[str, AfterValidator(listen_address)] = _USUAL.address
    port: Annotated[int, Field(ge=0, le=65535)] = _USUAL.port
    max_body_mb: Annotated[int, Field(ge=1, le=65_536)] = _USUAL.max_body_mb
    bodies: _Count = _USUAL.bodies
    bodies_per_channel: _Count = _USUAL.bodies_per_channel
    connections: _Count = _USUAL.connections
    idle_seconds: _Seconds = _USUAL.idle_seconds
    body_seconds: _Seconds = _USUAL.body_seconds

    def server(self) -> HttpServer:
        """The same, for the rest of the gateway."""
        return HttpServer(**self.model_dump())


class HttpAccountShape(Shape):
    """Who may send to a channel: keys by their names, two or more while they are exchanged."""

    keys: Annotated[dict[_KeyName, SecretShape], Field(min_length=1)]
    content_types: list[_ContentType] = Field(default_factory=list)
