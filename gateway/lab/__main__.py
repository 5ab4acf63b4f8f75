"""`python -m gateway.lab --effects PATH --port 0`: run the ERP simulator until whoever started it is gone.

One JSON line on standard output says where it listens: {"port": N}, or {"port": N, "busy": M} where the wanted
port M was taken. It lives as long as its standard input is open (a terminal: until Ctrl-C) and its parent is there.
"""

import argparse
import errno
import json
import os
import select
import sys
from pathlib import Path
from threading import Thread

from gateway.lab.effects import Effects
from gateway.lab.simulator import Simulator

_TRIED_PORTS = 50
_LAST_PORT = 65535
_LOOK_SECONDS = 0.5


def main() -> int:
    """Listen, say where, serve, end with the parent."""
    asked = _arguments()
    parent = os.getppid()
    effects = Effects(asked.effects)
    try:
        server = _listening(asked.port, effects)
        port = server.server_address[1]
        said = {"port": port} if asked.port in (0, port) else {"port": port, "busy": asked.port}
        print(json.dumps(said), flush=True)  # noqa: T201 - it is what the parent waits for
        Thread(target=_end_with_parent, args=(server, parent), daemon=True).start()
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        effects.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.lab", description="The bundled ERP simulator.")
    parser.add_argument("--effects", type=Path, required=True, help="the SQLite file that keeps what was booked")
    parser.add_argument("--port", type=int, default=0, help="the port wanted; 0 takes any free one (the default)")
    asked = parser.parse_args()
    if not 0 <= asked.port <= _LAST_PORT:
        parser.error(f"--port is 0 to {_LAST_PORT}")
    return asked


def _listening(wanted: int, effects: Effects) -> Simulator:
    """Listen on the wanted port, or on the next free one."""
    # Zero at the end lets the system choose where all of these are taken.
    for port in [*range(wanted, min(wanted + _TRIED_PORTS, _LAST_PORT + 1)), 0] if wanted else [0]:
        try:
            return Simulator(port, effects)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == 0:
                raise
    raise AssertionError("port 0 was tried last")


def _end_with_parent(server: Simulator, parent: int) -> None:
    """Stop serving when standard input ends or the parent is another one.

    The pipe tells at once, and also where the parent was killed; the parent's id tells where some other child of
    it holds the pipe open still.
    """
    watched = [] if sys.stdin is None or sys.stdin.isatty() else [0]
    while os.getppid() == parent:
        if select.select(watched, [], [], _LOOK_SECONDS)[0] and not os.read(0, 4096):
            break
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
