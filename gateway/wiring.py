"""The only place that names concrete classes: a home's folders and settings become its parts."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import NamedTuple

import structlog

from gateway.api.server import ABOUT as HTTP
from gateway.api.server import HttpDoor
from gateway.archive.local import LocalArchive
from gateway.channels.folder import FolderIntake
from gateway.channels.http.intake import HttpIntake
from gateway.channels.mailbox.intake import MailboxIntake
from gateway.channels.mailbox.outlets import MailboxOutlets
from gateway.channels.outbox import FolderOutlet
from gateway.channels.room import Room
from gateway.channels.sftp.child import Where
from gateway.channels.sftp.hostkeys import HostKey, ensure, exchange_keys, prepare_keys, upcoming
from gateway.channels.sftp.intake import ABOUT, SftpIntake
from gateway.channels.sftp.messages import Configure, Login
from gateway.channels.sftp.outlet import SftpOutlet
from gateway.control import Answer, Listener, Request, only_writer
from gateway.daemon import Daemon, Parts
from gateway.erp import open_erp as open_erp  # noqa: PLC0414 - `gateway partner test` asks an ERP too
from gateway.flow import review
from gateway.flow.due import is_crowded
from gateway.flow.fetched import tell_of_fetched
from gateway.flow.oddity import tell_of_oddities
from gateway.flow.route import Route
from gateway.flow.sealing import Sealing
from gateway.flow.ticks import LedgerTicks
from gateway.lab.process import Simulator
from gateway.ledger.disk import refuse_network_disk
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.uploads import number_under
from gateway.ledger.write import Ledger
from gateway.model.outcomes import Refused
from gateway.ports import Erp, Outlet
from gateway.profiles.current import CurrentProfiles
from gateway.profiles.http import HttpServer
from gateway.profiles.load import load
from gateway.profiles.mailbox import Mailbox, SecretPlace
from gateway.profiles.secrets import Keyring
from gateway.settings import Home, make_folders
from gateway.x12.maps import Maps

log = structlog.get_logger()
_FILES_AHEAD = 512  # taken in and not read yet: beyond that, files wait in their folders and take turns
_FLUSHES = 8  # at a time, over all outboxes: real disks take many together
VERBS: dict[str, Callable[[Route, review.Asked], review.Done]] = {
    "release": review.release,
    "replay": review.replay,
    "reject": review.reject,
    "reopen": review.reopen,
}


class Gateway:
    """One home, wired. Made by `open_gateway`, which also owns its lock."""

    def __init__(self, home: Home, lab: Simulator | None) -> None:
        self.home = home
        self.lab = lab
        self.current = CurrentProfiles(home.root)
        self.ledger = open_ledger(home)
        self.archive = LocalArchive(home.archive)
        self._outlets: dict[str, Outlet] = {}
        self._ending = Event()  # what remote hosts are asked meanwhile is broken off
        self._remote = MailboxOutlets(
            lambda name: self.current.get().channel(name), home.mailboxes, self._secret, self._ending
        )
        self._flushing = ThreadPoolExecutor(_FLUSHES, thread_name_prefix="outbox")
        self._erps: dict[str, tuple[object, Erp]] = {}
        self.route = Route(
            owner=f"{socket.gethostname()}:{os.getpid()}",
            ledger=self.ledger,
            archive=self.archive,
            profiles=self.current.get,
            maps=Maps(),
            limits=lambda: self.current.loaded().limits,
            outlet=self._outlet,
            erp=self._erp,
        )

    def daemon(self) -> Daemon:
        """Its daemon, with whatever a dead one held set free."""
        intake = FolderIntake(
            lambda: [channel for channel in self.current.get().channels if not channel.held],
            self.home.inbox,
            odd=lambda standing: tell_of_oddities(self.route, standing),
            room=Room(self.home.var, lambda: self.current.loaded().disk_reserve_mb),
            crowded=lambda: is_crowded(self.route, _FILES_AHEAD),
        )
        with suppress(OSError):  # whoever takes from a folder or puts into it makes it too, and tells what is wrong
            make_folders(self.home, [channel.name for channel in self.current.get().channels])
        self.archive.sweep()
        # Before the first claim: a kill while maps are read must not count against a file.
        self.route.maps.read_all()
        sealing = Sealing(self.ledger, self.home.keys)
        posted = HttpIntake(self._number_under)
        daemon = Daemon(
            Parts(
                route=self.route,
                intakes=(intake, self._mailboxes(), self._sftp_intake(), posted),
                refresh=self.current.refresh,
                sealing=sealing,
                doors=(self._http_door(posted),),
            )
        )
        daemon.recover()
        return daemon

    def _mailboxes(self) -> MailboxIntake:
        """What lies on servers of others."""
        return MailboxIntake(
            lambda: self.current.get().channels,
            self.home.mailboxes,
            secret=self._secret,
            ticks=LedgerTicks(self.route),
            tell=partial(tell_of_oddities, self.route, about="mailbox "),
            room=Room(self.home.var, lambda: self.current.loaded().disk_reserve_mb),
            crowded=lambda: is_crowded(self.route, _FILES_AHEAD),
            ended=self._ending,
        )

    def _sftp_intake(self) -> SftpIntake:
        """The SFTP server as a way in; it is there, and idle, where no [sftp] is."""
        return SftpIntake(
            self._sftp_wanted,
            Where(
                staging=self.home.sftp,
                outbox=self.home.outbox,
                keys=self.home.keys,
                log=self.home.var / "sftp.log",
            ),
            fetched=lambda channel, name: tell_of_fetched(self.route, channel, name),
            odd=lambda standing: tell_of_oddities(self.route, standing, about=ABOUT),
        )

    def _sftp_wanted(self) -> Configure | None:
        """What the SFTP server shall be told now; None for no server."""
        loaded = self.current.loaded()
        if loaded.sftp is None:
            return None
        return Configure(
            server=loaded.sftp,
            logins=tuple(
                Login(channel=channel.name, account=channel.sftp)
                for channel in loaded.profiles.channels
                if channel.sftp
            ),
            reserve_mb=loaded.disk_reserve_mb,
        )

    def _http_door(self, posted: HttpIntake) -> HttpDoor:
        """The HTTP server; it is there, and idle, where no [http] is."""

        def app() -> object:
            from gateway.api.app import create  # noqa: PLC0415 - loads the web
            from gateway.api.edge import Edge  # noqa: PLC0415
            from gateway.api.spool import Spool  # noqa: PLC0415

            room = Room(self.home.var, lambda: self.current.loaded().disk_reserve_mb).left
            spool = Spool(self.home.http, room, lambda: self.current.loaded().http or HttpServer())
            spool.open()
            return create(
                Edge(
                    channels=lambda: self.current.get().channels,
                    spool=spool,
                    room=room,
                    desk=posted,
                    read=self.ledger.read,
                    fetched=partial(tell_of_fetched, self.route),
                )
            )

        return HttpDoor(lambda: self.current.loaded().http, app, odd=partial(tell_of_oddities, self.route, about=HTTP))

    def _number_under(self, channel: str, source_key: str) -> tuple[int, str] | None:
        with self.ledger.read() as snapshot:
            return number_under(snapshot, channel, source_key)

    def handle(self, request: Request) -> Answer:
        """Do what a command asked, once."""
        verb = VERBS.get(request.verb)
        if verb is None:
            return Answer(code="control.verb", text=f"there is no verb {request.verb!r}")
        try:
            done = verb(self.route, review.Asked(**request.arguments, request=request.id))
        except Refused as refused:
            return Answer(code=refused.code, text=str(refused), fix=refused.fix)
        return Answer(done={"case": done.case, "sentence": done.sentence})

    def _outlet(self, channel: str) -> Outlet:
        """Where answers of this channel go as it is configured now."""
        if remote := self._remote.of(channel):
            return remote
        found = self.current.get().channel(channel)
        if found and found.sftp:
            place = f"sftp {channel}"
            if place not in self._outlets:
                root = self.home.outbox / channel
                self._outlets[place] = SftpOutlet(root, self.archive.open, self._flushing)
            return self._outlets[place]
        if channel not in self._outlets:
            self._outlets[channel] = FolderOutlet(self.home.outbox / channel, self._flushing)
        return self._outlets[channel]

    def _secret(self, place: SecretPlace) -> str | None:
        return Keyring(home=self.home.root, environ=os.environ).find(place)

    def _erp(self, name: str) -> Erp:
        """The ERP as configured now; a saved change of its settings opens it anew."""
        settings = next((target for target in self.current.get().targets if target.name == name), None)
        if settings is None:
            raise Refused("erp.not_configured", target=name)
        known, erp = self._erps.get(name, (None, None))
        if erp is None or known != settings:
            erp = open_erp(settings, self.lab.url if self.lab else None)
            self._erps[name] = (settings, erp)
        return erp


@contextmanager
def open_gateway(home: Home, *, lab: bool = False) -> Iterator[Gateway]:
    """Be this home's writer, with the bundled simulator beside it where asked; raises Refused where another process is."""
    with ExitStack() as closing:
        closing.enter_context(only_writer(home))
        simulator = closing.enter_context(start_lab(home)) if lab else None
        gateway = Gateway(home, simulator)
        closing.callback(gateway.ledger.close)
        yield gateway


@contextmanager
def start_lab(home: Home) -> Iterator[Simulator]:
    """The bundled ERP simulator; a wanted port that is busy is named and the next free one used."""
    with Simulator.start(home.lab, load(home.root, secrets=False).lab_port) as simulator:
        yield simulator


@contextmanager
def listening(gateway: Gateway) -> Iterator[None]:
    """Answer commands on the home's socket while the block runs."""
    listener = Listener(gateway.home, gateway.handle)
    listener.start()
    try:
        yield
    finally:
        listener.stop()


class SftpKeys(NamedTuple):
    """The host keys of the SFTP server: those in force, and those that come next."""

    current: tuple[HostKey, ...]
    upcoming: tuple[HostKey, ...]


def sftp_keys(home: Home, *, prepare: bool = False, exchange: bool = False) -> SftpKeys:
    """The host keys, made where there never were any; `prepare` makes the next ones, `exchange` puts them in force."""
    ensure(home.keys)
    if prepare:
        prepare_keys(home.keys)
    if exchange:
        exchange_keys(home.keys)
    return SftpKeys(ensure(home.keys), upcoming(home.keys))


def visit_mailbox(home: Home, mailbox: Mailbox) -> None:
    """Log in there and list what lies there, nothing more. Raises TryLater with what a person should read."""
    from gateway.channels.mailbox.connection import connected  # noqa: PLC0415 - loads SSH

    with connected(mailbox, Keyring(home=home.root, environ=os.environ).find) as session:
        session.listing(os.fsencode(mailbox.take_from or "."))


def open_archive(home: Home) -> LocalArchive:
    """The archive of a home, for checking."""
    return LocalArchive(home.archive)


def open_ledger(home: Home) -> Ledger:
    """The ledger of a home, its schema brought up to date."""
    home.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_network_disk(home.ledger)
    url = f"sqlite:///{home.ledger}"
    bring_up_to_date(url)
    return Ledger(url, lambda: datetime.now(UTC))
