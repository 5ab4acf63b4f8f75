"""POST /api/v1/transmissions: taken once for each key, or refused with a reason that a program can act on."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import msgspec
import pytest

from gateway.api.problem import STATUS
from gateway.channels.http import intake
from gateway.model.catalogue import reasons
from gateway.ports import Drop
from gateway.profiles.agreement import Channel
from tests.channels.http.harness import KEY, LENIENT, PATH, WITHIN, Answer, Site, ask, at_once, channel, head, heard
from tests.channels.inbox import eventually

MB = 1 << 20


def test_202_is_said_after_custody_and_names_what_was_taken(site: Site) -> None:
    answer = site.post(b"ISA*00", key="order-1")
    assert answer.status == 202
    assert answer.said == {
        "transmission": 1,
        "name": "a.edi",
        "sha256": hashlib.sha256(b"ISA*00").hexdigest(),
        "size": 6,
        "channel": "acme",
        "status_url": f"{PATH}/1",
    }
    assert answer.headers["location"] == f"{PATH}/1"
    assert (site.desk.taken, site.desk.channels) == ([("a.edi", b"ISA*00")], ["acme"])
    assert eventually(lambda: site.spooled == [])


def test_nothing_is_said_before_it_is_committed(site: Site) -> None:
    may_go_on, told = threading.Event(), list[Answer]()

    def wait(_drop: Drop) -> None:
        may_go_on.wait(WITHIN)

    site.desk.before_reading = wait
    sender = threading.Thread(target=lambda: told.append(site.post()))
    sender.start()
    assert eventually(lambda: site.desk.batches != [])
    time.sleep(0.1)
    assert told == []
    may_go_on.set()
    sender.join()
    assert told[0].status == 202


def test_the_same_key_and_bytes_are_one_transmission_however_often_they_come(site: Site) -> None:
    numbers = {site.post(b"ISA*00", key=key).said["transmission"] for key in ("order-1", "order-1", '"order-1"')}
    assert numbers == {1}
    assert len(site.desk.taken) == 1


def test_the_same_key_with_other_bytes_is_refused_and_says_which_file_it_stands_for(site: Site) -> None:
    assert site.post(b"ISA*00", key="order-1").status == 202
    refused = site.post(b"ISA*01", key="order-1")
    assert (refused.status, refused.code) == (422, "http.key_reused")
    assert "transmission 1" in refused.said["detail"]
    assert len(site.desk.taken) == 1


def test_the_same_key_many_times_at_once_is_one_transmission(site: Site) -> None:
    answers = at_once(12, lambda n: site.post(b"ISA*00" if n % 3 else b"ISA*01", key="order-1"))
    taken = [answer for answer in answers if answer.status == 202]
    assert {answer.said["transmission"] for answer in taken} == {1}
    assert len({answer.said["sha256"] for answer in taken}) == 1
    assert {answer.code for answer in answers if answer not in taken} == {"http.key_reused"}
    assert len(site.desk.taken) == 1


def test_the_same_key_of_another_channel_is_another_file(site: Site) -> None:
    def both(n: int) -> Answer:
        return site.post(f"ISA*{n}".encode(), key="1", Authorization=f"Bearer {('k', 'b')[n] * 32}")

    answers = at_once(2, both)
    assert {answer.said["transmission"] for answer in answers} == {1, 2}
    assert dict(zip(site.desk.channels, site.desk.taken, strict=True)) == {
        "acme": ("a.edi", b"ISA*0"),
        "bolt": ("a.edi", b"ISA*1"),
    }


def test_without_a_key_every_upload_is_a_file_of_its_own(site: Site) -> None:
    assert [site.post().said["transmission"] for _ in range(2)] == [1, 2]


def test_a_key_that_a_sender_may_choose_is_never_that_of_an_upload_without_one(site: Site) -> None:
    site.post()
    key = site.desk.keys[0].removeprefix("http acme ")
    assert (site.post(key=key).status, site.post(key=key).code) == (400, "http.key_unfit")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ü"])
def test_an_unusable_key_is_refused(site: Site, key: str) -> None:
    answer = site.post(key=key)
    assert (answer.status, answer.code) == (400, "http.key_unfit")
    assert site.desk.taken == []


def test_thirty_at_once_are_all_taken_in_few_commits(site: Site) -> None:
    answers = at_once(30, lambda n: site.post(f"ISA*{n}".encode(), key=f"order-{n}"))
    assert {answer.status for answer in answers} == {202}
    assert {answer.said["transmission"] for answer in answers} == set(range(1, 31))
    assert sorted(content for _, content in site.desk.taken) == sorted(f"ISA*{n}".encode() for n in range(30))
    assert len(site.desk.batches) < 30


def test_a_body_in_chunks_of_many_megabytes_arrives_unaltered(site: Site) -> None:
    pieces = [bytes([n]) * 300_000 for n in range(20)]
    answer = site.post(iter(pieces), Content_Type="application/edi-x12")
    assert answer.status == 202
    assert site.desk.taken == [("a.edi", b"".join(pieces))]


# --- Who may send ---


def test_no_key_and_a_wrong_one_are_refused_before_the_body_is_read(site: Site) -> None:
    without = ask(site.door.port, "POST", PATH, b"ISA*")
    assert (without.status, without.code, without.headers["www-authenticate"]) == (401, "http.no_key", "Bearer")
    for header in ({"Authorization": "Bearer " + "x" * 32}, {"X-API-Key": "x"}, {"Authorization": f"Basic {KEY}"}):
        wrong = ask(site.door.port, "POST", PATH, b"ISA*", header)
        assert (wrong.status, wrong.code) in {(401, "http.key_unknown"), (401, "http.no_key")}
    with site.raw(head("Content-Length: 1000000", key="x" * 32)) as connection:  # and sends none of it
        assert heard(connection).code == "http.key_unknown"
    assert site.desk.taken == []


def test_x_api_key_is_as_good(site: Site) -> None:
    assert ask(site.door.port, "POST", PATH, b"ISA*", {"X-API-Key": KEY}).status == 202


def test_two_keys_open_one_channel_while_they_are_exchanged_and_one_taken_away_opens_none(site: Site) -> None:
    [old] = channel("acme").http.keys  # type: ignore[union-attr]
    [new] = channel("acme", key="n" * 32).http.keys  # type: ignore[union-attr]
    acme = site.channels[0].http
    assert acme
    site.channels[0] = msgspec.structs.replace(site.channels[0], http=msgspec.structs.replace(acme, keys=(old, new)))
    assert site.post(Authorization=f"Bearer {'n' * 32}").status == site.post().status == 202
    site.channels[0] = msgspec.structs.replace(site.channels[0], http=msgspec.structs.replace(acme, keys=(new,)))
    assert site.post().code == "http.key_unknown"


def test_while_a_channel_is_held_an_unknown_key_is_asked_to_come_again(site: Site) -> None:
    """The keys of a held channel are not known: that one is good cannot be excluded."""
    site.channels[0] = Channel(name="acme", carries=("acme",), held=True)
    answer = site.post()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "http.settings_unread", "60")
    assert site.post(Authorization=f"Bearer {'b' * 32}").status == 202


# --- What may be sent ---


def test_what_is_declared_too_large_is_refused_before_a_byte_of_it(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, max_body_mb=1)
    for length in (MB + 1, 10**19):
        with site.raw(head(f"Content-Length: {length}")) as connection:
            answer = heard(connection)
            assert (answer.status, answer.code) == (413, "http.too_large")
    assert "1 MB" in answer.said["detail"]
    assert site.post(b"x" * MB).status == 202


def test_what_grows_too_large_in_chunks_is_refused_on_the_way(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, max_body_mb=1)
    pieces = iter([b"x" * 100_000] * 15)
    answer = site.post(pieces)
    assert (answer.status, answer.code) == (413, "http.too_large")
    assert eventually(lambda: site.spooled == [])
    assert site.desk.taken == []


def test_a_client_that_waits_to_be_asked_for_its_body_is_refused_without_it(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, max_body_mb=1)
    with site.raw(head(f"Content-Length: {2 * MB}", "Expect: 100-continue")) as connection:
        assert heard(connection).status == 413
    with site.raw(head("Content-Length: 4", "Expect: 100-continue")) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ISA*")
        assert heard(connection).status == 202


def test_an_empty_body_no_body_and_an_encoded_one_are_refused(site: Site) -> None:
    assert (site.post(b"").status, site.post(b"").code) == (422, "http.empty")
    with site.raw(head()) as connection:
        assert (answer := heard(connection)).status == 411
        assert answer.code == "http.no_length"
    encoded = site.post(b"x", Content_Encoding="gzip")
    assert (encoded.status, encoded.code, encoded.headers["accept-encoding"]) == (415, "http.encoded", "identity")


def test_a_content_type_that_was_not_agreed_is_refused(site: Site) -> None:
    site.channels[0] = channel("acme", content_types=("application/edi-x12", "text/csv"))
    assert site.post(Content_Type="Application/EDI-X12; charset=us-ascii").status == 202
    for kind in ("text/plain", "x" * 500, ""):
        answer = site.post(Content_Type=kind)
        assert (answer.status, answer.code) == (415, "http.content_type")
    assert "application/edi-x12 or text/csv" in answer.said["expected"]


def test_no_room_is_said_before_and_on_the_way(site: Site) -> None:
    site.free = 1000
    answer = site.post(b"x" * 2000)
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "http.no_room", "300")
    assert site.post(iter([b"x" * 1000] * 400)).code == "http.no_room"
    assert eventually(lambda: site.spooled == [])
    assert site.post(b"x" * 500).status == 202


def test_too_many_at_once_of_one_sender_leave_room_for_others(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, bodies_per_channel=2, bodies=3)
    slow = [site.raw(head("Content-Length: 4") + b"IS") for _ in range(2)]
    assert eventually(lambda: len(site.spooled) == 2)
    answer = site.post()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "http.too_many", "5")
    other = f"Bearer {'b' * 32}"
    assert site.post(Authorization=other).status == 202
    slow.append(site.raw(head("Content-Length: 4", key="b" * 32) + b"IS"))
    assert eventually(lambda: len(site.spooled) == 3)
    busy = site.post(Authorization=other)
    assert (busy.status, busy.code) == (503, "http.busy")
    for connection in slow:
        connection.sendall(b"A*")
        assert heard(connection).status == 202
        connection.close()
    assert site.post().status == 202


# --- Names ---


@pytest.mark.parametrize("name", ["", " ", "a/b.edi", "../../etc/passwd", "..", "a\nb", "a\0b", "x" * 201, "\x7f"])
def test_an_unusable_name_is_refused(site: Site, name: str) -> None:
    answer = site.post(name=name)
    assert (answer.status, answer.code) == (400, "http.name_unfit")
    assert site.desk.taken == []


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="order 1.edi"', "order 1.edi"),
        ("attachment; filename*=UTF-8''Bestellung%20M%C3%A4rz.edi", "Bestellung März.edi"),
        ('attachment; filename="Bestellung März.edi"'.encode().decode("latin-1"), "Bestellung März.edi"),
        ("attachment", "upload.edi"),
        (None, "upload.edi"),
    ],
)
def test_a_name_may_stand_in_content_disposition(site: Site, header: str | None, name: str) -> None:
    more: dict[str, Any] = {"Content_Disposition": header} if header else {}
    assert site.post(name=None, Content_Type="application/EDI-X12", **more).status == 202
    assert site.desk.names == [name]


def test_a_hostile_content_disposition_costs_nothing(site: Site) -> None:
    assert site.post(name=None, Content_Disposition='a; filename="' + '";' * 5000).code == "http.name_unfit"


# --- Faults of ours ---


def test_what_could_not_be_taken_is_said_so_and_can_be_sent_again(site: Site) -> None:
    site.desk.refusing.add("a.edi")
    answer = site.post(key="1")
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "http.not_taken", "60")
    site.desk.refusing.clear()
    assert site.post(key="1").status == 202


def test_a_commit_that_broke_off_is_not_said_to_be_nothing(site: Site) -> None:
    site.desk.dies = "after"
    site.desk.dead.set()
    assert site.post(key="1").code == "http.not_known_yet"
    site.desk.dies = None
    assert site.post(key="1").said["transmission"] == 1


def test_a_sender_is_not_kept_waiting_for_ever_and_asks_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PATIENCE", 0.2)
    may_go_on = threading.Event()

    def wait(_drop: Drop) -> None:
        may_go_on.wait(WITHIN)

    site.desk.after_reading = wait
    answer = site.post(key="1")
    may_go_on.set()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "http.not_known_yet", "30")
    monkeypatch.undo()
    assert site.post(key="1").said["transmission"] == 1
    assert len(site.desk.taken) == 1


def test_a_fault_is_a_problem_without_a_stack_trace(site: Site) -> None:
    site.channels = None  # type: ignore[assignment]
    answer = site.post()
    assert (answer.status, answer.code) == (500, "http.fault")
    assert "NoneType" not in str(answer.said)


def test_every_code_has_its_status_and_its_words() -> None:
    assert STATUS.keys() <= reasons().keys()
    ours = {"http.not_readable", "http.not_listening", "http.died"}
    assert {code for code in reasons() if code.startswith("http.")} == STATUS.keys() | ours
