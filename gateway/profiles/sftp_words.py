"""What `gateway check` says about a channel's login on our SFTP server."""

from __future__ import annotations

from gateway.profiles.sftp import SftpAccount, SftpServer


def about_login(account: SftpAccount, server: SftpServer | None) -> str:
    """Who may log in, how, from where and at which address."""
    keys = "1 key" if len(account.keys) == 1 else f"{len(account.keys)} keys"
    ways = [keys] if account.keys else []
    ways += ["a password"] if account.password is not None or not account.keys else []
    origin = f"from {', '.join(account.networks)}" if account.networks else "from any address"
    if server is None:
        return f'SFTP account "{account.account}" ({" or ".join(ways)}, {origin}) is closed: config/gateway.toml has no [sftp].'
    return (
        f'They also come by SFTP: account "{account.account}" logs in with {" or ".join(ways)}, {origin}, on port '
        f"{server.port} of {server.address}; what is owed lies in out/, ack/ and error/ there."
    )
