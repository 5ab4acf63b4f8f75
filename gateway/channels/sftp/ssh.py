"""SSH as we speak it: paramiko with the weak algorithms taken away and a bound on what a stranger may send."""

from __future__ import annotations

import socket

import paramiko
from paramiko.packet import Packetizer

CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",  # for clients of many years
)
HOST_KEYS = ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256")

LONGEST_PACKET = 256 * 1024
"""Bytes of an SSH packet, as OpenSSH has it; we announce 32 KB for channels."""

LONGEST_BANNER = 4096
"""Bytes before the first packet."""

_HANDSHAKE_SECONDS = 15.0


class BoundedPacketizer(Packetizer):  # type: ignore[misc] # paramiko has no types
    """Reads no packet and no banner without end: paramiko believes whatever length a packet says it has."""

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:  # noqa: FBT001, FBT002 - paramiko's signature
        """So many bytes; raises SSHException where nobody honest would send them."""
        if not 0 <= n <= LONGEST_PACKET:
            raise paramiko.SSHException(f"a packet of {n} bytes")
        content: bytes = super().read_all(n, check_rekey)
        return content

    def _read_timeout(self, timeout: float) -> bytes:
        piece: bytes = super()._read_timeout(timeout)
        self._banner = getattr(self, "_banner", 0) + len(piece)
        if self._banner > LONGEST_BANNER:
            raise paramiko.SSHException("a banner without end")
        return piece


def open_transport(connection: socket.socket, keys: list[paramiko.PKey]) -> paramiko.Transport:
    """Our end of a new connection, not started yet."""
    # Without it small answers wait for the client's acknowledgment of the last: eleven times slower (measured).
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    transport = paramiko.Transport(connection, packetizer_class=BoundedPacketizer)
    transport.local_version = "SSH-2.0-gateway"
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = _HANDSHAKE_SECONDS
    options = transport.get_security_options()
    options.ciphers, options.digests, options.key_types = CIPHERS, MACS, HOST_KEYS
    options.kex = tuple(one for one in KEX if one in options.kex)  # the first needs a recent cryptography
    for key in keys:
        transport.add_server_key(key)
    return transport
