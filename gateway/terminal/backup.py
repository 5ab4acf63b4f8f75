"""`gateway backup`: a copy of a home that is a home itself, taken while the gateway runs, and checked before it bears its name.

The ledger is copied first, then the archive: bytes are archived before the ledger tells of them and never removed, so
the copy holds everything that its ledger refers to.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from gateway.model.outcomes import Refused
from gateway.settings import Home

# What a home cannot do without, beside the ledger. Guides are of this installation; standard maps come with the program.
_PARTS = ("var/archive", "var/keys", "config", "partners", "edi_maps/guides", "outbox")
# Where a copy would hold itself, or partners could read it.
_OUTSIDE_OF = ("var", "inbox", "outbox", "config", "partners", "edi_maps")


def backup(home: Home, folder: Path) -> int:
    """0 where `folder` is a whole copy now; 1 where something in it does not fit, and then it is called `.unfinished`.

    Raises Refused where there is nothing to copy, or where the folder holds something or lies inside of the home's own.
    """
    from gateway.terminal.verify import verify  # noqa: PLC0415 - loads an archive, which the other commands need not

    target = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - Path.resolve would follow links
    unfinished = target.with_name(f"{target.name}.unfinished")
    _refuse(home, target, unfinished)
    unfinished.mkdir(mode=0o700, parents=True)
    _copy(home, Home(unfinished))
    os.sync()  # the copy is on stable storage before it bears its name
    if verify(Home(unfinished), as_json=False):
        print(f"Something in this copy does not fit, and most likely in {home.root} neither. It stays in {unfinished}.")
        return 1
    unfinished.rename(target)
    print(f"{target} is a whole copy, with the key that signs the trail: keep it where nobody else can read it.")
    return 0


def _refuse(home: Home, target: Path, unfinished: Path) -> None:
    if not home.ledger.is_file():
        raise Refused("review.no_ledger", home=home.root)
    within = target.resolve()
    inside = next((name for name in _OUTSIDE_OF if within.is_relative_to((home.root / name).resolve())), None)
    if inside is not None:
        raise Refused("backup.inside", folder=target, inside=home.root / inside)
    for path in (target, unfinished):
        if path.is_symlink() or (path.exists() and (not path.is_dir() or path == unfinished or any(path.iterdir()))):
            raise Refused("backup.exists", folder=path)


def _copy(home: Home, copy: Home) -> None:
    copy.var.mkdir(mode=0o700)
    _copy_ledger(home.ledger, copy.ledger)
    for part in _PARTS:
        if (home.root / part).is_dir():
            # Links stay links: whoever may write into an outbox must not choose what is copied.
            shutil.copytree(home.root / part, copy.root / part, symlinks=True, copy_function=_copy_file)


def _copy_ledger(ledger: Path, copy: Path) -> None:
    """One snapshot by SQLite's own online copy; a plain copy of a ledger that is written to would be torn."""
    began = time.time()
    try:
        with (
            closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as into,
        ):
            source.backup(into)
            into.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it that could be forgotten
    except sqlite3.DatabaseError as error:
        raise Refused("ledger.unreadable", why=error) from error
    os.utime(copy, (began, began))  # what came later is newer than this file: docs/operator.md finds it by that


def _copy_file(source: str, copy: str) -> None:
    """With its times and rights; one that was fetched meanwhile, or is no file, is left out."""
    with suppress(FileNotFoundError):
        if Path(source).is_symlink() or Path(source).is_file():
            shutil.copy2(source, copy, follow_symlinks=False)
