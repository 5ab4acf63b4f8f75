"""Secrets by reference: settings say where a secret is kept, and only this reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

# A key or token; what is larger is another file.
LARGEST = 64 * 1024


class Secret(str):
    """Text that does not show itself in a repr, a traceback or a log of the value around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)"


class NotKept(LookupError):  # noqa: N818 - it names what was found
    """There is no secret where the reference points; the text says in which place, and why not."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(place, detail)
        self.place = place
        self.detail = detail


def from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    """The secret in this environment variable."""
    value = environ.get(name, "").strip()
    if not value:
        raise NotKept(f"the environment variable {name}", "it is empty" if name in environ else "it is not set")
    return Secret(value)


def from_file(path: Path) -> Secret:
    """The secret that is all of this file, without spaces and line ends around it."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        value = content.decode("utf-8").strip()
    except OSError as error:
        raise NotKept(f"the file {path}", f"it cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotKept(f"the file {path}", "it is not text") from error
    if not value or len(content) > LARGEST:
        raise NotKept(f"the file {path}", "it is empty" if not value else f"it is larger than {LARGEST} bytes")
    return Secret(value)


class Reference(Protocol):
    """Where a secret is kept: one of the two."""

    @property
    def env(self) -> str | None:
        """The environment variable."""

    @property
    def file(self) -> str | None:
        """The file; relative to the home."""


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """Where secrets are looked up; `wanted` False leaves them alone, for a dry run that posts nothing."""

    home: Path
    environ: Mapping[str, str]
    wanted: bool = True

    def find(self, reference: Reference) -> Secret | None:
        """The secret, None where secrets are not wanted; raises NotKept."""
        if not self.wanted:
            return None
        if reference.env is not None:
            return from_environment(reference.env, self.environ)
        return from_file(self.home / str(reference.file))
