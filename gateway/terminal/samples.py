"""The sample files: laid into the inbox once, so that the first minute shows every outcome."""

from __future__ import annotations

import shutil
from pathlib import Path

from gateway.settings import Home

_NOTE = "samples-laid-out"


def lay_out_samples(home: Home) -> int:
    """Copy each partner's sample files into its inbox; how many. A home that had them already gets none."""
    note = home.var / _NOTE
    if note.exists() or not home.samples.is_dir():
        return 0
    files = [file for folder in sorted(home.samples.iterdir()) if folder.is_dir() for file in sorted(folder.iterdir())]
    for file in files:
        _drop(file, home.inbox / file.parent.name)
    note.write_text("The sample files were laid into the inbox once; delete this note to have them again.\n", "utf-8")
    return len(files)


def _drop(file: Path, folder: Path) -> None:
    """As a careful sender does it: under a temporary name first."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{file.name}.part"
    shutil.copyfile(file, temporary)
    temporary.rename(folder / file.name)
