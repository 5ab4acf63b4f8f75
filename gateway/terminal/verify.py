"""`archive verify`: every blob hashed again, and references checked both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator

from gateway.ledger import views
from gateway.model.catalogue import reasons
from gateway.settings import Home


def verify(home: Home, *, as_json: bool) -> int:
    """0 where archive and ledger agree on every byte, 1 where something does not fit; each fault is named."""
    from gateway.terminal.look import open_reader  # noqa: PLC0415 - beside its only other user
    from gateway.wiring import open_archive  # noqa: PLC0415 - only commands that need an archive load one

    archive = open_archive(home)
    with open_reader(home).read() as snapshot:
        known = views.blobs(snapshot)
        referred = views.blobs_referred_to(snapshot)
    kept = {blob.sha256: blob.size for blob in archive.blobs()}
    faults = [
        *_faults("archive.missing", (sha for sha in known if sha not in kept)),
        *_faults("archive.unknown", (sha for sha in referred if sha not in known)),
        *_faults("archive.changed", (sha for sha in kept if sha in known and not archive.verify(sha))),
    ]
    # Kept but not written down: a crash between the two, harmless, and the sender still has the file.
    loose = sum(sha not in known for sha in kept)
    if as_json:
        print(
            json.dumps({"schema": "gateway.verify/1", "blobs": len(known), "loose": loose, "faults": faults}, indent=2)
        )
    else:
        for fault in faults:
            print(f"{fault['code']}: {fault['message']}")
        words = "everything fits" if not faults else f"{len(faults)} do not fit"
        print(f"{len(known)} blobs checked, {words}; {loose} kept without being taken (harmless leftovers of a crash).")
    return 1 if faults else 0


def _faults(code: str, shas: Iterator[str]) -> Iterator[dict[str, str]]:
    for sha in shas:
        yield {"code": code, "sha256": sha, "message": reasons()[code].message.format(sha256=sha)}
