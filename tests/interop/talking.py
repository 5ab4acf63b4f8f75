"""A peer that is a program of its own: it is asked in lines and answers in lines; messages lie in files."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.as2 import (
    STRONG_DIGESTS,
    Built,
    Digest,
    Mic,
    Sent,
    answer_to,
    build_mdn,
    judge,
    read_head,
    read_mdn,
)
from gateway.as2.mime import Entity, entity
from tests.as2.parties import LIMITS, arrived, credential, pair, signing


class Talking:
    """The peer's process; ended when one leaves."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [*command, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def asked(self, verb: str, name: str) -> str:
        """What it answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{verb}\t{name}\n")
        self._process.stdin.flush()
        answers = (line.partition("\t") for line in self._process.stdout)
        # Whatever else it prints (Node warns of what it was told to allow) is not for us.
        return next((said.rstrip("\n") for mark, _, said in answers if mark == "said"), "it ended without an answer")

    def to_us(self, name: str, payload: bytes) -> str:
        """It writes, we read and answer with a signed MDN, it judges that: "yes", or what went wrong where."""
        written = self.asked("write", name)
        if written != "written":
            return written
        outer = message_in(self._folder, name)
        read = arrived(outer.headers.fields, bytes(outer.body), keys=(credential("us"),), pinned=(credential("acme"),))
        if read.payload is None or read.mic is None:
            return f"we: {read.fault.finding.code if read.fault else 'nothing'}"
        if bytes(read.payload) != payload:
            return "we: other bytes"
        digest = read.mic.digest or Digest.SHA256
        keep(self._folder, f"{name} ours", build_mdn(answer_to(read, message_id="2@us"), signing(digest, by="us")))
        judged = self.asked("judge", f"{name} ours")
        return "yes" if judged == "processed" else f"its verdict: {judged}"

    def to_them(self, name: str, built: Built, mic: Mic) -> str:
        """We write, it reads and answers with a signed MDN, we judge that: "yes", or what went wrong where."""
        keep(self._folder, name, built)
        read = self.asked("answer", name)
        if read != "equal":
            return read
        outer = message_in(self._folder, f"{name} mdn")
        taken = STRONG_DIGESTS | {Digest.SHA1}
        mdn = read_mdn(
            read_head(outer.headers.fields), outer.body, pinned=[credential("acme")], digests=taken, limits=LIMITS
        )
        judged = judge(mdn, Sent(message_id="PO-7@acme", as2_from="GATEWAY", as2_to="PEER", mic=mic))
        return (
            "yes"
            if judged.standing == "confirmed"
            else f"we: {judged.standing} {[each.code for each in judged.findings]}"
        )


def place(folder: Path, payload: bytes) -> Path:
    """The folder with keys and payload as every peer finds them."""
    for name, file in (("acme", "peer"), ("us", "gateway")):
        pair(name).files(folder, file)
    (folder / "peer.pem").write_bytes(pair("acme").certificate + pair("acme").key)
    (folder / "payload").write_bytes(payload)
    return folder


def keep(folder: Path, name: str, built: Built) -> None:
    """A message as its HTTP headers and body, in a file."""
    fields = "".join(f"{header}: {value}\r\n" for header, value in built.headers)
    (folder / f"{name}.mime").write_bytes(fields.encode("latin-1") + b"\r\n" + b"".join(built.body))


def message_in(folder: Path, name: str) -> Entity:
    """The same, read."""
    return entity(memoryview((folder / f"{name}.mime").read_bytes()), LIMITS)
