"""The simulated ERP over its own doors: it books once per key, lists what it booked, and fails on demand."""

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from gateway.lab import simulator
from gateway.lab.faults import SCENARIOS
from gateway.lab.process import Simulator

BODY: dict[str, Any] = {"business_key": "PO-7", "revision": 0, "partner": "northclinic", "document": {"number": "7"}}


class Client:
    """A client that keeps its connections and shows every answer as (status, JSON)."""

    def __init__(self, lab: Simulator) -> None:
        self.lab = lab
        self.pool = urllib3.connection_from_url(lab.url, maxsize=8, retries=False, timeout=5)

    def post(self, key: str, *, kind: str = "850", timeout: float = 5, **other: object) -> tuple[int, dict[str, Any]]:
        """Post BODY, with `other` in place of its fields."""
        return self.send("POST", f"/documents/{kind}", json.dumps(BODY | other), key=key, timeout=timeout)

    def send(
        self, method: str, path: str, body: str | None = None, *, key: str = "", timeout: float = 5
    ) -> tuple[int, Any]:
        """One call."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = self.pool.urlopen(method, path, body=body, headers=headers, timeout=timeout, retries=False)
        return answer.status, json.loads(answer.data)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Simulator.start(tmp_path_factory.mktemp("lab") / "lab.db") as lab:
        client = Client(lab)
        yield client
        client.pool.close()


@pytest.fixture
def erp(running: Client) -> Iterator[Client]:
    yield running
    running.lab.heal()


def booked(erp: Client, key: str) -> list[dict[str, Any]]:
    return [effect for effect in erp.lab.effects() if effect["key"] == key]


def test_the_same_post_again_gets_the_same_id(erp: Client) -> None:
    status, first = erp.post("again")
    assert (status, first["replayed"]) == (201, False)
    assert erp.post("again") == (200, {"id": first["id"], "replayed": True})
    assert [effect["posts"] for effect in booked(erp, "again")] == [2]


@pytest.mark.parametrize("other", [{"document": {"number": "8"}}, {"partner": "acme"}, {"kind": "855"}])
def test_another_post_under_the_same_key_is_a_conflict(erp: Client, other: dict[str, Any]) -> None:
    key = f"conflict-{[*other]}"
    _, first = erp.post(key)
    status, said = erp.post(key, **other)
    assert (status, said["code"], said["id"]) == (409, "idempotency.conflict", first["id"])
    assert [(effect["kind"], effect["posts"]) for effect in booked(erp, key)] == [("850", 2)]


def test_eight_threads_with_one_key_make_one_effect(erp: Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda _: erp.post("one"), range(80))]
    assert sorted(status for status, _ in answers) == [200] * 79 + [201]
    assert len({said["id"] for _, said in answers}) == 1
    assert [effect["posts"] for effect in booked(erp, "one")] == [80]


def test_a_booked_document_is_found_by_its_key_and_no_other(erp: Client) -> None:
    _, first = erp.post("found")
    status, effect = erp.send("GET", "/documents?key=found")
    assert (status, effect["id"], effect["business_key"]) == (200, first["id"], "PO-7")
    assert erp.send("GET", "/documents?key=other")[0] == 404


def test_effects_are_listed_in_order_and_from_any_place_on(erp: Client) -> None:
    ids = [erp.post(f"paged-{n}", kind=kind)[1]["id"] for n, kind in enumerate(("850", "810", "856", "855", "867"))]
    assert [i.partition("-")[0] for i in ids] == ["PO", "INV", "ASN", "OR", "DOC"]
    assert [effect["id"] for effect in erp.lab.effects()][-5:] == ids
    status, rest = erp.send("GET", f"/effects?after={ids[1]}")
    assert (status, [effect["id"] for effect in rest]) == (200, ids[2:])
    assert erp.send("GET", f"/effects?after={ids[4]}") == (200, [])


def test_a_long_list_of_effects_comes_whole(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        client = Client(lab)
        ids = [client.post(f"k{n}")[1]["id"] for n in range(1203)]
        assert [effect["id"] for effect in lab.effects()] == ids
        client.pool.close()


def test_every_scenario_but_down_has_its_function() -> None:
    assert {*simulator._FAULTY, "down"} == {*SCENARIOS}  # noqa: SLF001 - two tables that must agree


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [("429", 429, "busy"), ("503", 503, "busy"), ("500", 500, "internal"), ("refuse", 422, "refused")],
)
def test_a_refusing_fault_books_nothing(erp: Client, scenario: str, status: int, code: str) -> None:
    erp.lab.fault(scenario)
    said = erp.post(f"not-{scenario}")
    assert (said[0], said[1]["code"]) == (status, code)
    assert not booked(erp, f"not-{scenario}")


def test_a_busy_erp_says_when_to_come_back(erp: Client) -> None:
    erp.lab.fault("429", retry_after=7)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "busy"}
    answer = erp.pool.urlopen("POST", "/documents/850", body=json.dumps(BODY), headers=headers)
    assert answer.headers["Retry-After"] == "7"


def test_a_duplicate_names_what_the_erp_has_already(erp: Client) -> None:
    _, first = erp.post("first", business_key="PO-twice")
    erp.lab.fault("duplicate", count=1)
    status, said = erp.post("second", business_key="PO-twice")
    assert (status, said["code"], said["id"]) == (409, "duplicate", first["id"])
    assert not booked(erp, "second")


def test_a_timeout_after_commit_has_booked(erp: Client) -> None:
    erp.lab.fault("timeout_after_commit", seconds=30, count=1)
    with pytest.raises(ReadTimeoutError):
        erp.post("silent", timeout=1)
    assert len(booked(erp, "silent")) == 1
    assert erp.post("silent")[0] == 200


def test_a_held_connection_closes_without_a_word_when_its_time_is_over(erp: Client) -> None:
    erp.lab.fault("timeout_after_commit", seconds=0.05, count=1)
    with pytest.raises(ProtocolError):
        erp.post("hung-up")
    assert len(booked(erp, "hung-up")) == 1


@pytest.mark.parametrize("scenario", ["drop_before_commit", "down"])
def test_a_dropped_post_was_not_booked(erp: Client, scenario: str) -> None:
    erp.lab.fault(scenario, count=1)
    with pytest.raises(ProtocolError):
        erp.post(scenario)
    assert not booked(erp, scenario)
    assert erp.post(scenario)[0] == 201


def test_an_erp_that_is_down_answers_no_look_up_but_still_shows_its_effects(erp: Client) -> None:
    erp.lab.fault("down")
    with pytest.raises(ProtocolError):
        erp.send("GET", "/documents?key=any")
    assert isinstance(erp.lab.effects(), list)


def test_a_slow_erp_books_after_its_wait(erp: Client) -> None:
    erp.lab.fault("slow", seconds=0.3, count=1)
    with pytest.raises(ReadTimeoutError):
        erp.post("slow", timeout=0.05)
    assert erp.post("slow")[0] in (200, 201)


def test_faults_take_turns_count_down_and_keep_to_their_kind(erp: Client) -> None:
    erp.lab.fault("429", count=1, kind="810")
    erp.lab.fault("500", count=2)
    assert [erp.post(f"turn-{n}")[0] for n in range(3)] == [500, 500, 201]
    _, standing = erp.send("GET", "/faults")
    assert [(fault["scenario"], fault["count"]) for fault in standing] == [("429", 1)]
    assert [erp.post(f"invoice-{n}", kind="810")[0] for n in range(2)] == [429, 201]


@pytest.mark.parametrize(
    "wish",
    [
        "[]",
        '{"scenario":"fire"}',
        '{"scenario":["429"]}',
        '{"scenario":"429","count":0}',
        '{"scenario":"429","count":true}',
        '{"scenario":"slow","seconds":NaN}',
        '{"scenario":"slow","seconds":1e9}',
        '{"scenario":"429","kind":5}',
        '{"scenario":"429","often":1}',
    ],
)
def test_a_fault_it_does_not_know_is_refused_in_words(erp: Client, wish: str) -> None:
    status, said = erp.send("POST", "/faults", wish)
    assert (status, said["code"]) == (400, "bad_request")
    assert erp.send("GET", "/faults") == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        '{"business_key":"x","revision":0,"partner":"p","document":[]}',
        '{"business_key":"x","revision":-1,"partner":"p","document":{}}',
        '{"business_key":"x","revision":1e99,"partner":"p","document":{}}',
        '{"business_key":"\\ud800","revision":0,"partner":"p","document":{}}',
    ],
)
def test_a_body_it_cannot_use_is_refused_and_books_nothing(erp: Client, body: str) -> None:
    assert erp.send("POST", "/documents/850", body, key="odd")[0] == 400
    assert not booked(erp, "odd")


def test_a_post_without_a_key_is_refused(erp: Client) -> None:
    assert erp.post("")[0] == 400


def raw(erp: Client, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", erp.lab.port), timeout=5) as wire:
        wire.sendall(request)
        said = b""
        # Who refuses a request half way closes on the rest of it: a reset is an end too, after what was said.
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while piece := wire.recv(65536):
                said += piece
        return said


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /faults HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415),
        (b"POST /faults HTTP/1.1\r\nContent-Type: application/json\r\n\r\n", 411),
        (b"POST /faults HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /faults HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /nowhere HTTP/1.1\r\nContent-Length: 26\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", 404),
    ],
)
def test_a_hostile_request_gets_one_answer_and_no_second_one(erp: Client, request_bytes: bytes, status: int) -> None:
    said = raw(erp, request_bytes)
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert said.count(b"HTTP/1.1 ") == 1
