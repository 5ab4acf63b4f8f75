"""Doors with a network before them: our own SFTP server as a partner would find it, and a mailbox on a server of others."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket

from gateway.model.outcomes import TryLater
from gateway.profiles.http import HttpServer
from gateway.profiles.http_words import PATH
from gateway.profiles.mailbox import Mailbox
from gateway.profiles.sftp import SftpAccount, SftpServer
from gateway.settings import Home
from gateway.terminal.onboarding.steps import Step, left_out, well, wrong

_SECONDS = 10.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a server that listens everywhere is reached by here


def sftp_step(home: Home, server: SftpServer | None, account: SftpAccount, *, running: bool) -> Step:
    """Connect as a partner would, as far as one gets without the partner's key: the server answers, with the key we tell."""
    if server is None:
        return wrong(
            f'The account "{account.account}" is closed: config/gateway.toml has no [sftp], so no server runs. Add it.'
        )
    if not running:
        return left_out("Our SFTP server was not tried: it runs while the gateway does (`gateway run`).")
    if not server.port:
        return left_out("Our SFTP server was not tried: its port is any free one ([sftp] port = 0).")
    host = _EVERYWHERE.get(server.address, server.address)
    try:
        shown = _host_key(host, server.port)
    except OSError as error:
        return wrong(f"Our SFTP server does not answer on {host} port {server.port}: {error}. var/sftp.log says why.")
    from gateway.wiring import sftp_keys  # noqa: PLC0415 - loads every adapter

    if shown not in {key.fingerprint for key in sftp_keys(home).current}:
        return wrong(
            f"What answers on {host} port {server.port} shows the key {shown}, which is none of ours: another program?"
        )
    return well(
        f'Our SFTP server answers on {host} port {server.port} with the key {shown}. Logging in as "{account.account}" '
        "is the partner's to try: only it has the private key or the password."
    )


def _host_key(host: str, port: int) -> str:
    """The fingerprint of the key that this server shows; raises OSError where none is shown."""
    from paramiko import SSHException, Transport  # noqa: PLC0415 - loads SSH

    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        transport = Transport(connection)
        try:
            transport.start_client(timeout=_SECONDS)
            blob = transport.get_remote_server_key().asbytes()
        except (SSHException, EOFError) as error:
            raise OSError(str(error) or "it broke off") from error
        finally:
            transport.close()
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def http_step(server: HttpServer | None, *, running: bool) -> Step:
    """Knock without a key: the server answers, and asks for one."""
    if server is None:
        return wrong(
            "Its door on our HTTP server is closed: config/gateway.toml has no [http], so no server runs. Add it."
        )
    if not running or not server.port:
        why = (
            "its port is any free one ([http] port = 0)"
            if running
            else "it runs while the gateway does (`gateway run`)"
        )
        return left_out(f"Our HTTP server was not tried: {why}.")
    host = _EVERYWHERE.get(server.address, server.address)
    where = f"{host} port {server.port}"
    connection = http.client.HTTPConnection(host, server.port, timeout=_SECONDS)
    try:
        connection.request("GET", f"{PATH}/1")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return wrong(f"Our HTTP server does not answer on {where}: {error}. var/gateway.log says why.")
    finally:
        connection.close()
    if status != http.HTTPStatus.UNAUTHORIZED:
        return wrong(
            f"What answers on {where} is not our HTTP server: without a key it says {status}. Another program?"
        )
    return well(f"Our HTTP server answers on {where} and lets nobody in without a key.")


def mailbox_step(home: Home, mailbox: Mailbox) -> Step:
    """Log in at the mailbox and look, without taking anything."""
    from gateway.wiring import visit_mailbox  # noqa: PLC0415 - loads every adapter

    where = f"{mailbox.user}@{mailbox.address}"
    try:
        visit_mailbox(home, mailbox)
    except TryLater as trouble:
        return wrong(f"The mailbox {where} cannot be used: {trouble}")
    listed = f", and {mailbox.take_from} can be listed" if mailbox.take_from else ""
    return well(f"The mailbox {where} shows a key that is pinned and lets us in{listed}.")
