"""Whatever goes wrong at whichever request, over several visits and lives: every file is ours once, and then gone there."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ports import Parcel, Sent
from gateway.profiles.mailbox import Mailbox, SecretPlace
from tests.channels.mailbox.faulty import CUT, DENIED, DONE_AND_CUT, FAILURE, Faulty, Stored
from tests.channels.mailbox.post import Post

KINDS = ("opendir", "readdir", "open", "fstat", "read", "close", "lstat", "remove", "rename", "write")
FAULTS = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 4),
    st.sampled_from([CUT, DONE_AND_CUT, (FAILURE, b"no"), (DENIED, b"no"), b"\xfa"]),
)
SIZES = st.sampled_from([0, 1, 32 << 10, (32 << 10) + 1, 200_000])
LIVES = st.lists(
    st.tuples(st.lists(SIZES, max_size=3), st.lists(FAULTS, max_size=3), st.booleans()), min_size=1, max_size=3
)


def faults(server: Faulty, planned: list[tuple[str, int, Any]]) -> None:
    """Go wrong at the n-th request of a kind, once for each of these."""
    seen = dict.fromkeys(KINDS, 0)
    left = {(kind, nth): what for kind, nth, what in planned}

    def react(kind: str, _path: bytes) -> object:
        nth = seen.get(kind, 0)
        seen[kind] = nth + 1
        return left.pop((kind, nth), None)

    server.react = react


def post_on(server: Faulty, folder: Path, *, done: str | None) -> Post:
    (folder / "password").write_text("secret")
    mailbox = Mailbox(
        host="127.0.0.1",
        port=server.port,
        user="acme",
        password=SecretPlace(file=str(folder / "password")),
        host_keys=(server.host_key,),
        take_from="/out",
        put_into="/in",
        done=done,
        reply_seconds=5.0,
    )
    return Post(folder / "var", mailbox)


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES, done=st.sampled_from([None, "/done"]))
def test_every_file_is_ours_once_whatever_goes_wrong(
    lives: list[tuple[list[int], list[tuple[str, int, Any]], bool]], done: str | None
) -> None:
    fetched_once(lives, done)


@pytest.mark.all
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES, done=st.sampled_from([None, "/done"]))
def test_every_file_is_ours_once_whatever_goes_wrong_long(
    lives: list[tuple[list[int], list[tuple[str, int, Any]], bool]], done: str | None
) -> None:
    fetched_once(lives, done)


def fetched_once(lives: list[tuple[list[int], list[tuple[str, int, Any]], bool]], done: str | None) -> None:
    server = Faulty()
    put: list[tuple[str, bytes]] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            post = post_on(server, Path(folder), done=done)
            for sizes, planned, again in lives:
                for size in sizes:
                    name, content = f"{len(put)}.edi", bytes([len(put)]) * size
                    put.append((name, content))
                    server.files[f"/out/{name}".encode()] = Stored(content, mtime=len(put))
                faults(server, planned)
                post.look(later=1000)
                if again:
                    post.again()
            server.react = lambda _kind, _path: None
            for _ in range(3):
                post.look(later=1000)
            assert sorted(post.desk.taken) == sorted(put)
            left = sorted(server.files)
            assert left == ([] if done is None else sorted(f"/done/{name}".encode() for name, _ in put))
            assert post.odd == []
    finally:
        server.stop()


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(planned=st.lists(FAULTS, max_size=3), sizes=st.lists(SIZES, min_size=1, max_size=3))
def test_every_parcel_arrives_once_whatever_goes_wrong(planned: list[tuple[str, int, Any]], sizes: list[int]) -> None:
    server = Faulty()
    try:
        with tempfile.TemporaryDirectory() as folder:
            post = post_on(server, Path(folder), done=None)
            parcels = [
                Parcel(delivery=n, name="ack.edi", content=bytes([n]) * (size + 1)) for n, size in enumerate(sizes)
            ]
            faults(server, planned)
            for _ in range(len(planned) + 1):
                post.outlet().send(parcels)
            server.react = lambda _kind, _path: None
            sent = post.outlet().send(parcels)
            assert all(isinstance(outcome, Sent) for outcome in sent)
            there = {
                outcome.name: parcel.content
                for outcome, parcel in zip(sent, parcels, strict=True)
                if isinstance(outcome, Sent)
            }
            finals = {
                path.decode()[4:]: stored.content for path, stored in server.files.items() if path[-4:] != b".tmp"
            }
            assert finals == there
    finally:
        server.stop()
