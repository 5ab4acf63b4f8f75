"""Named places where a test may kill the process, so that what survives a crash is proven and not believed.

`GATEWAY_FAILPOINT=archive.kept` ends the process there as `kill -9` would: no clean-up, no exception. The places:
archive.written, archive.placed, archive.kept (bytes durable), intake.claimed, intake.admitted (after commit 1,
before the source is released), outbox.written, outbox.renamed (before commit 3); flow and erp name their own.
"""

import os
import signal


def failpoint(name: str) -> None:
    """End this process at once where the environment asks for it here; else do nothing."""
    if os.environ.get("GATEWAY_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
