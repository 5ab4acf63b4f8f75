"""`gateway`, but that reading a file with DEADLY in it ends the process at once, as a fault in a C library would.

Run as `python -m tests.badinput.deadly run --home ...`.
"""

import os
import signal
import sys

from gateway.cli import main
from gateway.x12.window import Window

MARK = "DEADLY"
_more = Window.more


def _more_or_die(self: Window) -> bool:
    there = _more(self)
    if MARK in self.text:
        os.kill(os.getpid(), signal.SIGKILL)
    return there


if __name__ == "__main__":
    Window.more = _more_or_die  # type: ignore[method-assign] # the fault
    sys.exit(main())
