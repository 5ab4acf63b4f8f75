"""An AS2 peer on pyas2lib, which is GPL: a process of its own, in an environment of its own, that the gateway never imports.

Reads a verb and a name in each line, separated by a tab, and answers in one line that begins with "said" and a
tab. Files lie in the folder it is started with: payload, peer.pem (its certificate and key), gateway.crt.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from pyas2lib import Mdn, Message, Organization, Partner  # type: ignore[import-not-found] # lives in an environment of its own

CIPHERS = {"3des": "tripledes_192_cbc", **{f"aes{bits}-cbc": f"aes_{bits}_cbc" for bits in (128, 192, 256)}}


class Peer:
    """It, and the messages it sent."""

    def __init__(self, folder: Path) -> None:
        pem = (folder / "peer.pem").read_bytes()
        self._folder = folder
        self._payload = (folder / "payload").read_bytes()
        self._own = Organization(as2_name="PEER", sign_key=pem, decrypt_key=pem, domain="peer.example")
        self._sent: dict[str, Message] = {}

    def write(self, name: str) -> str:
        """A message to the gateway: "cipher digest compression"."""
        cipher, digest, compression = name.split(" ")
        message = Message(sender=self._own, receiver=self._gateway(cipher, digest, compress=compression == "before"))
        message.build(self._payload, filename="order.edi", content_type="application/octet-stream")
        self._sent[message.message_id] = message
        return self._keep(name, message)

    def answer(self, name: str) -> str:
        """What came from the gateway, and the MDN to it."""
        message = Message()
        raw = (self._folder / f"{name}.mime").read_bytes()
        status, (error, _), mdn = message.parse(raw, lambda _: self._own, lambda _: self._gateway("3des", "sha256"))
        if mdn is not None:
            self._keep(f"{name} mdn", mdn)
        if error is not None:
            return f"{status}: {error}"
        return "equal" if message.payload.get_payload(decode=True) == self._payload else "other bytes"

    def judge(self, name: str) -> str:
        """What an MDN of the gateway says to it."""
        status, detail = Mdn().parse((self._folder / f"{name}.mime").read_bytes(), lambda sent, _: self._sent.get(sent))
        return f"{status}" if detail is None else f"{status}: {detail}"

    def _gateway(self, cipher: str, digest: str, *, compress: bool = False) -> Partner:
        certificate = (self._folder / "gateway.crt").read_bytes()
        return Partner(
            as2_name="GATEWAY",
            verify_cert=certificate,
            encrypt_cert=certificate,
            validate_certs=False,
            sign=True,
            digest_alg=digest,
            encrypt=True,
            enc_alg=CIPHERS[cipher],
            compress=compress,
            mdn_mode="SYNC",
            mdn_digest_alg=digest,
        )

    def _keep(self, name: str, built: Message | Mdn) -> str:
        (self._folder / f"{name}.mime").write_bytes(built.headers_str + b"\r\n" + built.content)
        return "written"


def main() -> None:
    """One answer for each line."""
    logging.disable()
    peer = Peer(Path(sys.argv[1]))
    verbs = {"write": peer.write, "answer": peer.answer, "judge": peer.judge}
    for line in sys.stdin:
        verb, name = line.rstrip("\n").split("\t")
        try:
            said = verbs[verb](name)
        except Exception as error:  # noqa: BLE001 - whatever it fails with is what it says
            said = f"failed: {error!r}"
        print(f"said\t{' '.join(said.split())}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
