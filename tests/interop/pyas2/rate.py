"""How fast pyas2lib is, in its own environment: run by `gateway bench --only as2`, prints two rates per second of CPU.

Arguments: a folder with payload, bench.crt and bench.key; how many messages.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from pyas2lib import Message, Organization, Partner  # type: ignore[import-not-found] # lives in an environment of its own


def main() -> None:
    """Messages built, then messages read and answered with a signed MDN."""
    logging.disable()
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    certificate, payload = (folder / "bench.crt").read_bytes(), (folder / "payload").read_bytes()
    pem = certificate + (folder / "bench.key").read_bytes()
    own = Organization(as2_name="BENCH", sign_key=pem, decrypt_key=pem, domain="bench.example")
    partner = Partner(
        as2_name="BENCH",
        verify_cert=certificate,
        encrypt_cert=certificate,
        validate_certs=False,
        sign=True,
        encrypt=True,
        enc_alg="aes_256_cbc",
        mdn_mode="SYNC",
        mdn_digest_alg="sha256",
    )
    began = time.process_time()
    for _ in range(count):
        message = Message(sender=own, receiver=partner)
        message.build(payload, content_type="application/octet-stream")
    between = time.process_time()
    raw = message.headers_str + b"\r\n" + message.content
    begun = time.process_time()
    for _ in range(count):
        status, _, mdn = Message().parse(raw, lambda _: own, lambda _: partner)
        if status != "processed" or not mdn.content:
            sys.exit(f"pyas2lib did not take its own message: {status}")
    print(count / (between - began), count / (time.process_time() - begun))  # noqa: T201


if __name__ == "__main__":
    main()
