"""What was agreed about our SFTP server: where it listens and how much it bears, and who may log in to which channel."""

from __future__ import annotations

import msgspec

MB = 1 << 20


class SftpServer(msgspec.Struct, frozen=True, kw_only=True):
    """[sftp] of config/gateway.toml: the server runs where it stands there.

    Counts of connections: at once in all, at once before login, at once from one address, at once of one account, and
    new ones from one address in a minute. Sizes are in MB, `quota_*` is what one account may have lying there unfinished.
    """

    address: str = "127.0.0.1"
    port: int = 2222
    connections: int = 200
    unauthenticated: int = 64
    per_address: int = 50
    per_account: int = 10
    connections_per_minute: int = 120
    auth_tries: int = 3
    login_seconds: float = 30.0
    idle_seconds: float = 600.0
    handles: int = 32
    max_file_mb: int = 1024
    quota_mb: int = 4096
    quota_files: int = 1000
    partial_hours: float = 48.0
    keep_days: int = 30


class SftpAccount(msgspec.Struct, frozen=True, kw_only=True):
    """[channel.sftp]: the login of one channel.

    `keys` are public keys as "type base64", without comment. `password` is the argon2 hash of one, None where keys
    alone open. `networks` (CIDR) are where it may come from, anywhere where none is named.
    """

    account: str
    keys: tuple[str, ...] = ()
    password: str | None = None
    networks: tuple[str, ...] = ()
