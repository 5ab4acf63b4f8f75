"""The daemon: loops that call the three verbs, a clock, a stop signal, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Protocol

import msgspec
import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from gateway.flow.broken import tell_of_profiles
from gateway.flow.deliver import deliver_bytes, deliver_documents
from gateway.flow.due import due_targets
from gateway.flow.receive import receive
from gateway.flow.route import Route
from gateway.flow.sealing import Sealing
from gateway.flow.translate import translate
from gateway.ledger.claim import expire_claims, release_claims
from gateway.model.outcomes import TryLater
from gateway.ports import Admission, Drop, Intake
from gateway.profiles.current import Change

log = structlog.get_logger()
_TRANSLATE, _DELIVER = "translate", "deliver"
_IDLE = 2.0  # seconds between looks for work whose time has come
_REFRESH_SECONDS = 2
_EXPIRE_SECONDS = 60
_SEAL_SECONDS = 1
_STUCK = 30.0  # seconds that a pass waits for files that never become quiet
_PATIENCE = 0.25  # seconds that a loop waits for its turn: more than a batch of small files takes


class Door(Protocol):
    """A server that others ask, besides the ways in: open from the last step of the start to the first of the stop."""

    def start(self) -> None:
        """Begin to answer."""

    def stop(self) -> None:
        """Answer what was asked, and no more."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon turns: the route, the ways in, how to look whether profiles were saved, what seals the trail, and doors."""

    route: Route
    intakes: tuple[Intake, ...]
    refresh: Callable[[], Change]
    sealing: Sealing
    doors: tuple[Door, ...] = ()


class Daemon:
    """All loops of one home. Everything it knows is in the ledger: it may be killed at any instant."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._route = parts.route
        self._loops: dict[str, _Loop] = {}
        self._turn = threading.Lock()
        self._clock = BackgroundScheduler(timezone="UTC")

    def recover(self) -> None:
        """What a process that died was holding is free again; what it had in flight is in doubt."""
        with self._route.ledger.write() as tx:
            release_claims(tx)
        self._look_at_profiles()

    def start(self) -> None:
        """Begin: the loops first, the doors last."""
        self._spawn(_TRANSLATE, self._translate)
        self._spawn(_DELIVER, self._deliver)
        self._clock.add_job(
            self._look_at_profiles, "interval", seconds=_REFRESH_SECONDS, max_instances=1, coalesce=True
        )
        self._clock.add_job(self._expire, "interval", seconds=_EXPIRE_SECONDS, max_instances=1, coalesce=True)
        seal = self._parts.sealing.look
        self._clock.add_job(seal, "interval", seconds=_SEAL_SECONDS, max_instances=1, coalesce=True)
        self._clock.start()
        for intake in self._parts.intakes:
            intake.start(self._admit)
        for door in self._parts.doors:
            door.start()

    def stop(self) -> None:
        """End after what is in hand; nothing is half done afterwards."""
        for door in self._parts.doors:
            door.stop()
        for intake in self._parts.intakes:
            intake.stop()
        if self._clock.running:
            self._clock.shutdown()
        for loop in list(self._loops.values()):
            loop.end()
        for loop in list(self._loops.values()):
            loop.join()
        with self._route.ledger.write() as tx:
            release_claims(tx, self._route.owner)
        self._parts.sealing.finish()

    def one_pass(self) -> None:
        """Do all that can be done now, from this thread: look twice at each file, read, deliver, until nothing is due."""
        deadline = time.monotonic() + _STUCK
        while True:
            moved = sum(intake.look(self._admit) for intake in self._parts.intakes)
            moved += translate(self._route)
            for target in due_targets(self._route):
                moved += self._deliver_to(target)
            waiting = sum(intake.waiting() for intake in self._parts.intakes)
            if moved:
                deadline = time.monotonic() + _STUCK
            elif not waiting or time.monotonic() > deadline:
                self._parts.sealing.finish()
                return
            else:
                time.sleep(0.2)

    def _admit(self, drops: Sequence[Drop]) -> Sequence[Admission]:
        with self._in_turn():
            admissions = receive(self._route, drops)
        self._wake(_TRANSLATE)
        return admissions

    def _translate(self) -> int:
        with self._in_turn():
            done = translate(self._route)
        if done:
            self._wake(_DELIVER)
        return done

    def _deliver(self) -> int:
        """Wake the worker of every target that has something due: a slow ERP holds up nobody but itself."""
        targets = due_targets(self._route)
        for target in targets:
            name = f"{_DELIVER} {target}"
            if name not in self._loops:
                self._spawn(name, partial(self._deliver_to, target))
        return 0

    def _deliver_to(self, target: str) -> int:
        kind, _, channel = target.partition(":")
        if kind == "channel":
            found = self._route.profiles().channel(channel)
            with nullcontext() if found and found.mailbox else self._in_turn():  # a slow host holds up nobody else
                return deliver_bytes(self._route, channel)
        settings = next((one for one in self._route.profiles().targets if one.name == target), None)
        budget = timedelta(hours=settings.budget_hours if settings else 24)
        return deliver_documents(
            self._route, target, concurrency=settings.concurrency if settings else 1, budget=budget
        )

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One batch at a time: loops that fight for the interpreter need a fifth more of it for the same work.

        A courtesy, not a lock: whoever waits behind a large file goes on beside it soon.
        """
        mine = self._turn.acquire(timeout=_PATIENCE)
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    def _look_at_profiles(self) -> None:
        tell_of_profiles(self._route, self._parts.refresh())

    def _expire(self) -> None:
        with self._route.ledger.write() as tx:
            expire_claims(tx)

    def _spawn(self, name: str, step: Callable[[], int]) -> None:
        self._loops[name] = _Loop(name, step)

    def _wake(self, verb: str) -> None:
        for name, loop in list(self._loops.items()):
            if name.startswith(verb):
                loop.wake()


class _Loop:
    """A thread that steps while there is work, and looks again when it is woken or some time has passed."""

    def __init__(self, name: str, step: Callable[[], int]) -> None:
        self._name = name
        self._step = step
        self._woken = threading.Event()  # its own: a wake that came while another loop slept is not lost on this one
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is work."""
        self._woken.set()

    def end(self) -> None:
        """Let it end after what is in hand."""
        self._ending.set()
        self._woken.set()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._woken.clear()  # before the look: what comes during it is seen by the next
            if not self._worked() and not self._ending.is_set():
                self._woken.wait(_IDLE)

    def _worked(self) -> int:
        """One step; whatever goes wrong is logged, waited out and tried again."""
        try:
            return self._step()
        except TryLater as later:
            log.warning("loop.waits", loop=self._name, why=str(later))
        except Exception:
            log.exception("loop.failed", loop=self._name)
        return 0
