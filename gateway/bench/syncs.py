"""Counts the fsync and fdatasync calls of a process, SQLite's included, by what this machine offers: strace, or a C compiler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import msgspec

# --seccomp-bpf stops the process at these two calls alone; without it every call would be slowed down.
_STRACE: Final = ("strace", "-f", "-y", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o")
_CALL: Final = re.compile(rb"\bf(?:data)?sync\(\d+<([^>]*)>")
_SHIM: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void note(int fd) {
  char link[64], path[1024], line[1100];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  int size = snprintf(line, sizeof line, "fsync(%d<%s>)\n", fd, path);
  int log = open(getenv("GATEWAY_BENCH_SYNCS"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (log >= 0) { if (write(log, line, size) < 0) {} close(log); }
}
int fsync(int fd) { note(fd); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { note(fd); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """How a process is to be started so that its calls are written to `log`: words before its command, and environment."""

    way: str
    log: Path
    before: tuple[str, ...] = ()
    environment: dict[str, str] = {}

    def so_far(self) -> int:
        """How far the log is now, in bytes."""
        return self.log.stat().st_size if self.log.exists() else 0

    def files(self, since: int) -> list[str]:
        """The file or folder of each call after that point of the log."""
        return [os.fsdecode(path) for path in _CALL.findall(self.log.read_bytes()[since:])]


def counter(folder: Path) -> Counter | None:
    """A way to count that works here, None where there is none; nothing is installed for it."""
    return _with_strace(folder) or _with_compiler(folder)


def _with_strace(folder: Path) -> Counter | None:
    if shutil.which("strace") is None or not _runs(*_STRACE, os.devnull, "true"):
        return None
    log = folder / "syncs.strace"
    return Counter(way="strace", log=log, before=(*_STRACE, str(log)))


def _with_compiler(folder: Path) -> Counter | None:
    source, library, log = folder / "syncs.c", folder / "syncs.so", folder / "syncs.log"
    if shutil.which("cc") is None or not Path("/proc/self/fd").is_dir():
        return None
    source.write_text(_SHIM, "utf-8")
    if not _runs("cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"):
        return None
    return Counter(
        way="a preloaded library made with cc",
        log=log,
        environment={"LD_PRELOAD": str(library), "GATEWAY_BENCH_SYNCS": str(log)},
    )


def _runs(*command: str) -> bool:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0
