"""The only place that names concrete classes: a home's folders and settings become its parts."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime

import structlog

from gateway.archive.local import LocalArchive
from gateway.channels.folder import FolderIntake
from gateway.channels.outbox import FolderOutlet
from gateway.channels.room import Room
from gateway.control import Answer, Listener, Request, only_writer
from gateway.daemon import Daemon, Parts
from gateway.erp import open_erp
from gateway.flow import review
from gateway.flow.due import is_crowded
from gateway.flow.oddity import tell_of_oddities
from gateway.flow.route import Route
from gateway.flow.sealing import Sealing
from gateway.lab.process import Simulator
from gateway.ledger.disk import refuse_network_disk
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.write import Ledger
from gateway.model.outcomes import Refused
from gateway.ports import Erp, Outlet
from gateway.profiles.current import CurrentProfiles
from gateway.profiles.load import load
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
        daemon = Daemon(Parts(route=self.route, intakes=(intake,), refresh=self.current.refresh, sealing=sealing))
        daemon.recover()
        return daemon

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
        if channel not in self._outlets:
            self._outlets[channel] = FolderOutlet(self.home.outbox / channel, self._flushing)
        return self._outlets[channel]

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
