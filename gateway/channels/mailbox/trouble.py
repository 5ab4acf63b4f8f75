"""What can go wrong with a mailbox: an answer that is no, a file that is another, the end of the connection. Told apart here alone."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from paramiko import SSHException
from paramiko.sftp import SFTPError

from gateway.channels.names import shown
from gateway.model.finding import Finding
from gateway.model.outcomes import TryLater

_WORDS: Final = 200


class Unreachable(TryLater):
    """There is no connection, or not any more; `found` tells why. `hopeless`: only a person can mend it."""

    def __init__(self, found: Finding | None, text: str = "", *, hopeless: bool = False) -> None:
        super().__init__(found.message if found else text)
        self.found = found
        self.hopeless = hopeless


class Declined(TryLater):
    """The host answered, and does not do what was asked; the text is what it said."""


class Absent(Declined):
    """There is no such file."""


class Changed(TryLater):
    """The file is not, or no longer, what the listing said; the text says in which way."""


_ANSWERS: Final = (errno.ENOENT, errno.EACCES, errno.EREMOTEIO)


@contextmanager
def asking() -> Iterator[None]:
    """Tell an answer (Absent, Declined) from an end (Unreachable), whatever the host sent and paramiko made of it."""
    try:
        yield
    except TryLater:
        raise
    except OSError as error:
        if error.errno not in _ANSWERS:
            raise Unreachable(
                None, "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
            ) from error
        kind = Absent if error.errno == errno.ENOENT else Declined
        raise kind(said(error.strerror or "it gave no reason")) from error
    except (EOFError, SSHException, SFTPError) as error:
        raise Unreachable(None, str(error) or "the connection was cut") from error
    except Exception as error:  # a reply that is cut or nonsense can trip paramiko anywhere
        raise Unreachable(None, f"it sent something that is not SFTP ({type(error).__name__})") from error


def said(text: str) -> str:
    """What a host said, fit to be shown: on one line, not too long."""
    return shown(text.encode("utf-8", "replace").decode("utf-8"))[:_WORDS].strip()
