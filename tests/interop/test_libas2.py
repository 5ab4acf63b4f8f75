"""libas2 in its own process: a strange peer, which is what makes it a good one."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

from gateway.as2 import Asked, Cipher, Digest, Outgoing, build
from tests.as2.parties import encrypting, signing
from tests.interop.matrix import Case, keep, table
from tests.interop.talking import Talking, place

NODE, NPM = shutil.which("node"), shutil.which("npm")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(NODE is None or NPM is None, reason="node and npm are not installed: apt-get install npm"),
]

HERE = Path(__file__).parents[2] / "build" / "interop" / "libas2"
# With the newest of the two below it, it cannot sign an MDN.
RELEASES = ("libas2@0.8.2", "pkijs@2.1.90", "asn1js@2.0.26")
PAYLOAD = b"ISA*00*~\r\nlines\r\n" * 50  # text with CRLF: what it does to other bytes is its own affair
CIPHERS = ("none", Cipher.AES128_CBC, Cipher.AES192_CBC, Cipher.AES256_CBC)
DIGESTS = (Digest.SHA1, Digest.SHA256, Digest.SHA384, Digest.SHA512)


@pytest.fixture(scope="module")
def node() -> list[str | Path]:
    """The command that runs the peer; its packages are installed once under build/."""
    if not (HERE / "node_modules" / "libas2").is_dir():
        HERE.mkdir(parents=True, exist_ok=True)
        (HERE / "package.json").write_text('{"private": true}\n')
        installed = subprocess.run(
            [NPM or "", "install", "--silent", *RELEASES], cwd=HERE, check=False, capture_output=True, text=True
        )
        if installed.returncode:
            pytest.skip(f"{RELEASES[0]} cannot be installed: {installed.stderr[-200:]}")
    script = HERE / "peer.js"  # where it finds its packages
    script.write_bytes((Path(__file__).with_name("libas2") / "peer.js").read_bytes())
    # It decrypts RSA by PKCS #1 v1.5, which Node 20 refuses unless it is told to.
    return [NODE or "", "--security-revert=CVE-2023-46809", script]


def test_messages_and_mdns_are_exchanged_with_libas2(node: list[str | Path], tmp_path: Path) -> None:
    cases: list[Case] = [(str(cipher), digest, "none") for cipher, digest in product(CIPHERS, DIGESTS)]
    with Talking(node, place(tmp_path, PAYLOAD)) as peer:
        theirs = {case: peer.to_us(" ".join(case), PAYLOAD) for case in cases}
        ours = {case: _to_them(peer, case) for case in cases}
    text = "\n\n".join((table("libas2 to the gateway", theirs), table("The gateway to libas2", ours)))
    keep("libas2", text)
    assert set(theirs.values()) == set(ours.values()) == {"yes"}


def _to_them(peer: Talking, case: Case) -> str:
    cipher, digest, _ = case
    built = build(
        Outgoing(
            message_id="PO-7@acme",
            as2_from="GATEWAY",
            as2_to="PEER",
            payload=PAYLOAD,
            file_name="order.edi",
            signing=signing(Digest(digest), by="us"),
            encrypting=None if cipher == "none" else encrypting(Cipher(cipher), "acme"),
            asking=Asked(to="gateway@example.org", signed=True, digests=(Digest(digest),)),
        )
    )
    assert built.mic
    return peer.to_them(f"ours {' '.join(case)}", built, built.mic)
