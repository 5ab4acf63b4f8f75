"""AS2: messages signed and encrypted, read, and answered with a signed MDN, beside pyas2lib doing the same in its own process."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.bench import orders
from gateway.bench.apart import apart, peak_memory
from gateway.bench.figure import Figure

if TYPE_CHECKING:
    from gateway.as2 import Built, Credential

_MB: Final = 1_000_000
# Size of a payload, how many messages, the least ratio to pyas2lib, as the issue asks for it.
_SIZES: Final = ((10_000, 100, 3.0), (_MB, 10, 6.0), (50 * _MB, 1, 5.0))
_RUNS: Final = 3
_MOST_MEMORY: Final = 300.0
# pyas2lib is GPL: it is installed by `make interop`, for tests, and never imported here.
_PEER: Final = (Path("build/interop/pyas2/bin/python"), Path("tests/interop/pyas2/rate.py"))


def as2(folder: Path) -> list[Figure]:
    """Messages per second of process CPU, the best of some runs in fresh processes; and memory for the largest."""
    _make_keys(folder)
    figures: list[Figure] = []
    for size, count, target in _SIZES:
        orders.write_of_size(folder / "payload", size)
        ours = _best(lambda count=count: apart(rates, folder, count))  # type: ignore[misc] # mypy knows no lambda defaults
        theirs = _best(lambda count=count: _rates_of_pyas2lib(folder, count)) if _has_peer() else None  # type: ignore[misc]
        figures += rate_figures(size, ours, theirs, target)
    return [
        *figures,
        memory_figure("to build", apart(peak_to_build, folder)),
        memory_figure("to read", apart(peak_to_read, folder)),
    ]


def _best(run: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    build, read = zip(*(run() for _ in range(_RUNS)), strict=True)
    return max(build), max(read)


def rate_figures(
    size: int, ours: tuple[float, float], theirs: tuple[float, float] | None, target: float
) -> list[Figure]:
    """From messages per second, to build and to read with the MDN; without the peer there is nothing to aim at."""
    said = f"{size // _MB} MB" if size >= _MB else f"{size // 1000} KB"
    return [
        Figure(
            what=f"AS2, {said}: {what}",
            value=ours[at],
            unit="messages/CPU-s",
            beside=theirs[at] if theirs else None,
            beside_what="of pyas2lib" if theirs else "",
            target=target if theirs else None,
        )
        for at, what in enumerate(("signed and encrypted", "read, MDN signed"))
    ]


def memory_figure(what: str, peak: int) -> Figure:
    """From a peak in bytes."""
    return Figure(
        what=f"peak memory, AS2 of 50 MB, {what}",
        value=peak / _MB,
        unit="MB",
        promise="at most",
        target=_MOST_MEMORY,
        gate=True,
    )


def rates(folder: Path, count: int) -> tuple[float, float]:
    """Messages per second of CPU: built; read and answered. Raises ValueError where one does not arrive."""
    credential, payload = _credential(folder), (folder / "payload").read_bytes()
    began = time.process_time()
    for _ in range(count):
        built = _build(credential, payload)
    between = time.process_time()
    body = b"".join(built.body)
    begun = time.process_time()
    for _ in range(count):
        _read(credential, built, body, len(payload))
    return count / (between - began), count / (time.process_time() - begun)


def peak_to_build(folder: Path) -> int:
    """The most memory that building one message needs, its payload given as bytes; the message is left beside it."""
    built = _build(_credential(folder), (folder / "payload").read_bytes())
    with (folder / "message").open("wb") as file:
        file.writelines(built.body)
    (folder / "headers").write_text(json.dumps(built.headers))
    return peak_memory()


def peak_to_read(folder: Path) -> int:
    """The same to read it, its body given as bytes, and to answer it."""
    from gateway.as2 import Built  # noqa: PLC0415 - in the fresh process alone

    fields = tuple((name, value) for name, value in json.loads((folder / "headers").read_text()))
    body = (folder / "message").read_bytes()
    _read(_credential(folder), Built(headers=fields, body=()), body, (folder / "payload").stat().st_size)
    return peak_memory()


def _build(credential: Credential, payload: bytes) -> Built:
    from gateway.as2 import Asked, Encrypting, Outgoing, Signing, build  # noqa: PLC0415 - in the fresh process alone

    return build(
        Outgoing(
            message_id="1@bench.example",
            as2_from="BENCH",
            as2_to="BENCH",
            payload=payload,
            signing=Signing(credential=credential, at=datetime.now(UTC)),
            encrypting=Encrypting(recipients=(credential.certificate,)),
            asking=Asked(to="bench", signed=True),
        )
    )


def _read(credential: Credential, built: Built, body: bytes, size: int) -> None:
    from gateway.as2 import (  # noqa: PLC0415 - in the fresh process alone
        As2Limits,
        Requirements,
        Signing,
        answer_to,
        build_mdn,
        read,
        read_head,
    )

    head = read_head(built.headers)
    read_ = read(head, body, keys=(credential,), pinned=(credential,), requirements=Requirements(), limits=As2Limits())
    if read_.payload is None or len(read_.payload) != size:
        raise ValueError("a message did not arrive as it was sent")
    build_mdn(answer_to(read_, message_id="2@bench.example"), Signing(credential=credential, at=datetime.now(UTC)))


def _has_peer() -> bool:
    return all(path.is_file() for path in _PEER)


def _rates_of_pyas2lib(folder: Path, count: int) -> tuple[float, float]:
    ran = subprocess.run([*_PEER, folder, str(count)], check=True, capture_output=True, text=True)
    build, read = ran.stdout.split()
    return float(build), float(read)


def _credential(folder: Path) -> Credential:
    from gateway.as2 import Credential, Use, read_certificate, read_private_key  # noqa: PLC0415

    pem = (folder / "bench.crt").read_bytes()
    certificate = read_certificate(pem)
    key = read_private_key((folder / "bench.key").read_bytes(), certificate)
    return Credential(certificate=certificate, private_key=key, uses=frozenset(Use))


def _make_keys(folder: Path) -> None:
    """One certificate, RSA with 2048 bits, for both ends."""
    from cryptography import x509  # noqa: PLC0415 - 50 ms that the other measurements should not wait for
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "bench.crt").write_bytes(certificate)
    (folder / "bench.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
