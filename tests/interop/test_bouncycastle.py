"""BouncyCastle, on which the Java products stand: every cipher, digest and order of compression, both ways."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from gateway.as2 import Built, Cipher, Compress, Digest, Encrypting
from gateway.as2.mime import entity
from tests.as2.parties import LIMITS, arrived, credential, encrypting, pair, sent, signing
from tests.interop.matrix import Case, keep, table

JARS = ("bcmail", "bcpkix", "bcutil", "bcprov", "javax.mail", "javax.activation")
CLASSES = ":".join(f"/usr/share/java/{name}.jar" for name in JARS)
SOURCE = Path(__file__).with_name("bouncycastle") / "Peer.java"
JAVA, JAVAC = shutil.which("java"), shutil.which("javac")
MISSING = [path for path in CLASSES.split(":") if not Path(path).is_file()]
MISSING += [name for name, path in (("java", JAVA), ("javac", JAVAC)) if path is None]
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        bool(MISSING), reason=f"{', '.join(MISSING)} not there: apt-get install libbcmail-java default-jdk-headless"
    ),
]

PAYLOAD = b"ISA*00*~\r\nlone\nline\rends\x00\xff and no last one" + bytes(range(256)) * 40
ORDERS: Mapping[str, Compress | None] = {
    "none": None,
    "before": Compress.BEFORE_SIGNING,
    "after": Compress.AFTER_SIGNING,
}
DIGESTS = (Digest.SHA1, Digest.SHA256, Digest.SHA384, Digest.SHA512)
CBC = (Cipher.AES128_CBC, Cipher.AES192_CBC, Cipher.AES256_CBC, Cipher.TRIPLE_DES)
GCM = (Cipher.AES128_GCM, Cipher.AES192_GCM, Cipher.AES256_GCM)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both sides find keys and messages, and the peer its classes."""
    place = tmp_path_factory.mktemp("bouncycastle")
    for name, file in (("acme", "peer"), ("us", "gateway")):
        pair(name).files(place, file)
    (place / "payload").write_bytes(PAYLOAD)
    subprocess.run([JAVAC or "", "-nowarn", "-cp", CLASSES, "-d", place, SOURCE], check=True)
    return place


def _peer(folder: Path, verb: str, names: list[str]) -> dict[str, str]:
    command = [JAVA or "", "-cp", f"{CLASSES}:{folder}", "Peer", verb, str(folder), *names]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(line.split("\t", 1) for line in ran.stdout.splitlines() if "\t" in line)


def _as_read_here(folder: Path, name: str) -> str:
    path = folder / f"{name}.mime"
    if not path.is_file():
        return "not written"
    outer = entity(memoryview(path.read_bytes()), LIMITS)
    read = arrived(
        (*outer.headers.fields, ("AS2-From", "P"), ("AS2-To", "G"), ("Message-ID", "<1@p>")), bytes(outer.body)
    )
    if read.payload is None:
        return read.fault.finding.code if read.fault else "nothing"
    return "yes" if bytes(read.payload) == PAYLOAD and read.signed else "other bytes"


def _write(folder: Path, name: str, built: Built) -> None:
    fields = "".join(f"{header}: {value}\r\n" for header, value in built.headers)
    (folder / f"{name}.mime").write_bytes(fields.encode() + b"\r\n" + b"".join(built.body))


def test_what_bouncycastle_writes_is_read_and_what_is_written_it_reads(folder: Path) -> None:
    cases: list[Case] = [*product((*CBC, *GCM), DIGESTS, ORDERS)]
    written = _peer(folder, "write", [" ".join(case) for case in cases])
    assert set(written.values()) == {"written"}
    read = {case: _as_read_here(folder, " ".join(case)) for case in cases}

    ours = _ours(folder)
    said = _peer(folder, "read", [" ".join(("ours", *case)) for case in ours])
    answers = {
        case: "yes" if said[" ".join(("ours", *case))] == wanted else said[" ".join(("ours", *case))]
        for case, wanted in ours.items()
    }

    text = "\n\n".join((table("BouncyCastle to the gateway", read), table("The gateway to BouncyCastle", answers)))
    keep("bouncycastle", text)
    assert set(read.values()) == set(answers.values()) == {"yes"}


def _ours(folder: Path) -> dict[Case, str]:
    """What we write for it, and what it is to say of each."""
    wanted = {}
    for cipher, digest, order in product((*CBC, "aes256-cbc, OAEP"), DIGESTS, ORDERS):
        to = Encrypting(recipients=(credential("acme").certificate,), oaep=Digest.SHA256)
        if cipher != "aes256-cbc, OAEP":
            to = encrypting(Cipher(cipher), "acme")
        built = sent(PAYLOAD, signing=signing(digest, by="us"), encrypting=to, compress=ORDERS[order])
        _write(folder, f"ours {cipher} {digest} {order}", built)
        layers = {
            "none": "encrypted signed",
            "before": "encrypted signed compressed",
            "after": "encrypted compressed signed",
        }
        wanted[str(cipher), str(digest), order] = f"{layers[order]} equal"
    return wanted
