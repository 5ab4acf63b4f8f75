"""pyas2lib in its own process and environment: messages and signed MDNs, both ways."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from gateway.as2 import Asked, Cipher, Compress, Digest, Outgoing, build
from tests.as2.parties import encrypting, signing
from tests.interop.matrix import Case, keep, table
from tests.interop.talking import Talking, place

pytestmark = pytest.mark.interop

HERE = Path(__file__).parents[2] / "build" / "interop" / "pyas2"
RELEASE = "pyas2lib==1.4.4"
PAYLOAD = b"ISA*00*~\r\nlines\r\n" * 50 + bytes(range(256))
ORDERS = {"none": None, "before": Compress.BEFORE_SIGNING, "after": Compress.AFTER_SIGNING}
DIGESTS = (Digest.SHA1, Digest.SHA256, Digest.SHA384, Digest.SHA512)
CBC = (Cipher.AES128_CBC, Cipher.AES192_CBC, Cipher.AES256_CBC, Cipher.TRIPLE_DES)


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of an environment that has pyas2lib, made once under build/."""
    found = HERE / "bin" / "python"
    if not (HERE / "made").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", HERE], check=True, capture_output=True)
            subprocess.run([found, "-m", "pip", "install", "--quiet", RELEASE], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"{RELEASE} cannot be installed: {error}")
        _mend_oscrypto()
        (HERE / "made").touch()
    return found


def _mend_oscrypto() -> None:
    """Its library asks OpenSSL for a version of one digit in each place, and finds none from 3.0.10 on."""
    for path in HERE.glob("lib/python3*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
        text = path.read_text("utf-8")
        path.write_text(text.replace(r"\\b(\\d\\.\\d\\.\\d[a-z]*)\\b", r"\\b(\\d+\\.\\d+\\.\\d+[a-z]*)\\b"), "utf-8")


def test_messages_and_mdns_are_exchanged_with_pyas2lib(python: Path, tmp_path: Path) -> None:
    cases: list[Case] = [*product(CBC, DIGESTS, ORDERS)]
    with Talking([python, Path(__file__).with_name("pyas2") / "peer.py"], place(tmp_path, PAYLOAD)) as peer:
        theirs = {case: peer.to_us(" ".join(case), PAYLOAD) for case in cases if case[2] != "after"}
        ours = {case: _to_them(peer, case) for case in cases}
    text = "\n\n".join((table("pyas2lib to the gateway", theirs), table("The gateway to pyas2lib", ours)))
    keep("pyas2lib", text)
    assert set(theirs.values()) == set(ours.values()) == {"yes"}


def _to_them(peer: Talking, case: Case) -> str:
    cipher, digest, order = case
    built = build(
        Outgoing(
            message_id="PO-7@acme",
            as2_from="GATEWAY",
            as2_to="PEER",
            payload=PAYLOAD,
            content_type="application/octet-stream",
            file_name="order.edi",
            signing=signing(Digest(digest), by="us"),
            encrypting=encrypting(Cipher(cipher), "acme"),
            compress=ORDERS[order],
            asking=Asked(to="gateway@example.org", signed=True, digests=(Digest(digest),)),
        )
    )
    assert built.mic
    return peer.to_them(f"ours {' '.join(case)}", built, built.mic)
