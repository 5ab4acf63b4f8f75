"""A real OpenSSH server on the loopback, with a configuration, host keys and a port of its own; ended by its pid."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from gateway.profiles.mailbox import host_key

# sshd wants to be called by its whole path, and is not on the path of ordinary users.
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
KEYGEN = shutil.which("ssh-keygen")

needs_sshd = pytest.mark.skipif(
    not (SSHD and KEYGEN), reason="no sshd here: install Debian's openssh-server and openssh-client"
)


def new_key(path: Path, kind: str = "ed25519", phrase: str = "") -> str:
    """A new key pair; its public half as "type base64"."""
    assert KEYGEN
    bits = ["-b", "2048"] if kind == "rsa" else []  # larger ones take seconds to find
    subprocess.run([KEYGEN, "-q", "-t", kind, *bits, "-N", phrase, "-f", str(path)], check=True)
    key = host_key(path.with_suffix(".pub").read_text("ascii"))
    assert key
    return key


class Sshd:
    """One server; `root` holds its files, `remote` is what its clients see."""

    def __init__(self, root: Path, *host_kinds: str, options: str = "") -> None:
        root.mkdir(exist_ok=True)
        self.root = root
        self.remote = root / "remote"
        for folder in ("out", "in", "done"):
            (self.remote / folder).mkdir(parents=True, exist_ok=True)
        self.user = getpass.getuser()
        self.host_keys = [new_key(root / f"host_{n}", kind) for n, kind in enumerate(host_kinds or ("ed25519",))]
        self.client_key = root / "client"
        public = new_key(self.client_key)
        (root / "authorized").write_text(f"{public}\n")
        self._options = options
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the port it had or a free one."""
        for _ in range(5):
            self.port = self.port or _free_port()
            self._process = self._started()
            if self._answers():
                return
            self.stop()
            self.port = 0
        raise AssertionError((self.root / "log").read_text())

    def stop(self) -> None:
        """End it; a session ends with its client."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        assert SSHD
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it gives up its rights before it trusts anybody
        config = self.root / "sshd_config"
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            *(f"HostKey {self.root}/host_{n}" for n in range(len(self.host_keys))),
            f"PidFile {self.root}/pid",
            f"AuthorizedKeysFile {self.root}/authorized",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "MaxStartups 100",
            "Subsystem sftp internal-sftp",
            self._options,
        ]
        config.write_text("\n".join(lines) + "\n")
        with (self.root / "log").open("ab") as log:
            return subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stdout=log, stderr=log)

    def _answers(self) -> bool:
        assert self._process
        for _ in range(200):
            if self._process.poll() is not None:
                return False
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.02)
        return False


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
