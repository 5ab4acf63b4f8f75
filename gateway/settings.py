"""The home: which folder this installation is, where everything in it lies, and how a new one is made."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gateway.model.outcomes import Refused

# A Unix socket's path must be shorter than this (108 on Linux, 104 on macOS, with the ending NUL).
_SOCKET_PATH = 104
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Home(msgspec.Struct, frozen=True):
    """An installation, by its folder; every other path follows from it."""

    root: Path

    @property
    def exists(self) -> bool:
        """Whether there is an installation; a folder becomes one by its config."""
        return self.config.is_file()

    @property
    def config(self) -> Path:
        """The file that says who we are."""
        return self.root / "config" / "gateway.toml"

    @property
    def partners(self) -> Path:
        """One TOML file per partner."""
        return self.root / "partners"

    @property
    def samples(self) -> Path:
        """Sample files to try, one folder per partner."""
        return self.partners / "samples"

    @property
    def inbox(self) -> Path:
        """What partners drop, one folder per channel."""
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        """What partners fetch, one folder per channel."""
        return self.root / "outbox"

    @property
    def var(self) -> Path:
        """What the gateway keeps for itself."""
        return self.root / "var"

    @property
    def archive(self) -> Path:
        """Every byte received and sent."""
        return self.var / "archive"

    @property
    def keys(self) -> Path:
        """The keys that sign the trail."""
        return self.var / "keys"

    @property
    def mailboxes(self) -> Path:
        """What is under way between remote mailboxes and us, one folder per channel."""
        return self.var / "mailboxes"

    @property
    def sftp(self) -> Path:
        """What partners upload to our SFTP server, until it is in the archive."""
        return self.var / "sftp"

    @property
    def http(self) -> Path:
        """What partners post over HTTP, while it comes in."""
        return self.var / "http"

    @property
    def ledger(self) -> Path:
        """The SQLite ledger."""
        return self.var / "ledger.db"

    @property
    def lab(self) -> Path:
        """What the bundled ERP simulator booked."""
        return self.var / "lab.db"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.var / "lock"

    @property
    def socket(self) -> Path:
        """Where the daemon answers commands: in var/, or in a short folder of our own where that path is too long."""
        near = self.var / "control.sock"
        if len(os.fsencode(near)) < _SOCKET_PATH:
            return near
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(f"/tmp/gateway-{os.getuid()}") / f"{name}.sock"  # noqa: S108 - open_socket_folder owns and closes it

    def open_socket_folder(self) -> None:
        """Make the socket's folder, for us alone; raises Refused where somebody else has made it."""
        folder = self.socket.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder == self.var:
            return
        found = folder.lstat()  # /tmp is everybody's: a folder or link that waits there may be a trap
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Refused("profile.foreign_socket_folder", folder=folder)
        (self.var / "control.path").write_text(f"{self.socket}\n", "utf-8")  # for people who look for it


def home_at(folder: str | Path) -> Home:
    """The home that this folder is or would be."""
    return Home(Path(folder).expanduser().absolute())


def find_home(named: str | Path | None = None, *, environ: Mapping[str, str] | None = None) -> Home | None:
    """The home in use: `named` (--home), else GATEWAY_HOME, else this folder, else the checkout; None where there is none.

    A home that was named and is none raises Refused: working elsewhere than told would be worse.
    """
    environment = os.environ if environ is None else environ
    told = named or environment.get("GATEWAY_HOME")
    if told:
        home = home_at(told)
        if not home.exists:
            raise Refused("profile.no_home", looked=home.root)
        return home
    return next((home for place in _usual_places() if (home := Home(place)).exists), None)


def home_or_refuse(named: str | Path | None = None, *, environ: Mapping[str, str] | None = None) -> Home:
    """The home in use; raises Refused where there is none."""
    home = find_home(named, environ=environ)
    if home is None:
        raise Refused("profile.no_home", looked=" or ".join(str(place) for place in _usual_places()))
    return home


def _usual_places() -> tuple[Path, ...]:
    return Path.cwd(), Path(__file__).absolute().parent.parent


def init(folder: str | Path) -> Home:
    """Make a home with the sample partners in this folder; one that is a home already only gets the folders it lacks.

    Raises Refused where the folder holds something else. Standard maps are not copied: they come with the program.
    """
    home = home_at(folder)
    if home.root.exists() and not home.root.is_dir():
        raise Refused("profile.not_a_folder", folder=home.root)
    if not home.exists:
        if home.root.exists() and any(home.root.iterdir()):
            raise Refused("profile.foreign_folder", folder=home.root)
        _copy_samples(home)
    for private in (home.var, home.archive, home.keys):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_folders(home, _channels(home))
    return home


def make_folders(home: Home, channels: Iterable[str]) -> None:
    """The folders of these channels, where they are missing."""
    for name in channels:
        (home.inbox / name).mkdir(parents=True, exist_ok=True)
        (home.outbox / name).mkdir(parents=True, exist_ok=True)


def _channels(home: Home) -> Iterator[str]:
    """The hubs of config, then each partner's channel, as far as the files tell; what is wrong with them, `gateway check` tells."""
    pages = sorted(home.partners.glob("*.toml"))
    names = [*_channel_of(home.config), *(_channel_of(page).get("name", page.stem) for page in pages)]
    return (name for name in names if isinstance(name, str) and _CHANNEL.fullmatch(name))


def _channel_of(page: Path) -> dict[str, Any]:
    """The table `channel` of a settings file; empty where there is none or the file cannot be read."""
    try:
        table = tomllib.loads(page.read_text("utf-8-sig")).get("channel")
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _copy_samples(home: Home) -> None:
    package = Path(__file__).absolute().parent
    carried = next((place for place in (package / "_carried", package.parent) if (place / "config").is_dir()), None)
    if carried is None:
        raise Refused("profile.no_samples")
    # Config last: it is what makes the folder a home, so a copy that broke off is not taken for one.
    for part in ("partners", "config"):
        shutil.copytree(carried / part, home.root / part, dirs_exist_ok=True, copy_function=shutil.copyfile)
