"""Uploads: custody comes before OK, on the request that makes the name final; what broke off can be resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.channels.sftp.coverage import PIECES_AT_MOST
from gateway.channels.sftp.protocol import Flags, Kind, Status, string
from gateway.model.outcomes import Refused
from tests.channels.sftp.talk import NEW, RESUME, NotDone, Talk

SLOW = Refused("sftp.not_taken", name="a.edi", why="the archive is full")
UNKNOWN = Refused("sftp.outcome_unknown", name="a.edi")


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def test_a_close_under_the_final_name_is_answered_after_custody(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"ISA*")
    assert talk.admitted == []
    talk.close(handle)
    assert talk.admitted == [("a.edi", b"ISA*")]
    assert talk.staged() == []


@pytest.mark.parametrize("temporary", ["a.edi.filepart", "a.edi.part", "a.edi.tmp", ".a.edi.x7", "a.edi~"])
@pytest.mark.parametrize("over", [True, False])
def test_under_a_temporary_name_the_rename_is_answered_after_custody(talk: Talk, temporary: str, over: bool) -> None:  # noqa: FBT001
    talk.put(f"/in/{temporary}")
    assert talk.admitted == []
    assert talk.names("/in") == [temporary]
    talk.rename(f"/in/{temporary}", "/in/a.edi", over=over)
    assert talk.admitted == [("a.edi", b"ISA*")]
    assert talk.staged() == []


def test_one_temporary_name_may_become_another(talk: Talk) -> None:
    talk.put("/in/a.tmp")
    talk.rename("/in/a.tmp", "/in/b.part")
    assert (talk.names("/in"), talk.admitted) == (["b.part"], [])


def test_a_close_that_is_not_taken_fails_in_words_and_leaves_nothing(talk: Talk) -> None:
    talk.refusing = SLOW
    with pytest.raises(NotDone, match=r"FAILURE: 'a.edi' was not taken: the archive is full"):
        talk.put("/in/a.edi")
    assert talk.staged() == []
    talk.refusing = None
    talk.put("/in/a.edi")
    assert talk.admitted == [("a.edi", b"ISA*")]


def test_a_rename_that_is_not_taken_fails_and_can_be_asked_again(talk: Talk) -> None:
    talk.put("/in/a.tmp")
    talk.refusing = SLOW
    with pytest.raises(NotDone, match="not taken"):
        talk.rename("/in/a.tmp", "/in/a.edi")
    assert talk.names("/in") == ["a.tmp"]
    talk.refusing = None
    talk.rename("/in/a.tmp", "/in/a.edi")
    assert talk.admitted == [("a.edi", b"ISA*")]


def test_where_nobody_can_say_whether_it_was_taken_it_stays_for_the_daemon(talk: Talk) -> None:
    talk.refusing = UNKNOWN
    with pytest.raises(NotDone, match=r"FAILURE: Whether 'a.edi' was taken"):
        talk.put("/in/a.edi")
    assert talk.staged() == ["complete/a.edi"]


def test_what_was_taken_is_still_told_about_to_a_client_that_looks_after_its_upload(talk: Talk) -> None:
    talk.put("/in/a.edi", b"12345")
    assert talk.size("/in/a.edi") == 5
    talk.put("/in/b.tmp", b"123")
    talk.rename("/in/b.tmp", "/in/b.edi")
    assert talk.size("/in/b.edi") == 3
    assert talk.names("/in") == []
    talk.again()
    with pytest.raises(NotDone, match="NO_SUCH_FILE"):
        talk.size("/in/a.edi")


def test_the_same_name_again_is_another_file(talk: Talk) -> None:
    talk.put("/in/a.edi", b"one")
    talk.put("/in/a.edi", b"two")
    assert talk.admitted == [("a.edi", b"one"), ("a.edi", b"two")]
    assert len(set(talk.keys)) == 2


def test_two_connections_may_send_the_same_name_at_once(talk: Talk) -> None:
    first, one = talk.session, talk.open("/in/a.edi")
    talk.write(one, 0, b"first")
    second = talk.again()
    two = talk.open("/in/a.edi")
    talk.write(two, 0, b"second")
    for talk.session, handle in ((first, one), (second, two)):
        talk.close(handle)
    assert sorted(talk.admitted) == [("a.edi", b"first"), ("a.edi", b"second")]
    assert talk.staged() == []


def test_an_upload_that_broke_off_can_be_resumed_in_another_life(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"first ")
    talk.session.end()
    talk.start()
    assert (talk.names("/in"), talk.size("/in/a.edi")) == (["a.edi"], 6)
    handle = talk.open("/in/a.edi", RESUME | Flags.APPEND)
    talk.write(handle, 6, b"and second")
    talk.close(handle)
    assert talk.admitted == [("a.edi", b"first and second")]
    assert talk.staged() == []


def test_an_upload_that_broke_off_can_be_sent_anew(talk: Talk) -> None:
    for flags in (NEW, RESUME):
        handle = talk.open("/in/a.edi")
        talk.write(handle, 0, b"a long first try")
        talk.session.end()
        handle = talk.open("/in/a.edi", flags)
        talk.write(handle, 0, b"short")
        talk.close(handle)
    assert talk.admitted == [("a.edi", b"short")] * 2
    assert talk.staged() == []


def test_an_upload_whose_connection_hangs_goes_on_over_a_new_one(talk: Talk) -> None:
    hanging = talk.session
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"first ")
    talk.again()
    anew = talk.open("/in/a.edi", RESUME)
    talk.write(anew, 6, b"second")
    fresh, talk.session = talk.session, hanging
    with pytest.raises(NotDone, match="Another connection"):
        talk.write(handle, 6, b"stale!")
    with pytest.raises(NotDone, match="Another connection"):
        talk.close(handle)
    talk.session = fresh
    talk.close(anew)
    assert talk.admitted == [("a.edi", b"first second")]


def test_what_broke_off_or_is_open_cannot_be_renamed_to_a_final_name(talk: Talk) -> None:
    handle = talk.open("/in/a.filepart")
    talk.write(handle, 0, b"half")
    with pytest.raises(NotDone, match="was not closed"):
        talk.rename("/in/a.filepart", "/in/a.edi")
    talk.session.end()
    with pytest.raises(NotDone, match="was not closed"):
        talk.rename("/in/a.filepart", "/in/a.edi")
    assert talk.admitted == []
    assert talk.staged() == ["partial/a.filepart"]


def test_pieces_in_any_order_make_a_whole(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    for offset, piece in ((6, b"gh"), (3, b"def"), (0, b"abc")):
        talk.write(handle, offset, piece)
    talk.close(handle)
    assert talk.admitted == [("a.edi", b"abcdefgh")]


def test_a_file_with_a_hole_is_refused_and_its_first_part_can_be_resumed(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"abc")
    talk.write(handle, 10, b"xyz")
    with pytest.raises(NotDone, match=r"Bytes 3 to 9 of 'a.edi' never came"):
        talk.close(handle)
    assert talk.admitted == []
    assert talk.size("/in/a.edi") == 3


def test_what_has_a_hole_when_the_server_is_killed_is_not_offered_for_resuming(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"abc")
    talk.write(handle, 10, b"xyz")
    assert talk.staged() == ["scattered/a.edi"]
    talk.start()
    assert (talk.names("/in"), talk.staged()) == ([], [])


def test_more_pieces_than_anybody_needs_are_refused(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    for n in range(1, PIECES_AT_MOST + 1):
        talk.write(handle, n * 10, b"x")
    with pytest.raises(NotDone, match="more separate pieces"):
        talk.write(handle, 5, b"x")


@pytest.mark.parametrize("offset", [1 << 20, 1 << 40, (1 << 64) - 8])
def test_a_file_cannot_be_made_larger_than_agreed_by_writing_far_out(talk: Talk, offset: int) -> None:
    talk.limits = Talk(talk.root / "x", max_file_mb=1).limits
    handle = talk.open("/in/a.edi")
    with pytest.raises(NotDone, match="larger than 1 MB"):
        talk.write(handle, offset, b"x")
    talk.write(handle, 0, b"x" * (1 << 20))
    with pytest.raises(NotDone, match="larger than 1 MB"):
        talk.write(handle, 1 << 20, b"x")


def test_a_file_can_be_cut_to_what_was_written_as_scp_does(talk: Talk) -> None:
    handle = talk.open("/in/a.edi", RESUME)
    talk.write(handle, 0, b"abcdef")
    for size in (6, 4):
        talk.ask(Kind.FSETSTAT, handle, b"\0\0\0\1" + size.to_bytes(8, "big"))
    talk.close(handle)
    assert talk.admitted == [("a.edi", b"abcd")]


def test_setting_a_size_is_not_a_way_around(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    with pytest.raises(NotDone, match="OP_UNSUPPORTED"):
        talk.ask(Kind.FSETSTAT, handle, b"\0\0\0\1" + (1 << 40).to_bytes(8, "big"))


def test_times_and_permissions_may_be_set_and_mean_nothing(talk: Talk) -> None:
    talk.put("/in/a.edi")
    talk.ask(Kind.SETSTAT, string(b"/in/a.edi"), b"\0\0\0\x0c", b"\0\0\x81\xff", b"\0" * 8)


def test_what_lies_unfinished_is_bounded_in_bytes(tmp_path: Path) -> None:
    talk = Talk(tmp_path, quota_mb=2)
    talk.put("/in/a.tmp", b"x" * (1 << 20))
    handle = talk.open("/in/b.tmp")
    talk.write(handle, 0, b"x" * (1 << 20))
    with pytest.raises(NotDone, match="larger than 2 MB together"):
        talk.write(handle, 1 << 20, b"x")
    talk.remove("/in/a.tmp")
    talk.write(handle, 1 << 20, b"x")


def test_what_lies_unfinished_is_bounded_in_number(tmp_path: Path) -> None:
    talk = Talk(tmp_path, quota_files=2)
    talk.put("/in/a.tmp")
    talk.put("/in/b.tmp")
    with pytest.raises(NotDone, match="2 unfinished uploads"):
        talk.put("/in/c.tmp")
    talk.rename("/in/a.tmp", "/in/a.edi")
    talk.put("/in/c.tmp")


def test_the_same_name_begun_again_and_again_is_not_a_way_around(tmp_path: Path) -> None:
    talk = Talk(tmp_path, quota_mb=2, quota_files=3)
    handles = [talk.open("/in/a.edi") for _ in range(3)]
    with pytest.raises(NotDone, match="3 unfinished uploads"):
        talk.open("/in/a.edi")
    for handle in handles[:2]:
        talk.write(handle, 0, b"x" * (1 << 20))
    with pytest.raises(NotDone, match="larger than 2 MB together"):
        talk.write(handles[2], 0, b"x")
    for handle in handles:
        talk.close(handle)
    assert (len(talk.admitted), talk.staged()) == (3, [])


def test_nothing_is_begun_while_the_disk_has_no_room(talk: Talk) -> None:
    talk.reserve_mb = 1 << 40
    with pytest.raises(NotDone, match="no room"):
        talk.open("/in/a.edi")
    assert talk.staged() == []


def test_what_nobody_goes_on_with_is_thrown_away(tmp_path: Path) -> None:
    talk = Talk(tmp_path, partial_hours=1.0)
    talk.put("/in/old.tmp")
    talk.clock.now += 3000
    talk.put("/in/young.tmp")
    going_on = talk.open("/in/going-on.edi")
    talk.write(going_on, 0, b"x")
    talk.clock.now += 3000
    talk.room.uploads.expire()
    assert talk.staged() == ["partial/going-on.edi", "waiting/young.tmp"]
    talk.close(going_on)


def test_exclusive_means_that_nothing_is_there(talk: Talk) -> None:
    talk.put("/in/a.tmp")
    with pytest.raises(NotDone, match="is there already"):
        talk.open("/in/a.tmp", NEW | Flags.EXCLUSIVE)


def test_a_plain_rename_does_not_overwrite_and_that_of_openssh_does(talk: Talk) -> None:
    talk.put("/in/a.tmp", b"a")
    talk.put("/in/b.tmp", b"b")
    with pytest.raises(NotDone, match="is there already"):
        talk.rename("/in/a.tmp", "/in/b.tmp")
    talk.rename("/in/a.tmp", "/in/b.tmp", over=True)
    assert talk.staged() == ["waiting/b.tmp"]
    assert talk.size("/in/b.tmp") == 1


def test_a_file_that_becomes_final_replaces_the_try_that_broke_off_under_its_name(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    talk.write(handle, 0, b"half")
    talk.session.end()
    talk.put("/in/a.tmp", b"whole")
    talk.rename("/in/a.tmp", "/in/a.edi")
    assert (talk.admitted, talk.staged()) == ([("a.edi", b"whole")], [])


def test_what_is_written_to_cannot_be_removed(talk: Talk) -> None:
    handle = talk.open("/in/a.edi")
    with pytest.raises(NotDone, match="was not closed"):
        talk.remove("/in/a.edi")
    talk.write(handle, 0, b"x")
    talk.close(handle)
    assert talk.admitted == [("a.edi", b"x")]


def test_an_empty_upload_is_taken_too(talk: Talk) -> None:
    talk.close(talk.open("/in/a.edi"))
    assert talk.admitted == [("a.edi", b"")]


def test_an_empty_upload_that_broke_off_leaves_nothing(talk: Talk) -> None:
    talk.open("/in/a.edi")
    talk.session.end()
    assert talk.staged() == []


def test_open_for_reading_is_refused_in_in(talk: Talk) -> None:
    talk.put("/in/a.tmp")
    with pytest.raises(NotDone) as refused:
        talk.open("/in/a.tmp", Flags.READ)
    assert refused.value.status is Status.PERMISSION_DENIED
