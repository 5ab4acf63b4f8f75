"""Named places where a test may kill the process, so that what survives a crash is proven and not believed.

`GATEWAY_FAILPOINT=archive.kept` ends the process there as `kill -9` would: no clean-up, no exception. A place stands
between two steps, and what is durable there is its line in PLACES; a test kills at every one of them.
"""

import os
import signal
from collections.abc import Mapping

PLACES: Mapping[str, str] = {
    # Receive: bytes at the door become ours.
    "intake.vouched": "the sentinel is claimed, the file that it vouches for is not",
    "intake.claimed": "a file is claimed, and not read yet",
    "archive.written": "bytes are in temporary files, not flushed",
    "archive.flushed": "they are flushed, and have no name yet",
    "archive.month": "the month's folder is made, its own name is not flushed",
    "archive.placed": "blobs have their names, the folder is not flushed",
    "archive.kept": "blobs are durable, commit 1 is to come",
    "intake.admitted": "after commit 1: files are ours, their sources are still there",
    "intake.unvouched": "the sentinel of a file that is ours is removed, the file is not",
    "intake.released": "one source is removed, its place and the others of its batch are not",
    "sftp.staged": "an upload is complete under its final name, the daemon is not asked to take it",
    "http.spooled": "a posted file lies whole in var/http, its sender was told nothing",
    "http.admitted": "after commit 1: it is ours, its sender was told nothing",
    "mailbox.fetched": "a remote file is in staging, whole, and not claimed",
    "mailbox.admitted": "after commit 1: remote files are ours, and still lie there",
    "mailbox.released": "one of them is removed there, its claim is not",
    # Translate: files are read, and everything follows from that.
    "translate.claimed": "attempts are counted, nothing is read",
    "translate.part": "some sets of a large interchange are written down, provisionally",
    "translate.read": "files are read, commit 2 is to come",
    "translate.committed": "after commit 2: all that follows is written down, nothing is sent",
    # Deliver: documents to an ERP, answers to an outbox.
    "erp.claimed": "documents are in flight, none is posted",
    "erp.booked": "one is booked by the ERP, the others may be",
    "erp.answered": "all are answered, commit 3 is to come",
    "outbox.claimed": "answers are in flight, none is kept",
    "outbox.kept": "their bytes are in the archive",
    "outbox.written": "they are in the outbox under temporary names, flushed",
    "outbox.renamed": "they have their names, commit 3 is to come",
    "mailbox.uploaded": "one is on a remote host under its temporary name, its size not compared",
    "mailbox.renamed": "it has its name there, and no note of it is here",
    # The trail: what happened is signed.
    "trail.key_written": "the key is in a temporary file",
    "trail.key_kept": "the key is there, its public half is not",
    "trail.due": "events are committed, their checkpoint is signed and not written",
    "trail.inserted": "the checkpoint is written, not committed",
    "trail.sealed": "the checkpoint is committed",
    # The ledger, and the start.
    "ledger.migrated": "the migrations are done, not committed",
    "ledger.commit.N": "all of a transaction is written, not committed, after N commits that changed something",
    "archive.swept": "one leftover of a crash is removed, others are not",
}


def failpoint(name: str) -> None:
    """End this process at once where the environment asks for it here; else do nothing."""
    if os.environ.get("GATEWAY_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
