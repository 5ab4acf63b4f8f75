"""What `gateway check` says about a channel's door on our HTTP server."""

from __future__ import annotations

from gateway.profiles.http import HttpAccount, HttpServer

PATH = "/api/v1/transmissions"
"""Where files are posted to."""


def about_http(account: HttpAccount, server: HttpServer | None) -> str:
    """Which keys open it, what may be sent, how large, and at which address."""
    names = [f'"{key.name}"' for key in account.keys]
    keys = f"API key {names[0]}" if len(names) == 1 else f"one of the API keys {' and '.join(names)}"
    if server is None:
        return f"HTTP ({keys}) is closed: config/gateway.toml has no [http]."
    types = f" as {' or '.join(account.content_types)}" if account.content_types else ""
    return (
        f"They also come by HTTP: POST {PATH} on port {server.port} of {server.address} with {keys}{types}, up to "
        f"{server.max_body_mb} MB each and {server.bodies_per_channel} at once; their answers can be asked for there."
    )
