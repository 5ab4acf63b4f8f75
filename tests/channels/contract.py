"""What every channel keeps, tested with the same words over each of them.

A channel joins by a `Stage` (how a partner sends through it, how its daemon dies and comes back) and a subclass of
`ChannelContract` with a fixture `stage`, started.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal, Protocol

import pytest

from gateway.ports import Admission, Drop
from tests.channels.inbox import Desk, eventually

HOSTILE = ("a b.edi", "Bestellung März.edi", "注文.edi", "-rf", "a;b$(c).edi", "x" * 180 + ".edi", "%2e%2e%2f.edi")
WITHIN = 20.0


class MortalDesk(Desk):
    """A desk whose daemon can be made to die, before or after what it was offered is committed."""

    def __init__(self) -> None:
        super().__init__()
        self.dies: Literal["before", "after"] | None = None
        self.reached = threading.Event()
        self.dead = threading.Event()
        self.seen: list[str] = []

    def __call__(self, drops: Sequence[Drop]) -> Sequence[Admission]:
        self.seen += [drop.source_key for drop in drops]
        admissions = [] if self.dies == "before" else super().__call__(drops)
        if self.dies:
            self.reached.set()
            self.dead.wait(WITHIN)
            raise RuntimeError("it is dead")
        return admissions


class Stage(Protocol):
    """One channel as its partner and its daemon see it."""

    desk: MortalDesk

    def start(self) -> None:
        """The daemon starts: its way in offers to the desk."""

    def stop(self) -> None:
        """The daemon stops in good order."""

    def die(self) -> None:
        """The daemon is gone without a word to anybody, the desk's last answer with it."""

    def put(self, name: str, content: bytes) -> bool:
        """A partner sends a whole file; whether it was told yes, or (a folder tells nothing) put it there."""

    def half(self, name: str, content: bytes) -> None:
        """A partner begins to send a file, and is gone."""

    def lies(self) -> list[str]:
        """What still lies at the source."""


class ChannelContract:
    """Every channel's promises. `says_yes`: the channel tells its sender whether the file was taken."""

    says_yes = True

    def test_what_is_taken_is_in_custody_and_gone_from_its_source(self, stage: Stage) -> None:
        assert stage.put("a.edi", b"ISA*")
        assert eventually(lambda: stage.desk.taken == [("a.edi", b"ISA*")])
        assert eventually(lambda: stage.lies() == [])

    def test_its_source_is_not_released_and_nobody_is_told_yes_before_custody(self, stage: Stage) -> None:
        at_the_desk, may_go_on, told = threading.Event(), threading.Event(), list[bool]()

        def wait(_drop: Drop) -> None:
            at_the_desk.set()
            may_go_on.wait(WITHIN)

        stage.desk.before_reading = wait
        sender = threading.Thread(target=lambda: told.append(stage.put("a.edi", b"ISA*")))
        sender.start()
        assert at_the_desk.wait(WITHIN)
        assert len(stage.lies()) == 1
        assert told == [] or not self.says_yes
        may_go_on.set()
        sender.join()
        assert eventually(lambda: (stage.desk.names, stage.lies()) == (["a.edi"], []))

    def test_what_is_not_taken_is_said_so_or_stays(self, stage: Stage) -> None:
        stage.desk.refusing.add("a.edi")
        yes = stage.put("a.edi", b"ISA*")
        if self.says_yes:
            assert not yes
            assert stage.lies() == []
        else:
            assert eventually(lambda: len(stage.desk.seen) == 1)
            assert len(stage.lies()) == 1
        assert stage.desk.taken == []

    def test_half_a_file_is_never_taken(self, stage: Stage) -> None:
        stage.half("half.edi", b"ISA*" * 1000)
        assert stage.put("whole.edi", b"ISA*")
        assert eventually(lambda: stage.desk.names == ["whole.edi"])

    @pytest.mark.parametrize("dies", ["before", "after"])
    def test_dead_before_or_after_the_commit_it_is_offered_again_under_its_key(
        self, stage: Stage, dies: Literal["before", "after"]
    ) -> None:
        """One key is one transmission: the desk knows it again."""
        stage.desk.dies = dies
        sender = threading.Thread(target=stage.put, args=("a.edi", b"ISA*"))
        sender.start()
        assert stage.desk.reached.wait(WITHIN)
        stage.die()
        sender.join()
        assert len(stage.lies()) == 1
        stage.desk.dies = None
        stage.start()
        assert eventually(lambda: stage.lies() == [])
        assert len(set(stage.desk.seen)) == 1
        assert set(stage.desk.taken) == {("a.edi", b"ISA*")}

    def test_the_same_name_and_bytes_again_are_a_file_of_their_own(self, stage: Stage) -> None:
        for _ in range(2):
            assert stage.put("a.edi", b"ISA*")
            assert eventually(lambda: stage.lies() == [])
        assert eventually(lambda: len(set(stage.desk.keys)) == 2)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_names_are_kept_as_they_were_given(self, stage: Stage, name: str) -> None:
        assert stage.put(name, b"ISA*")
        assert eventually(lambda: stage.desk.names == [name])

    def test_an_empty_file_is_not_lost(self, stage: Stage) -> None:
        assert stage.put("empty.edi", b"")
        assert eventually(lambda: stage.desk.taken == [("empty.edi", b"")] or len(stage.lies()) == 1)

    def test_files_that_come_one_after_another_are_taken_in_their_order(self, stage: Stage) -> None:
        names = [f"{n:02}.edi" for n in range(12)]
        for name in names:
            assert stage.put(name, b"ISA*")
        assert eventually(lambda: len(stage.desk.names) == len(names))
        assert stage.desk.names == names

    def test_a_stop_leaves_nothing_half_taken_and_the_next_start_goes_on(self, stage: Stage) -> None:
        assert stage.put("a.edi", b"ISA*")
        assert eventually(lambda: stage.desk.names == ["a.edi"])
        stage.stop()
        assert stage.lies() == []
        stage.start()
        assert stage.put("b.edi", b"ISA*")
        assert eventually(lambda: stage.desk.names == ["a.edi", "b.edi"])
