"""Which channels have a mailbox to put answers into, and the one outlet of each. Loads no SSH before there is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from gateway.channels.later import later
from gateway.channels.mailbox.around import SecretOf
from gateway.profiles.agreement import Channel
from gateway.profiles.mailbox import Mailbox

if TYPE_CHECKING:
    from gateway.channels.mailbox.outlet import MailboxOutlet


class MailboxOutlets:
    """The outlets of all mailboxes; `channel` gives the settings in force, `staging` holds a folder for each."""

    def __init__(self, channel: Callable[[str], Channel | None], staging: Path, secret: SecretOf, ended: Event) -> None:
        self._channel = channel
        self._staging = staging
        self._secret = secret
        self._ended = ended
        self._outlets: dict[str, MailboxOutlet] = {}

    def of(self, name: str) -> MailboxOutlet | None:
        """The outlet of this channel; None where its answers go another way. Raises TryLater where nobody can know."""
        found = self._channel(name)
        if found and found.held and (self._staging / name).is_dir():
            raise later("mailbox.held", channel=name)
        if not (found and found.mailbox and found.mailbox.put_into):
            return None
        if name not in self._outlets:
            from gateway.channels.mailbox.outlet import MailboxOutlet  # noqa: PLC0415 - loads SSH, for homes that need it

            settings = partial(self._mailbox, name)
            self._outlets[name] = MailboxOutlet(settings, self._staging / name, self._secret, self._ended)
        return self._outlets[name]

    def _mailbox(self, name: str) -> Mailbox:
        found = self._channel(name)
        if found is None or found.mailbox is None:
            raise later("mailbox.held", channel=name)
        return found.mailbox
